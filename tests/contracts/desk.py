"""Whoever asks for locks of one repository under one claim."""

from datetime import timedelta

from app.core.locks.inheritance import Inheritance
from app.core.model.names import GroupName
from tests.contracts.facts import AT, claimed, freight

LATER = AT + timedelta(minutes=1)


ONE = {GroupName("e2e"): 1, GroupName("db"): 1}


class Desk:
    """Asks for locks of a repository under one claim."""

    def __init__(self, store, repo_id=7):
        self.locks = store.locks
        self.store = store
        self.repo_id = repo_id
        self.claim = claimed(store, f"repo-{repo_id}")

    def ask(self, stage, *groups, promotion=None, at=AT, how="request", weights=None):
        return getattr(self.locks, how)(
            self.claim,
            repo_id=self.repo_id,
            repo_name="acme/shop",
            stage=stage,
            promotion=promotion or f"p-{stage}",
            freight=freight(),
            groups=groups or ("e2e",),
            at=at,
            weights=weights,
        )

    def grant(self, request, permits=ONE):
        return self.locks.grant(self.claim, request.id, permits, LATER)

    def end(self, request, state="released", by="", at=LATER, why="why"):
        self.locks.end(self.claim, request.id, state, why, at, by)

    def lasted(self, group):
        """How long the last grants of that group lasted."""
        return self.store.history.load(self.repo_id).groups[GroupName(group)].lasted

    def take_over(self, was, takes=None, names=None):
        """For a rollback of its stage: all that the grant has, or what it takes of it."""
        takes = takes or {group: was.weights.get(group, 1) for group in was.groups}
        passes = Inheritance(takes, was.permits if names is None else names)
        return self.locks.take_over(
            self.claim, was.id, "released", "p-back", freight(2), LATER, passes
        )

    def live(self):
        return {one.id: one for one in self.store.history.load(self.repo_id).requests}
