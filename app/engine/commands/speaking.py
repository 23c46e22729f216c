"""What is said in comments after everything was decided: the replies, then the pipeline cards."""

from __future__ import annotations

from datetime import timedelta

from app.core.model.snapshot import Snapshot
from app.core.planning.plan_result import Plan
from app.engine.commands.cards import Cards
from app.engine.commands.replies import Replies
from app.engine.queue.lease import Lease
from app.engine.queue.next_look import soonest
from app.engine.survey.survey import Survey
from app.ports import Clock, Forge, GitRepo, Store
from app.ports.store import Claim


class Speaking:
    """Each of the two is put off alone where it fails."""

    def __init__(self, store: Store, forge: Forge, clock: Clock, github_url: str) -> None:
        self._replies = Replies(store, forge, clock, github_url)
        self._cards = Cards(store, forge, clock, github_url)

    def write(
        self,
        claim: Claim,
        lease: Lease,
        survey: Survey,
        git: GitRepo,
        snapshot: Snapshot,
        plan: Plan,
    ) -> timedelta | None:
        """When to come again, where something is left to be said later."""
        waits: list[timedelta | None] = []
        with survey.attempts.apart("replies", snapshot.now):
            waits.append(self._replies.write(claim, lease, survey.repo))
        with survey.attempts.apart("cards", snapshot.now):
            waits.append(self._cards.write(claim, lease, survey, git, snapshot, plan))
        return soonest(*waits)
