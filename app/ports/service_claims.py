"""What our lock requests have, or may have, at external services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from app.core.model.service_claims import ServiceClaim

if TYPE_CHECKING:
    from app.ports.store import Claim


class ServiceClaims(Protocol):
    """
    Rows of one repository, written by whoever has its work, or that of its renewals: Conflict once
    *claim* is outdated.
    """

    def begin(self, claim: Claim, wanted: ServiceClaim) -> ServiceClaim:
        """
        The row for this lock of this request as it asks now; *wanted* is stored (its id is given
        here) where there is none that is not on its way back.
        """
        ...

    def find(self, claim_id: int) -> ServiceClaim | None: ...

    def of(self, repo_id: int) -> Sequence[ServiceClaim]:
        """All of a repository, by id."""
        ...

    def save(self, claim: Claim, stored: ServiceClaim) -> None: ...

    def renewed(self, claim: Claim, before: ServiceClaim, after: ServiceClaim) -> None:
        """
        Save *after*, unless the row is not as it was *before*: somebody else has asked meanwhile.
        What is not held any more marks the repository's work dirty.
        """
        ...

    def forget(self, claim: Claim, claim_id: int) -> None: ...
