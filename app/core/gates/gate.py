"""
What a gate is: one question about one freight at the entry of one stage, and its answer.

A gate is one file of this folder, one line of `entry.GATES`, its reasons in `core/model/verdicts`
and its words in `core/text/gate_words`; everything else about it is derived from these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from app.core.model.names import FreightId, StageName
from app.core.model.pipeline import Stage
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state.ledger import Ledger, StageView


class Entry(NamedTuple):
    """A freight that wants into a stage: what every gate is asked about."""

    ledger: Ledger
    view: StageView
    freight: FreightId
    alone: bool
    """All gates before this one have passed: an answer that costs a question is worth it."""
    unstarted: bool = False
    """All but the start by a person have."""

    @property
    def terms(self) -> Stage:
        """The stage as of what is under way with this freight here, else as it is in force."""
        promotion = self.view.inflight
        if promotion is None or promotion.freight != self.freight:
            return self.view.stage
        return self.ledger.known(promotion) or self.view.stage

    @property
    def upstreams(self) -> tuple[StageName, ...]:
        """Where it comes from by its `terms`, of what is still in the pipeline."""
        return tuple(name for name in self.terms.upstreams if name in self.ledger.views)


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate."""

    name: str
    """As people know it, in the table of gates and in the documents."""
    ask: Callable[[Entry], GateAnswer | None]
    """Its answer; None where the stage does not have this gate."""
    reasons: tuple[Reason, ...]
    """Why it may not have passed."""
    promote_passes: bool = False
    """A person's `/promote` (or `/retry`) of the freight passes it."""
    only_named: bool = False
    """A `/promote` does so only where it names the freight: it chooses none that waits here."""
    rollback_passes: bool = False
    """A person's `/rollback` passes it, whatever it answers."""
    never_skipped: bool = False
    """No `--skip-gates` passes it."""
    alike: bool = False
    """It has one answer for all freight that no person named and that never was in the stage."""
    opens_review: bool = False
    """Asked also before a pull request is opened; the others before it is merged."""
