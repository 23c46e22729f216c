"""Eight processes that take and give back three lock groups without pause, and what must hold then."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.core.model.group_names import of_organization
from app.core.model.names import FreightId, GroupName, PromotionId, Sha, StageName, WarehouseName
from app.core.model.repository_change import RepoRecord
from app.errors import Conflict, Transient
from app.ports.store import Claim
from app.sql import SqlStore
from app.wiring import clock

PROCESSES = 8
PERMITS = {of_organization(5, f"group-{most}"): most for most in (1, 2, 3)}
FREIGHT = FreightId(WarehouseName("web"), Sha("a" * 40))
LEASE = timedelta(hours=1)
FOREVER = 60.0
"""Seconds after which a request counts as stuck."""
ASKS_AGAIN = 0.02
"""Seconds until one that waits asks again: else those who wait keep out who gives back."""


@dataclass(frozen=True)
class Turn:
    """One request that had its turn: its place in the queue, and the token of each group."""

    seq: int
    tokens: dict[GroupName, int]


@dataclass(frozen=True)
class Found:
    """What is wrong, and how many requests came and went."""

    wrong: tuple[str, ...]
    turns: int


def hammered(url: str, seconds: float) -> Found:
    """Let the processes work on the database at *url*, which is migrated, for so long."""
    store = SqlStore(url)
    claims = [_claimed(store, 100 + number) for number in range(PROCESSES)]
    store.close()
    context = multiprocessing.get_context("spawn")
    inside = context.Array("i", len(PERMITS))
    said: Any = context.Queue()
    together = context.Barrier(PROCESSES)
    workers = [
        context.Process(target=_hammer, args=(url, claim, together, seconds, inside, said))
        for claim in claims
    ]
    for worker in workers:
        worker.start()
    answers = [said.get(timeout=seconds + 2 * FOREVER) for _ in workers]
    for worker in workers:
        worker.join()
    turns = [turn for _, some in answers for turn in some]
    wrong = [text for texts, _ in answers for text in texts]
    return Found((*wrong, *judged(turns)), len(turns))


def _claimed(store: SqlStore, repo_id: int) -> Claim:
    store.repos.add(RepoRecord(repo_id, "acme", f"r{repo_id}", 3))
    store.work.touch(f"repo-{repo_id}")
    claim = store.work.claim(f"hammer-{repo_id}", LEASE)
    if claim is None:
        raise AssertionError(f"repo-{repo_id} is not due")
    return claim


def _hammer(url: str, claim: Claim, together: Any, seconds: float, inside: Any, said: Any) -> None:
    """One process: it asks, waits for its turn, has it for a moment, and gives back."""
    store, chance = SqlStore(url), random.Random(claim.key)
    wrong: list[str] = []
    turns: list[Turn] = []
    together.wait(FOREVER)
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until and not wrong:
            turns.append(_turn(store, claim, len(turns), chance, inside, wrong))
    except Exception as error:  # noqa: BLE001 # told, and judged by who started us
        wrong.append(f"{claim.key}: {error!r}")
    said.put((wrong, turns))
    store.close()


def _turn(
    store: SqlStore, claim: Claim, number: int, chance: random.Random, inside: Any, wrong: list[str]
) -> Turn:
    repo_id = int(claim.key.removeprefix("repo-"))
    groups = chance.sample(sorted(PERMITS), chance.choice((1, 1, 2)))
    asked = _patient(
        lambda: store.locks.request(
            claim,
            repo_id=repo_id,
            repo_name=f"acme/r{repo_id}",
            stage=StageName("e2e"),
            promotion=PromotionId(f"{repo_id}-{number}"),
            freight=FREIGHT,
            groups=groups,
            at=clock(),
        )
    )
    free = {group: PERMITS[group] for group in groups}
    held = _patient(lambda: store.locks.grant(claim, asked.id, free, clock()))
    _inside(inside, groups, 1, wrong)
    time.sleep(chance.choice((0, 0, 0.001)))
    _inside(inside, groups, -1, wrong)
    _patient(lambda: store.locks.end(claim, asked.id, "released", "done", clock()))
    return Turn(held.seq, dict(held.tokens))


def _inside(inside: Any, groups: Sequence[GroupName], more: int, wrong: list[str]) -> None:
    """Count who is in, beside the database: between the grant's end and the release's begin."""
    names = list(PERMITS)
    with inside.get_lock():
        for group in groups:
            inside[names.index(group)] += more
            if inside[names.index(group)] > PERMITS[group]:
                wrong.append(f"{group}: {inside[names.index(group)]} of {PERMITS[group]} at once")


def _patient(act: Any) -> Any:
    """What *act* gives once it is its turn, and the database has time."""
    end = time.monotonic() + FOREVER
    while True:
        try:
            return act()
        except (Conflict, Transient) as error:
            if time.monotonic() > end:
                raise AssertionError(f"stuck: {error.message}") from error
            time.sleep(ASKS_AGAIN)


def judged(turns: Sequence[Turn]) -> list[str]:
    """In each group tokens rise strictly with the places in the queue, and none is given twice."""
    wrong = []
    for group in PERMITS:
        known = sorted((one.seq, one.tokens[group]) for one in turns if group in one.tokens)
        tokens = [token for _, token in known]
        if len(set(tokens)) != len(tokens):
            wrong.append(f"{group}: a token was given twice")
        if tokens != sorted(tokens):
            wrong.append(f"{group}: somebody passed another in the queue")
    return wrong
