"""What a plan is: the answer of `core/planning/plan` to a snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.model.questions import Question
from app.core.model.records import Promotion
from app.core.model.verdicts import Verdict
from app.core.planning.actions import Action


@dataclass(frozen=True, slots=True)
class MintWait:
    """A commit that would be freight, were its checks green."""

    warehouse: WarehouseName
    commit: Sha
    checks: tuple[str, ...]
    """Their names."""
    failed: bool
    """One of them is red."""
    wake_at: datetime | None = None
    """When the answer changes by itself; None: only with an event."""
    unanswered: str = ""
    """What could not be asked about it."""
    urls: tuple[tuple[str, str], ...] = ()
    """(name, address) of the checks that failed; of those that go on, where none did."""
    cut_off: bool = False
    """The checks of the last heads were cancelled, one after the other, by newer pushes."""


@dataclass(frozen=True, slots=True)
class HeadVerdict:
    """May our own pull request of a stage be merged now?"""

    stage: StageName
    number: int
    """The pull request's."""
    head: Sha
    ready: bool
    """Every gate passed, and the grant is in hand."""
    verdict: Verdict
    """What is missing otherwise."""


@dataclass(frozen=True, slots=True)
class ClosedHead:
    """A head of ours that must not be merged any more: nothing there may say `success`."""

    promotion: Promotion
    """It ended without being merged, unless *replaced*."""
    head: Sha
    granted: bool
    """Its grant has not been given up yet."""
    replaced: bool = False
    """The pull request has another head by now, of the same promotion or a newer one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What should happen and why."""

    actions: tuple[Action, ...] = ()
    """In the order in which they are to be done."""
    verdicts: tuple[Verdict, ...] = ()
    """
    Of each freight that is of interest in each stage, in needs-order, newest freight first within a
    stage.
    """
    heads: tuple[HeadVerdict, ...] = ()
    """Of our open pull requests."""
    closed: tuple[ClosedHead, ...] = ()
    """Of our pull requests that are over."""
    minting: tuple[MintWait, ...] = ()
    """Commits that wait for their checks, or failed them: the newest of each warehouse."""
    wake_at: datetime | None = None
    """When the answer changes by itself; None: only with an event."""
    questions: frozenset[Question] = frozenset()
    """Facts that are missing: while there are any, the plan is not carried out."""

    def verdict(self, stage: StageName, freight: FreightId) -> Verdict | None:
        """Where *freight* stands in *stage*, if it is of interest there."""
        return next((v for v in self.verdicts if v.stage == stage and v.freight == freight), None)
