"""GitHub's check results as rows: a concluded result is not requested again at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from app.core.model.facts import CommitChecks
from app.core.model.names import Sha

if TYPE_CHECKING:
    from app.ports.store import Claim


@dataclass(frozen=True, slots=True)
class KnownChecks:
    """What was said of one commit when it was last asked about."""

    checks: CommitChecks
    asked_at: datetime
    """When it was stored."""
    since: datetime
    """Since when the answer is this one."""
    outdated: bool = False
    """A delivery about that commit has come since."""

    @property
    def sha(self) -> Sha:
        """The commit."""
        return self.checks.sha


class CheckRows(Protocol):
    """The rows of such answers, by repository and commit."""

    def recall(self, repo_id: int, shas: Sequence[Sha]) -> Mapping[Sha, KnownChecks]:
        """Those of *shas* of which something is known."""
        ...

    def keep(self, claim: Claim, repo_id: int, known: KnownChecks) -> None:
        """Insert or replace by commit; Conflict if the claim is outdated."""
        ...

    def outdate(self, repo_id: int, shas: Sequence[Sha]) -> None:
        """Something happened there: it is asked about again."""
        ...

    def told(self, repo_id: int, shas: Sequence[Sha]) -> None:
        """
        A delivery says that something happened there: it is asked about again, and `Records.told`
        has those as which a promotion landed, with that promotion, until a look has seen to them.
        """
        ...

    def seen_to(self, claim: Claim, repo_id: int, shas: Collection[Sha]) -> None:
        """A look has asked about *shas*; Conflict if the claim is outdated."""
        ...
