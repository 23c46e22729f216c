"""What our lock requests have, or may have, at external services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from app.core.model.service_claims import ServiceClaim

if TYPE_CHECKING:
    from app.ports.store import Claim


class ServiceClaims(Protocol):
    """
    Rows of one repository, written by whoever has its work: Conflict once *claim* is outdated.
    """

    def begin(self, claim: Claim, wanted: ServiceClaim) -> ServiceClaim:
        """
        The row for this lock of this request as it asks now; *wanted* is stored (its id is given
        here) where there is none that is not on its way back.
        """
        ...

    def find(self, claim_id: int) -> ServiceClaim | None: ...

    def save(self, claim: Claim, row: ServiceClaim) -> None: ...

    def forget(self, claim: Claim, claim_id: int) -> None: ...
