"""How much a person is answered, receipts and replies alike: talk stops no promotions."""

from __future__ import annotations

from datetime import timedelta

from app.core.model.comments import CommandRecord
from app.core.model.facts import Role
from app.core.model.names import Repo
from app.core.model.people import Person
from app.core.state.budget_shares import FEWEST, replies_an_hour
from app.engine.survey.people import role_of
from app.errors import Denied, Missing, Rejected
from app.ports import Clock, Forge, History

HOUR = timedelta(hours=1)


class Share:
    """For one pass over a repository's comments: each person's role is asked once."""

    def __init__(self, history: History, forge: Forge, clock: Clock) -> None:
        self._history, self._forge, self._clock = history, forge, clock
        self._roles: dict[Person, Role] = {}

    def is_used(self, repo: Repo, command: CommandRecord) -> bool:
        """Its author has had enough answers within the hour for now."""
        since = self._clock() - HOUR
        if command.created_at < since:
            return False
        had = self._history.answered(repo.installation_id, command.person, since)
        return had >= FEWEST and had >= replies_an_hour(self._role(repo, command.person))

    def _role(self, repo: Repo, person: Person) -> Role:
        if person not in self._roles:
            try:
                self._roles[person] = role_of(self._forge, repo, person)
            except (Denied, Missing, Rejected):  # who is not there any more has the smallest share
                self._roles[person] = "none"
        return self._roles[person]
