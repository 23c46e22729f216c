"""Random people who talk as much as they like: each is answered by their own share alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast, get_args

import pytest

from app.core.model.comments import CommandRecord
from app.core.model.facts import Role
from app.core.model.names import Repo
from app.core.model.people import Person, Standing
from app.core.model.repository_change import RepoRecord
from app.core.state.budget_shares import FEWEST, MOST_ON_A_PLACE, replies_an_hour, turn
from app.engine.commands.replies import Replies
from app.engine.queue.lease import Lease
from tests.contracts.facts import AT, claimed
from tests.stores import sqlite_store

REPO = Repo(7, "acme", "shop", 3)
HOUR, HALF = timedelta(hours=1), timedelta(minutes=30)
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass
class Talker:
    number: int
    role: Role
    said: list[tuple[str, datetime]]


class Comments:
    """GitHub, as far as a reply needs it: who may what, and the texts that were written."""

    def __init__(self, people: list[Talker]) -> None:
        self.roles = {f"p{one.number}": one.role for one in people}
        self.made: list[str] = []

    def create_comment(self, _repo: Repo, _on: object, body: str) -> int:
        self.made.append(body)
        return len(self.made)

    def standing(self, _repo: Repo, person: Person) -> Standing:
        return Standing(person.login, self.roles[person.login])


class Alone:
    """A lease that nobody takes."""

    def check(self) -> None:
        """It is ours."""


def talk(draw: random.Random) -> list[Talker]:
    """Some say much, within two hours; the last of them little: each on a pull request of its own."""
    people = []
    for number in range(draw.randint(2, 5)):
        much = number and draw.choice((3, 12, 40, 59))
        times = sorted(
            AT + timedelta(minutes=draw.randrange(120))
            for _ in range(much or draw.randint(1, FEWEST))
        )
        said = [(f"{number}-{n}.", at) for n, at in enumerate(times)]
        people.append(Talker(number, draw.choice(ROLES), said))
    return people


def store_all(store: Any, draw: random.Random, people: list[Talker]) -> None:
    """In the order of a random arrival."""
    every = [(at, text, one) for one in people for text, at in one.said]
    draw.shuffle(every)
    claim = claimed(store)
    for number, (at, text, one) in enumerate(sorted(every, key=lambda it: it[0]), 1):
        given: dict[str, Any] = {"pull": one.number, "outcome": text, "user_id": 100 + one.number}
        record = CommandRecord(
            f"issue-{number}", number, "issue", "/why dev", f"p{one.number}", at, **given
        )
        store.history.save_command(claim, 7, record)
    store.work.finish(claim, None)


@pytest.mark.parametrize("seed", range(12))
def test_whoever_talks_uses_up_the_own_share_and_nobody_elses(tmp_path, seed):
    draw = random.Random(f"talk {seed}")
    people = talk(draw)
    forge, store = Comments(people), sqlite_store(tmp_path)
    store.repos.add(RepoRecord(7, "acme", "shop", 3, "main"))
    store_all(store, draw, people)

    now = AT + 4 * HALF + timedelta(seconds=30)
    for _ in range(4):
        claim = claimed(store)
        write = Replies(store, cast("Any", forge), lambda at=now: at, "https://github.com").write
        write(claim, cast("Lease", Alone()), REPO)
        store.work.finish(claim, None)
        answered = {text.split(".")[0] + "." for text in forge.made}
        for one in people:
            lately = [text for text, at in one.said if at >= now - HOUR]
            share = replies_an_hour(one.role)
            got = sum(text in answered for text in lately)
            assert got == min(share, len(lately)), (one.number, one.role)
            assert all(text in answered for text, at in one.said if at < now - HOUR)
        now += HALF

    assert len(forge.made) == len(set(forge.made)) == sum(len(one.said) for one in people)
    store.close()


def test_readers_have_the_smallest_share_and_everybody_has_one():
    may_command: tuple[Role, ...] = ("write", "maintain", "admin")
    may_read: tuple[Role, ...] = ("none", "read")
    for reads in may_read:
        assert all(0 < replies_an_hour(reads) < replies_an_hour(more) for more in may_command)


@pytest.mark.parametrize("seed", range(20))
def test_of_any_times_at_most_sixty_on_a_place_are_within_an_hour_and_none_is_left_out(seed):
    draw = random.Random(f"place {seed}")
    pace = draw.choice((0.1, 5, 40, 90))
    turns: list[datetime] = []
    written = AT
    for _ in range(300):
        written += timedelta(seconds=draw.expovariate(1 / pace))
        turns.append(turn(turns, written))
        assert turns[-1] >= written
        assert sum(at > turns[-1] - HOUR for at in turns) <= MOST_ON_A_PLACE
        waits = sum(at > written - HOUR for at in turns[:-1]) >= MOST_ON_A_PLACE
        assert (turns[-1] > written) == waits
    assert turns == sorted(turns)
