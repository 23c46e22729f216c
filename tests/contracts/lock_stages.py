"""What may happen to lock requests, in any order: by workers, clients, people and late messages."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from app.core.locks.inheritance import Inheritance
from app.core.model.comments import CommandRecord
from tests.contracts.facts import LEASE, freight
from tests.contracts.ledger import ALL, HOLDING, LIVE, Groups, Wish
from tests.contracts.lock_histories import REFUSED, History, there

WHICH = st.integers(0, 9)
"""Of the requests that there ever were: 0 is the newest."""
WEIGHTS = st.sampled_from([1, 1, 1, 2, ALL])
WANTS = st.dictionaries(st.sampled_from(["shared", "db", "own"]), WEIGHTS, min_size=1)
TTL = 60
EVERYBODY = ("stage", "client", "person", "job", "ci")
WHY = {"stage": "may-still-run", "client": "lapsed", "job": "run-gone"}
WORKS = tuple(WHY)
"""Of these a job may run on; a person is asked themselves."""


class Stages(History):
    """Stages ask, are granted, turn suspect, and end; some come uninvited."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.promotions: dict[tuple[int, str], int] = {}
        self.commands = 0

    @initialize(weather=st.binary(min_size=40, max_size=40))
    def begins(self, weather: bytes) -> None:
        """What becomes of the process that makes a call, and whether a look follows, call by call."""
        while self.looked():
            pass
        self.weather = itertools.cycle(weather)

    # words

    def groups(self, repo: int, wants: dict[str, int]) -> Groups:
        names = {"shared": self.e2e, "db": self.db, "own": f"{repo}:e2e"}
        return {names[name]: weight for name, weight in wants.items()}

    def asked(self, repo: int, stage: str, promotion: str, wants: Groups) -> dict[str, Any]:
        weights = self.spoken(wants)
        return {
            "repo_id": repo,
            "repo_name": f"acme/r{repo}",
            "stage": stage,
            "promotion": promotion,
            "freight": freight(),
            "groups": tuple(weights),
            "at": self.at,
            "weights": weights,
        }

    def said(self, repo: int) -> CommandRecord:
        """A maintainer's next word."""
        self.commands += 1
        key = f"issue-{repo}-{self.commands}"
        return CommandRecord(key, self.commands, "issue", "/unlock", "bob", self.at)

    def of(self, repo: int, stage: str) -> list[Wish]:
        return [w for w in self.ledger.live() if (w.repo, *w.who) == (repo, "stage", stage)]

    # rules

    @rule(seconds=st.sampled_from([1, TTL // 2, TTL]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @precondition(lambda self: any(due for _, due in self.marks().values()))
    @rule()
    def somebody_looks(self) -> None:
        self.looked()

    def looked(self) -> bool:
        """
        The look that is due longest lets in whoever may go in its repository. It tries everybody,
        the newest first: whoever may not go is refused.
        """
        claim = self.process.store.work.claim("worker", LEASE)
        if claim is None:
            return False
        repo = int(claim.key.removeprefix("repo-"))
        tries = True
        while tries:
            waiting = [w for w in self.ledger.live() if (w.repo, w.state) == (repo, "queued")]
            if any(self.lets_in(wish, claim) for wish in reversed(waiting)):
                return True
            tries = any(w.repo == repo for w in self.ledger.going())
        self.process.store.work.finish(claim, None)
        return True

    def lets_in(self, wish: Wish, claim: Any = None) -> bool:
        permits, names = self.permits(wish)

        def then(answer: Any) -> None:
            if wish.state in HOLDING:
                assert answer.tokens == self.spoken(wish.tokens), "asked again: the same grant"
            elif self.ledger.may_go(wish):
                assert answer != REFUSED, f"not let in though it may go: {wish}"
                self.granted(wish, answer)
            else:
                assert answer == REFUSED, f"let in: {wish}"

        return self.act(
            lambda store, proof: store.locks.grant(proof, wish.id, permits, self.at, names),
            then,
            wish.repo,
            claim,
        )

    @rule(
        where=st.integers(0, 1), stage=st.sampled_from("ab"), newer=st.integers(0, 1), wants=WANTS
    )
    def a_stage_asks(self, where: int, stage: str, newer: int, wants: dict[str, int]) -> None:
        repo = self.repos[where]
        number = self.promotions[repo, stage] = self.promotions.get((repo, stage), 0) + newer
        promotion, groups = f"p-{stage}-{number}", self.groups(repo, wants)

        def then(answer: Any) -> None:
            there = self.of(repo, stage)
            mine = [w for w in there if w.promotion == promotion]
            granted = [w for w in there if not w.uninvited]
            place = mine or [w for w in there if w.state == "queued"] or granted
            if not place:
                new = Wish(answer.id, repo, ("stage", stage), groups, self.ledger.last(), promotion)
                self.ledger.add(new)
            elif place[0].state == "queued":
                self.ledger.wants_now(place[0], groups)
                place[0].promotion = promotion
            assert answer.id in {w.id for w in self.of(repo, stage)}

        asked = self.asked(repo, stage, promotion, groups)
        self.act(lambda store, proof: store.locks.request(proof, **asked), then, repo)

    @precondition(lambda self: not any(w.uninvited for w in self.ledger.live()))
    @rule(where=st.integers(0, 1), stage=st.sampled_from("ab"), wants=WANTS)
    def a_visitor_is_seen(self, where: int, stage: str, wants: dict[str, int]) -> None:
        """It takes what its stage takes, of a group with names all."""
        repo = self.repos[where]
        groups = {
            group: ALL if group == self.db else weight
            for group, weight in self.groups(repo, wants).items()
        }

        def then(answer: Any) -> None:
            mine = [w for w in self.of(repo, stage) if w.promotion == f"v-{stage}"]
            if not mine:
                new = Wish(answer.id, repo, ("stage", stage), groups, self.ledger.last())
                new.promotion, new.uninvited = f"v-{stage}", True
                self.ledger.hold(self.ledger.add(new), self.noted(repo, answer.tokens))

        asked = self.asked(repo, stage, f"v-{stage}", groups)
        self.act(lambda store, proof: store.locks.occupy(proof, **asked), then, repo)

    @precondition(there(*EVERYBODY))
    @rule(which=WHICH)
    def a_worker_lets_in(self, which: int) -> None:
        """Whether it is its turn or not, as one does whose look is outdated."""
        self.lets_in(self.one(which, *EVERYBODY))

    @precondition(there("stage"))
    @rule(which=WHICH, wants=WANTS)
    def its_stage_names_further_groups(self, which: int, wants: dict[str, int]) -> None:
        wish = self.one(which, "stage")
        more = self.groups(wish.repo, wants)

        def then(answer: Any) -> None:
            if wish.state not in HOLDING:
                assert answer == REFUSED
                return
            for group, weight in more.items():
                wish.wants.setdefault(group, weight)
            state = wish.state
            self.ledger.hold(wish, self.noted(wish.repo, answer.tokens))
            wish.state = state

        self.act(
            lambda store, proof: store.locks.spread(
                proof, wish.id, tuple(self.spoken(more)), self.spoken(more)
            ),
            then,
            wish.repo,
        )

    @precondition(there("stage"))
    @rule(which=WHICH)
    def its_grant_is_given_back_unused(self, which: int) -> None:
        wish = self.one(which, "stage")
        if wish.uninvited or wish.state in ("suspect", "releasing"):
            return

        def then(answer: Any) -> None:
            if wish.state == "held":
                self.ledger.back(wish)
            assert (answer == REFUSED) == (wish.state not in LIVE)

        self.act(
            lambda store, proof: store.locks.requeue(proof, wish.id, "unmerged", self.at),
            then,
            wish.repo,
        )

    @precondition(there("stage"))
    @rule(which=WHICH, less=st.integers(0, 2))
    def a_rollback_takes_it_over(self, which: int, less: int) -> None:
        """Or a part of what it has: so many permits less of each group, down to one."""
        wish = self.one(which, "stage")
        if self.of(wish.repo, str(wish.who[1])) != [wish]:
            return
        stage = str(wish.who[1])
        number = self.promotions[wish.repo, stage] = self.promotions.get((wish.repo, stage), 0) + 1
        groups = dict(itertools.islice(wish.wants.items(), 1 if less == 2 else None))
        wants = {group: weight and max(1, weight - less) for group, weight in groups.items()}
        names = {g: had[: wants[g]] for g, had in wish.names.items() if g in wants}
        passes = Inheritance(self.spoken(wants), self.spoken(names))

        def then(answer: Any) -> None:
            if wish.state not in HOLDING:
                assert answer == REFUSED
                return
            self.ledger.end(wish, "released")
            new = replace(wish, id=answer.id, place=self.ledger.last(), tokens={}, uninvited=False)
            new.promotion, new.taken_away = f"p-{stage}-{number}", False
            new.wants, new.names = wants, names
            self.ledger.hold(self.ledger.add(new), self.noted(wish.repo, answer.tokens))

        self.act(
            lambda store, proof: store.locks.take_over(
                proof, wish.id, "released", f"p-{stage}-{number}", freight(2), self.at, passes
            ),
            then,
            wish.repo,
        )

    @precondition(there(*WORKS))
    @rule(which=WHICH, too_long=st.booleans())
    def its_job_may_still_run(self, which: int, *, too_long: bool) -> None:
        """A grant that was held too long, or whose worker crashed: it blocks on."""
        wish = self.one(which, *WORKS)

        why = "held-too-long" if too_long else WHY[str(wish.who[0])]

        def then(answer: Any) -> None:
            assert (answer == REFUSED) == (wish.state not in HOLDING)
            if wish.state == "held" or (wish.state == "suspect" and wish.who[0] != "stage"):
                wish.state, wish.too_long = "suspect", too_long

        self.act(
            lambda store, proof: store.locks.suspect(proof, wish.id, why, self.at),
            then,
            wish.repo,
        )

    @precondition(there("stage"))
    @rule(which=WHICH)
    def its_job_is_seen_alive(self, which: int) -> None:
        wish = self.one(which, "stage")
        if wish.taken_away:
            return

        def then(answer: Any) -> None:
            assert (answer == REFUSED) == (wish.state not in HOLDING)
            self.ledger.seen(wish)

        self.act(lambda store, proof: store.locks.revive(proof, wish.id, self.at), then, wish.repo)

    @precondition(there(*EVERYBODY))
    @rule(
        which=WHICH,
        queued=st.sampled_from(["cancelled", "superseded", "rejected", "timed-out"]),
        holding=st.sampled_from(["released", "released", "forced", "timed-out"]),
    )
    def it_is_ended(self, which: int, queued: str, holding: str) -> None:
        """
        By proof, by a person, by the file, or by `max-wait`, which what was granted meanwhile did not
        wait for; what has ended already stays as it ended.
        """
        wish = self.one(which, *EVERYBODY)
        state = queued if wish.state == "queued" else holding
        if state == "superseded" and wish.who[0] != "stage":
            state = "cancelled"  # newer freight is a stage's

        def then(_: Any) -> None:
            if state != "timed-out" or wish.state == "queued":
                self.ledger.end(wish, state)
            self.over(wish)

        self.act(
            lambda store, proof: store.locks.end(proof, wish.id, state, "why", self.at),
            then,
            wish.repo,
        )

    @precondition(there(*EVERYBODY))
    @rule(which=WHICH, by=st.integers(0, 1))
    def a_person_forces_it(self, which: int, by: int) -> None:
        """A stage's ends with its plan, which first takes its pull request's success back."""
        wish, repo = self.one(which, *EVERYBODY), self.repos[by]
        if wish.state == "queued":
            return
        noted = self.said(repo)

        def then(_: Any) -> None:
            if wish.who[0] != "stage":
                self.ledger.end(wish, "forced")
            elif wish.state in HOLDING:
                wish.state, wish.taken_away = "releasing", True
            self.over(wish)

        self.act(
            lambda store, proof: store.locks.force(proof, wish.id, "!", self.at, "bob", noted),
            then,
            repo,
        )

    @rule(
        group=st.sampled_from(["shared", "db", "own"]),
        where=st.integers(0, 1),
        permits=st.one_of(
            st.none(), st.integers(1, 3), st.sampled_from([("db-1",), ("x", "y", "z")])
        ),
    )
    def the_file_is_edited(self, group: str, where: int, permits: Any) -> None:
        """Permits change, or the group is gone: who holds it holds on; its push is looked at."""
        name = next(iter(self.groups(self.repos[where], {group: 1})))
        if permits is None:
            self.ledger.permits.pop(name, None)
        elif isinstance(permits, tuple) == (group == "db"):
            self.ledger.permits[name] = permits
        for repo in self.repos:
            self.process.store.work.touch(f"repo-{repo}")
