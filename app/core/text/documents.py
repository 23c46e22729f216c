"""What programs and pages read about a repository: the plan's verdicts as JSON values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.core.model.documents import LOCKS, PIPELINE, Document, utc
from app.core.model.group_names import organization, place, spoken
from app.core.model.pipeline import Pipeline, Stage
from app.core.model.records import Hold
from app.core.model.snapshot import Snapshot
from app.core.model.verdicts import GateAnswer, Verdict
from app.core.planning.plan_result import Plan
from app.core.state.ledger import Ledger
from app.core.state.rejections import standing
from app.core.state.stage_state import StageView
from app.core.text import gates as gate_words
from app.core.text import minting
from app.core.text.status import OVER, of_interest
from app.core.text.terminal import explained, plain
from app.core.text.titles import title
from app.core.text.why import nothing


def documents(snapshot: Snapshot, plan: Plan) -> Mapping[str, Document]:
    """
    Describe the repository part by part: its pipeline, its lock groups, and each stage.

    Nothing where no pipeline is in force. The same facts give the same values: no text holds a
    running time.
    """
    pipeline = snapshot.config.pipeline
    if pipeline is None:
        return {}
    ledger = Ledger(snapshot, pipeline)
    documents: dict[str, Document] = {
        PIPELINE: _pipeline(snapshot, pipeline, plan, ledger),
        LOCKS: {"groups": _definitions(pipeline), "environments": _environments(pipeline)},
    }
    for name, view in ledger.views.items():
        documents[name] = _why(pipeline, plan, ledger, view)
    return documents


def _pipeline(snapshot: Snapshot, pipeline: Pipeline, plan: Plan, ledger: Ledger) -> Document:
    config = snapshot.config
    waits = {wait.warehouse: plain(minting.sentence(wait)) for wait in plan.minting}
    return {
        "default_branch": snapshot.default_branch,
        "config": {
            "status": config.status,
            "commit": config.commit,
            "in_force": config.in_force,
        },
        "warehouses": [
            {"name": name, "branch": warehouse.branch, "waits": waits.get(name)}
            for name, warehouse in pipeline.warehouses.items()
        ],
        "stages": [_stage(view, plan, ledger) for view in ledger.views.values()],
        "locks": _groups(pipeline, f"repo-{snapshot.repo.id}"),
    }


def _groups(pipeline: Pipeline, home: str) -> list[Document]:
    return [
        {
            "group": spoken(name),
            "scope": place(name, home)[0],
            "permits": list(group.names) or group.permits,
        }
        for name, group in pipeline.locks.items()
    ]


def _environments(pipeline: Pipeline) -> list[str]:
    """Those at which jobs ask for a lock."""
    return sorted({name for group in pipeline.locks.values() for name in group.environments})


def _definitions(pipeline: Pipeline) -> list[Document]:
    return [
        {
            "group": name,
            "permits": group.permits,
            "names": list(group.names),
            "max_hold": group.max_hold.total_seconds(),
            "outside": group.service is not None,
            "refs": list(group.refs),
        }
        for name, group in pipeline.locks.items()
        if organization(name) is None
    ]


def _stage(view: StageView, plan: Plan, ledger: Ledger) -> Document:
    stage = view.stage
    coming = of_interest(plan, stage.name)
    if coming is not None and coming.phase in OVER:
        coming = None
    return {
        "name": stage.name,
        "warehouse": stage.freight,
        "needs": list(stage.needs),
        "needs_any": list(stage.needs_any),
        "path": stage.path,
        "branch": stage.branch,
        "auto": stage.auto,
        "via": stage.via,
        "locks": list(map(spoken, stage.locks)),
        "current": _current(ledger, view),
        "next": None if coming is None else _verdict(coming),
        "hold": _hold(ledger.holding.get(stage.name)),
    }


def _current(ledger: Ledger, view: StageView) -> Document | None:
    promotion = view.current
    if promotion is None:
        return None
    return {
        "freight": str(promotion.freight),
        "promotion": promotion.id,
        "state": standing(ledger, view, promotion),
        "commit": promotion.landed,
        "landed_at": utc(promotion.landed_at),
        "verified_at": utc(promotion.verified_at),
    }


def _verdict(verdict: Verdict) -> dict[str, object]:
    return {
        "freight": str(verdict.freight),
        "phase": verdict.phase,
        "reason": str(verdict.reason),
        "title": plain(title(verdict)),
        "since": utc(verdict.since),
        "promotion": verdict.promotion.id if verdict.promotion else None,
    }


def _why(pipeline: Pipeline, plan: Plan, ledger: Ledger, view: StageView) -> Document:
    stage = view.stage
    first = of_interest(plan, stage.name)
    mine = [v for v in plan.verdicts if v.stage == stage.name and v is not first]
    return {
        "verdicts": [_explained(v) for v in ([] if first is None else [first, *mine])],
        "nothing": plain(nothing(stage.name)),
        "waits": list(_waits(pipeline, plan, stage)),
        "hold": _hold(ledger.holding.get(stage.name)),
    }


def _waits(pipeline: Pipeline, plan: Plan, stage: Stage) -> Iterator[str]:
    """What the warehouse of a stage directly on it waits for."""
    direct = not pipeline.stages[stage.name].upstreams
    for wait in plan.minting:
        if direct and wait.warehouse == stage.freight:
            yield plain(minting.sentence(wait))


def _explained(verdict: Verdict) -> Document:
    return {
        **_verdict(verdict),
        "explained": list(explained(verdict)),
        "gates": [_gate(verdict, gate) for gate in gate_words.with_lock(verdict)],
    }


def _gate(verdict: Verdict, gate: GateAnswer) -> Document:
    return {
        "gate": gate.gate,
        "state": gate.state,
        "reason": str(gate.reason),
        "text": plain(gate_words.sentence(gate)),
        "since": utc(gate.since),
        "until": utc(gate.until),
        "next": plain(gate_words.next_look(verdict, gate)) or None,
    }


def _hold(hold: Hold | None) -> Document | None:
    if hold is None:
        return None
    return {
        "reason": hold.reason,
        "by": hold.by or None,
        "since": utc(hold.since),
        "until": utc(hold.until),
    }


def of_freight(document: Document, warehouse: str | None, digits: str) -> Document | None:
    """The verdict, of a stage's *document*, about the freight that is named so."""
    verdicts = document["verdicts"]
    for verdict in verdicts if isinstance(verdicts, list) else []:
        name, _, sha = str(verdict["freight"]).partition("@")
        if warehouse in (None, name) and sha.startswith(digits):
            return dict(verdict)
    return None
