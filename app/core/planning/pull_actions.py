"""What a plan may ask of our pull requests and their branches: a part of `actions`."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.gates.clearance import Cleared
from app.core.model.merge_refusals import MergeRefusal
from app.core.model.names import Sha
from app.core.model.records import Promotion


@dataclass(frozen=True, slots=True)
class WriteHead:
    """
    Write *promotion*'s outputs to its pull request's branch, from *expected*, and open or update
    the pull request. *catch_up*: only because its base requires heads to be up to date.
    """

    promotion: Promotion
    base: str
    base_tip: Sha
    expected: Sha | None
    catch_up: bool = False


@dataclass(frozen=True, slots=True)
class OpenPull:
    """The head is pushed; open the pull request, or take the *existing* one as it is."""

    promotion: Promotion
    base: str
    existing: int | None = None


@dataclass(frozen=True, slots=True)
class MergePull:
    """Merge the pull request at its expected head."""

    leave: Cleared
    number: int
    head: Sha
    if_refused: MergeRefusal  # what is kept of it then

    @property
    def promotion(self) -> Promotion:
        """The one that may be merged."""
        return self.leave.promotion


@dataclass(frozen=True, slots=True)
class ClosePull:
    """Close the pull request: nothing is left to change."""

    number: int
    comment: str


@dataclass(frozen=True, slots=True)
class DeleteBranch:
    """Delete a `stagelock/*` branch of the App, if it is at *expected*."""

    branch: str
    expected: Sha


PullAction = WriteHead | OpenPull | MergePull | ClosePull | DeleteBranch
