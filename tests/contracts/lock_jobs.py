"""Jobs that ask with GitHub's token: they join a grant of a stage, and give their part back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app.core.locks.quota import Quota
from app.core.model.ci_jobs import CiJob, RunAttempt
from app.core.model.lock_requests import DirectRequest
from tests.contracts.facts import sha
from tests.contracts.ledger import HOLDING, Wish
from tests.contracts.lock_histories import REFUSED, there
from tests.contracts.lock_stages import TTL, WHICH, Stages


class Jobs(Stages):
    """Whether a job may join is judged by a look; here it joins whatever it is to join."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.runs = 0

    @rule(where=st.integers(0, 1), group=st.sampled_from(["shared", "db", "own"]))
    def a_job_asks(self, where: int, group: str) -> None:
        repo = self.repos[where]
        groups = self.groups(repo, {group: 1})
        self.runs += 1
        attempt = RunAttempt(repo, self.runs, 1)
        job = CiJob(attempt, 3, "refs/heads/main", sha(5), self.runs)
        asked = DirectRequest(
            id=0,
            repo_id=repo,
            repo_name=f"acme/r{repo}",
            kind="client",
            asker=str(attempt),
            owner="job",
            groups=tuple(self.spoken(groups)),
            seq=0,
            state="queued",
            requested_at=self.at,
            ttl=timedelta(seconds=TTL),
        )

        def then(answer: Any) -> None:
            wish = Wish(answer.id, repo, ("ci", self.runs), groups, self.ledger.last(), ttl=TTL)
            self.ledger.add(wish)

        self.act(lambda store, _: store.direct_locks.ask(asked, Quota(), job=job), then)

    @precondition(lambda self: there("ci")(self) and there("stage")(self))
    @rule(which=WHICH, grant=WHICH)
    def it_joins_a_grant(self, which: int, grant: int) -> None:
        """It leaves the queue with that one's token and permits, and takes none of its own."""
        wish, joins = self.one(which, "ci"), self.one(grant, "stage")
        group = next(iter(wish.wants))
        may = joins.state in HOLDING and group in joins.wants

        def then(answer: Any) -> None:
            if wish.state != "queued":
                assert answer != REFUSED
                return
            assert (answer == REFUSED) != may, f"{wish} joins {joins}"
            if may:
                self.ledger.end(wish, "released")
                wish.part_in = joins
                one = self.watcher.direct_locks.find(wish.id)
                assert one is not None
                assert self.noted(wish.repo, one.tokens) == {group: joins.tokens[group]}
                names = joins.names.get(group, ())
                assert self.noted(wish.repo, one.permits) == ({group: names} if names else {})
            self.over(wish)

        self.act(
            lambda store, proof: store.job_requests.join(proof, wish.id, joins.id, self.at),
            then,
            wish.repo,
        )

    @precondition(there("ci"))
    @rule(which=WHICH)
    def it_gives_its_part_back(self, which: int) -> None:
        """That ends its part only; of what a person took away it was taken, too."""
        wish = self.one(which, "ci")

        def then(_: Any) -> None:
            if wish.part_in is not None:
                wish.state = "forced" if wish.part_in.state == "forced" else "released"
                wish.part_in = None
            self.over(wish)

        self.act(
            lambda store, proof: store.job_requests.end(proof, wish.id, self.at), then, wish.repo
        )
