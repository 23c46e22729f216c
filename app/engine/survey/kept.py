"""What a survey finds as the one before it left it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from app.core.model.names import StageName
from app.engine.survey.adoption import Contacts
from app.engine.survey.reachability import Reached
from app.engine.survey.reverts import Reverts


class Kept(NamedTuple):
    """Of all repositories of a process; all of it may be lost, and is read again then."""

    contacts: Contacts
    reached: Reached
    reverts: Reverts
    compared: set[tuple[int, StageName]]
    """Stages, by repository, on whose branch nothing of ours is that no record knows."""

    def uncompared(self, repo_id: int, stages: Iterable[StageName]) -> frozenset[StageName]:
        """Those of *stages* of which that is not known."""
        return frozenset(name for name in stages if (repo_id, name) not in self.compared)
