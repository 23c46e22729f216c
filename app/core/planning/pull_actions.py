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
    Write a promotion's outputs to its pull request's branch, and open or update the pull request.
    """

    promotion: Promotion
    base: str
    """The branch to merge into."""
    base_tip: Sha
    expected: Sha | None
    """The head's tip: elsewhere nothing is pushed. None: it does not exist."""
    catch_up: bool = False
    """It is done only because the base requires heads to be up to date."""


@dataclass(frozen=True, slots=True)
class OpenPull:
    """The head is pushed: open the pull request, or take one that is there as it is."""

    promotion: Promotion
    base: str
    """The branch to merge into."""
    existing: int | None = None
    """The number of the one that is there; None: none is."""


@dataclass(frozen=True, slots=True)
class MergePull:
    """Merge the pull request, if its head is the expected one."""

    leave: Cleared
    number: int
    head: Sha
    """The expected head."""
    if_refused: MergeRefusal
    """What is kept of it if GitHub refuses."""

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
