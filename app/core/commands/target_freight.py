"""Which freight a command means, from where it was typed (`docs/behaviour.md`, C10 to C15)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from app.core.commands.arguments import parse_freight
from app.core.commands.no_freight import NoFreight, Why
from app.core.commands.spec import Command
from app.core.gates.approval import NAME as APPROVAL
from app.core.gates.entry import PROMOTE_PASSES, asked_for
from app.core.gates.upstream import NAME as NEEDS
from app.core.model.names import FreightId, Sha, StageName, short
from app.core.model.pipeline import Pipeline, Stage
from app.core.model.questions import Question
from app.core.model.snapshot import Snapshot
from app.core.model.verdicts import Reason, Verdict
from app.core.planning.plan_result import Plan
from app.core.state.ledger import Ledger
from app.core.state.rejections import turned_away_by


@dataclass(frozen=True, slots=True)
class OnOurPull:
    """Typed on our own pull request of a stage."""

    stage: StageName
    freight: FreightId | None = None
    """What it carries, or carried last."""
    over: bool = False
    """Nothing of it is under way any more."""


@dataclass(frozen=True, slots=True)
class OnPull:
    """Typed on somebody else's pull request; *merge* is where it was merged, None: it is not."""

    merge: Sha | None

    @property
    def elsewhere(self) -> bool:
        """It made no freight (yet): whatever freight is meant is not its own."""
        return self.merge is None


@dataclass(frozen=True, slots=True)
class OnCommit:
    """Typed on a commit, or a button of a run on it."""

    sha: Sha


@dataclass(frozen=True, slots=True)
class Anywhere:
    """No place tells of a freight."""


Context = OnOurPull | OnPull | OnCommit | Anywhere


@dataclass(frozen=True, slots=True)
class Asked:
    """It cannot be told before these *questions* about freights have their answers."""

    questions: frozenset[Question]


_OPEN = frozenset({"waiting", "ready", "locking", "writing", "in-review", "verifying"})
_RETRIED = ("failed", "revoked", "cancelled")
"""What `/retry` without a freight looks for, in this order."""


def which_freight(
    command: Command, context: Context, snapshot: Snapshot, plan: Plan
) -> FreightId | NoFreight | Asked:
    """
    The freight that *command* means for its stage; what has to be asked first, where it is old.

    The stage must be in the pipeline in force; of one that is not, nothing is known.
    """
    pipeline = snapshot.config.pipeline
    stage = pipeline.stages.get(StageName(command.stage)) if pipeline else None
    if pipeline is None or stage is None:
        return NoFreight(Why.NO_STAGE, (command.stage,))
    chooser = _Chooser(command, stage, snapshot, plan, pipeline)
    target = chooser.named() if command.freight else _by_place(chooser, command, stage, context)
    if chooser.questions:
        return Asked(chooser.questions)
    # Asking why is about the stage where its place has no freight to speak of.
    why = isinstance(target, NoFreight) and command.verb == "why" and not command.freight
    return chooser.eligible() if why else target


def _by_place(
    chooser: _Chooser, command: Command, stage: Stage, context: Context
) -> FreightId | NoFreight:
    match context:
        case OnOurPull(name) if command.verb == "promote" or name != stage.name:
            return chooser.eligible()
        case OnOurPull(_, own, over):
            # What another pull request carries is not ended by a word on this one.
            ended = own is not None and over and command.verb == "cancel"
            return own if own is not None and ended else chooser.under_review()
        case OnPull(merge) if merge is not None:
            return chooser.merged(merge)
        case OnCommit(sha):
            return chooser.of_commit(sha)
        case _:
            return chooser.eligible()


class _Chooser:
    def __init__(
        self, command: Command, stage: Stage, snapshot: Snapshot, plan: Plan, pipeline: Pipeline
    ) -> None:
        self._command = command
        self._stage = stage
        self._snapshot = snapshot
        self._verdicts = [v for v in plan.verdicts if v.stage == stage.name]
        self._ledger = Ledger(snapshot, pipeline)

    @property
    def questions(self) -> frozenset[Question]:
        return frozenset(self._ledger.questions)

    def named(self) -> FreightId | NoFreight:
        parsed = parse_freight(self._command.freight)
        if parsed is None:
            return NoFreight(Why.NOT_A_NAME, (self._command.freight,))
        warehouse, digits = parsed
        mine = self._stage.freight
        if warehouse not in (None, mine):
            return NoFreight(Why.OTHER_WAREHOUSE, (self._stage.name, mine, str(warehouse)))
        freights = self._ledger.named(mine, digits)
        if not freights:
            return NoFreight(Why.NONE_BEGINS, (mine, digits), self._newest())
        if len(freights) > 1:
            return NoFreight(Why.AMBIGUOUS, (str(len(freights)), mine, digits))
        if self._ledger.age(freights[0]) is None:
            return NoFreight(Why.WITHDRAWN, (freights[0].short,))
        return freights[0]

    def eligible(self) -> FreightId | NoFreight:
        """What failed or is under way here, or the newest whose other gates pass, or verified."""
        if self._command.verb == "retry":
            ended = [v for phase in _RETRIED for v in self._verdicts if v.phase == phase]
            ended = [v for v in ended if not self._rejected(v.freight)]
            unproven = [v for v in self._verdicts if v.reason is Reason.NO_EVIDENCE]
            return _first([*ended, *unproven], NoFreight(Why.NOTHING_FAILED, (self._stage.name,)))
        if self._command.verb == "cancel":
            going = [v for v in self._verdicts if v.promotion and not v.promotion.ended]
            going += [
                v for v in self._verdicts if v.phase == "waiting" and v.gates and asked_for(v.gates)
            ]
            return _first(going, NoFreight(Why.NOTHING_UNDER_WAY, (self._stage.name,)))
        able = [v for v in self._verdicts if v.phase in _OPEN]
        if self._command.verb == "why":
            return _first([*able, *self._verdicts], NoFreight(Why.NOTHING_COMES))
        own = {APPROVAL} if self._command.verb == "approve" else set[str]()
        beyond = takewhile(lambda v: v.phase != "in-review", able)
        # `/promote` moves a pull request on: what waits behind it comes first, whatever it lacks.
        tiers = (list(beyond), able) if self._command.verb == "promote" else (able,)
        verdicts = [v for tier in tiers for v in _by_gates(tier, PROMOTE_PASSES | own)]
        return _first(verdicts, self._nothing_newer())

    def _nothing_newer(self) -> NoFreight:
        name = self._stage.name
        current = self._ledger.views[name].current
        newest = self._newest()
        if newest is None:
            return NoFreight(Why.NONE_YET, (self._stage.freight,))
        if current is not None and current.freight == newest:
            return NoFreight(Why.IS_NEWEST, (name, newest.short))
        return NoFreight(Why.NOTHING_NEWER, (name,))

    def under_review(self) -> FreightId | NoFreight:
        """The freight of our own pull request."""
        own = [v for v in self._verdicts if v.promotion and v.promotion.pull and v.phase in _OPEN]
        return own[0].freight if own else self.eligible()

    def merged(self, merge: Sha) -> FreightId | NoFreight:
        """The freight minted from *merge*, or the first later one that contains it."""
        place = self._ledger.behind(self._stage.freight, merge)
        if place is None:
            return NoFreight(Why.NOT_ON_BRANCH, (short(merge), self._stage.freight))
        before = takewhile(
            lambda f: (self._ledger.age(f) or 0) <= place,
            self._ledger.fresh(self._stage.freight, None),
        )
        later = tuple(before)
        if not later:
            return NoFreight(Why.NOT_MINTED, (short(merge), self._stage.freight))
        return later[-1]

    def of_commit(self, sha: Sha) -> FreightId | NoFreight:
        """The commit's own freight, or the one that landed as it, or was proposed by it."""
        mine = FreightId(self._stage.freight, sha)
        if self._ledger.minted_at(mine) is not None:
            return mine
        promotions = self._snapshot.records.promotions
        landed = [p.freight for p in promotions if sha in (p.landed, p.head)]
        for freight in reversed(landed):
            if freight.warehouse == self._stage.freight:
                return freight
        if self._command.verb == "retry":
            return self.eligible()
        return NoFreight(Why.NOT_ITS_COMMIT, (short(sha), self._stage.freight), self._newest())

    def _rejected(self, freight: FreightId) -> bool:
        """A rollback turned it away: only who names it brings it back."""
        view = self._ledger.views[self._stage.name]
        return turned_away_by(self._ledger, view, freight) is not None

    def _newest(self) -> FreightId | None:
        return self._ledger.newest(self._stage.freight)


def _first(verdicts: list[Verdict], none: NoFreight) -> FreightId | NoFreight:
    return verdicts[0].freight if verdicts else none


def _by_gates(verdicts: list[Verdict], but: frozenset[str]) -> list[Verdict]:
    """Those whose other gates pass, then those that are verified upstream."""
    ready = [v for v in verdicts if _passes(v, but)]
    return [*ready, *(v for v in verdicts if _came(v))]


def _passes(verdict: Verdict, but: frozenset[str]) -> bool:
    """Every gate *but* those that the command itself passes."""
    return all(g.state == "pass" for g in verdict.gates if g.gate not in but) and _came(verdict)


def _came(verdict: Verdict) -> bool:
    """It is verified upstream, or comes directly from the warehouse."""
    if verdict.phase != "waiting":
        return True
    upstream = [g for g in verdict.gates if g.gate == NEEDS]
    if upstream:
        return all(g.state == "pass" for g in upstream)
    return verdict.reason is not Reason.UPSTREAM_UNVERIFIED
