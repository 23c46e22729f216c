"""Clients, people, and jobs that wait at an environment, in the same queues as stages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app.core.locks.quota import Quota
from app.core.model.lock_requests import DirectRequest
from tests.contracts.ledger import HOLDING, LIVE, Wish
from tests.contracts.lock_histories import REFUSED, there
from tests.contracts.lock_jobs import Jobs
from tests.contracts.lock_stages import TTL, WEIGHTS, WHICH, WORKS

NONE = Quota()
DIRECT = ("client", "person", "job")
GROUP = st.sampled_from(["shared", "db", "own"])


class Everybody(Jobs):
    def key(self, wish: Wish) -> dict[str, Any]:
        """By what the store knows whose it is: an account, what a client chose, or a run."""
        of: dict[object, dict[str, Any]] = {
            "person": {"asker": "mia", "asker_id": 4},
            "client": {"asker": "ci", "owner": f"job-{wish.who[1]}"},
            "job": {"asker": "env", "owner": "11/1"},
        }
        return of[wish.who[0]]

    @rule(
        kind=st.sampled_from(["client", "client", "person", "job"]),
        where=st.integers(0, 1),
        number=st.integers(1, 2),
        group=GROUP,
        weight=WEIGHTS,
    )
    def asks(
        self,
        kind: Literal["client", "person", "job"],
        where: int,
        number: int,
        group: str,
        weight: int,
    ) -> None:
        """Asked again it is the same request: the same place, or the same grant and token."""
        repo = self.repos[where]
        name = next(iter(self.groups(repo, {group: 1})))
        who = (kind, number if kind == "client" else 0, name)
        mine = [w for w in self.ledger.live() if (w.repo, w.who) == (repo, who)]
        wants = dict(mine[0].asked) if mine else {name: weight}
        wish = Wish(0, repo, who, wants, 0, ttl=TTL)
        asked = DirectRequest(
            id=0,
            repo_id=repo,
            repo_name=f"acme/r{repo}",
            kind=kind,
            groups=tuple(self.spoken(wants)),
            seq=0,
            state="queued",
            requested_at=self.at,
            ttl=timedelta(seconds=TTL),
            weights={group: weight for group, weight in self.spoken(wants).items() if weight != 1},
            **self.key(wish),
        )

        def then(answer: Any) -> None:
            if mine:
                assert answer.id == mine[0].id, "a second request"
                assert answer.tokens == self.spoken(mine[0].tokens), "another grant"
                self.asked_again(mine[0])
            else:
                until = self.now + TTL if kind == "client" else None
                self.ledger.add(replace(wish, id=answer.id, place=self.ledger.last(), until=until))

        self.act(lambda store, _: store.direct_locks.ask(asked, NONE), then)

    def asked_again(self, wish: Wish) -> None:
        """A person prolongs; a client keeps its place, or knows of its grant by now."""
        if wish.who[0] == "person" and wish.state in HOLDING:
            wish.state, wish.until = "held", self.now + TTL
        elif wish.who[0] == "client" and wish.state == "queued":
            wish.until = self.now + TTL
        elif wish.who[0] == "client":
            wish.told = True

    @precondition(there("client"))
    @rule(which=WHICH)
    def a_client_takes_it(self, which: int) -> None:
        wish = self.one(which, "client")
        permits, names = self.permits(wish)

        def then(answer: Any) -> None:
            if self.ledger.may_go(wish):
                assert answer.state == "held", f"not let in though it may go: {wish}"
                self.granted(wish, answer)
                wish.told = True
            assert answer.state == wish.state, f"let in: {wish}"

        self.act(lambda store, _: store.direct_locks.take(wish.id, permits, self.at, names), then)

    @precondition(there("client"))
    @rule(which=WHICH)
    def a_client_reads_it(self, which: int) -> None:
        wish = self.one(which, "client")

        def then(answer: Any) -> None:
            assert answer.state == wish.state
            assert wish.state not in HOLDING or answer.tokens == self.spoken(wish.tokens)
            if wish.state in LIVE:
                self.asked_again(wish)

        self.act(lambda store, _: store.direct_locks.read(wish.id, self.at), then)

    def shown(self, wish: Wish, change: int) -> int:
        """The newest token of its grant, or one that is older, or that nobody was given yet."""
        return next(iter(wish.tokens.values()), 1) + change

    @precondition(there("client"))
    @rule(which=WHICH, change=st.sampled_from([0, 0, 0, -1, 1]))
    def a_heartbeat_arrives(self, which: int, change: int) -> None:
        wish = self.one(which, "client")
        token = self.shown(wish, change)

        def then(answer: Any) -> None:
            newest = wish.state in HOLDING and change == 0
            assert (answer == REFUSED) != newest, f"token {token} of {wish}"
            if newest and not wish.too_long:
                wish.state, wish.until, wish.told = "held", self.now + TTL, True

        self.act(lambda store, _: store.direct_locks.renew(wish.id, token, self.at), then)

    @precondition(there("client"))
    @rule(which=WHICH, change=st.sampled_from([0, 0, 0, -1, 1, None]))
    def a_release_arrives(self, which: int, change: int | None) -> None:
        """Without a token it leaves the queue."""
        wish = self.one(which, "client")
        token = None if change is None else self.shown(wish, change)

        def then(answer: Any) -> None:
            if wish.state in LIVE:
                right = (token is None) if wish.state == "queued" else change == 0
                assert (answer == REFUSED) != right, f"token {token} of {wish}"
                if right:
                    self.ledger.end(wish, "cancelled" if token is None else "released")
            elif wish.state == "forced":
                assert answer == REFUSED
            self.over(wish)

        self.act(lambda store, _: store.direct_locks.release(wish.id, token, self.at), then)

    @precondition(there(*DIRECT))
    @rule(which=WHICH)
    def somebody_who_may_leaves(self, which: int) -> None:
        wish = self.one(which, *DIRECT)

        def then(answer: Any) -> None:
            self.ledger.end(wish, "cancelled" if wish.state == "queued" else "released")
            assert answer.state == wish.state

        self.act(
            lambda store, proof: store.direct_locks.leave(proof, wish.id, self.at, "mia"),
            then,
            wish.repo,
        )

    @precondition(there(*DIRECT))
    @rule(which=WHICH, passes=st.sampled_from([0, TTL - 1, TTL, TTL]))
    def its_time_is_looked_at(self, which: int, passes: int) -> None:
        """No lapse frees what may still be in use: a grant that its client knows of blocks on."""
        live = [w for w in self.ledger.live() if w.who[0] in DIRECT]
        wish = live[which % len(live)] if live else self.one(which, *DIRECT)
        self.now += passes

        def then(answer: Any) -> None:
            if wish.until is not None and wish.until <= self.now:
                unread = wish.who[0] == "client" and not wish.told
                if wish.state == "queued":
                    self.ledger.end(wish, "cancelled")
                elif wish.state == "held" and unread:
                    self.ledger.end(wish, "released")
                elif wish.state == "held":
                    wish.state = "suspect"
            assert answer.state == wish.state

        self.act(
            lambda store, proof: store.direct_locks.lapse(proof, wish.id, self.at),
            then,
            wish.repo,
        )

    @precondition(there(*WORKS))
    @rule(which=WHICH, button=st.sampled_from(["keep", "keep", "probe"]))
    def a_maintainer_clicks(self, which: int, button: str) -> None:
        """Keep: what is suspect is held again. Probe again: its job is asked about, and it blocks."""
        wish = self.one(which, *WORKS)
        repo, ttl = wish.repo, timedelta(seconds=TTL)
        noted = self.said(repo)
        until = None if wish.who[0] == "stage" else self.at + ttl

        def then(answer: Any) -> None:
            assert answer != REFUSED
            if button == "keep" and wish.state == "suspect":
                self.ledger.seen(wish)
                wish.until = self.now + TTL
            self.over(wish)

        def keep(store: Any, proof: Any) -> None:
            store.locks.revive(proof, wish.id, self.at, "bob", noted, until)

        def probe(store: Any, proof: Any) -> None:
            store.locks.probe(proof, wish.id, self.at, "bob", noted)

        self.act(keep if button == "keep" else probe, then, repo)

    @precondition(there("job"))
    @rule(which=WHICH)
    def github_took_the_leave_of_its_jobs(self, which: int) -> None:
        """However late that is heard, it brings nothing back."""
        wish = self.one(which, "job")
        if wish.state == "queued":
            return
        self.act(
            lambda store, proof: store.direct_locks.let_in(proof, wish.id, self.at),
            lambda _: self.over(wish),
            wish.repo,
        )

    def comes_to_rest(self) -> None:
        """Whoever fits in their groups at all has a turn, by the looks that are due alone."""
        while self.ledger.live():
            while self.looked():
                pass
            holding = [w for w in self.ledger.live() if w.state in HOLDING]
            never = [w for w in self.ledger.live() if not self.could_ever(w)]
            over = holding or never
            assert over, f"stuck: {self.ledger.live()}"
            for wish in over:
                self.ends(wish, "released" if wish.state in HOLDING else "rejected")

    def could_ever(self, wish: Wish) -> bool:
        sizes = {group: self.ledger.size(group) for group in wish.wants}
        return all(sizes[group] >= max(weight, 1) for group, weight in wish.wants.items())

    def ends(self, wish: Wish, state: Any) -> None:
        self.act(
            lambda store, proof: store.locks.end(proof, wish.id, state, "over", self.at),
            lambda _: self.ledger.end(wish, state),
            wish.repo,
        )
