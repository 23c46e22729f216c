"""The lock groups that repositories of an organisation share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from app.core.model.group_records import GroupRecord
from app.core.model.lock_requests import ForeignRequest
from app.core.model.names import GroupName
from app.core.model.organization_locks import OrganizationFile
from app.core.model.shared_queues import SharedQueue

if TYPE_CHECKING:
    from app.ports.store import Claim


@dataclass(frozen=True, slots=True)
class Beside:
    """Who else is in groups, how long their queues are, and what is remembered of each."""

    requests: tuple[ForeignRequest, ...] = ()
    """By seq: everybody who holds, and of who waits for a group those who come next (`NEAR`)."""
    queues: Mapping[GroupName, SharedQueue] = field(default_factory=dict)
    groups: Mapping[GroupName, GroupRecord] = field(default_factory=dict)


class Organizations(Protocol):
    """The lock groups that each organisation's `.github` defines, as last read."""

    def file(self, account_id: int) -> OrganizationFile | None:
        """Return None before the first read."""
        ...

    def ask(self, repo_id: int) -> None:
        """Make the first read of that `.github` due."""
        ...

    def put(self, claim: Claim, file: OrganizationFile, wake: Collection[int]) -> bool:
        """Keep *file*; where it is news, *wake* are due in the same transaction."""
        ...

    def beside(self, repo_id: int, groups: Collection[GroupName]) -> Beside:
        """
        Other repositories' live requests on *groups*, as that repository may know them: without a
        name where theirs is not public.
        """
        ...
