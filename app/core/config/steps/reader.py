"""The steps that a stage lists: each `uses` with its `with`, its paths joined to the stage's."""

from __future__ import annotations

from app.core.config.fields import fields
from app.core.config.report import Report, did_you_mean, listed, shown
from app.core.config.steps.kind import Kind, Place, StepAt
from app.core.config.steps.registry import STEPS
from app.core.config.tables import STEP
from app.core.config.values import Placed, filled
from app.core.config.yamldoc import Node


def read_step(place: Place, node: Node) -> StepAt | None:
    """Read one step; None (and told) where something is wrong with it."""
    report = place.context.report
    step = fields(report, node, "a step", STEP)
    uses_node, with_node = (step.get("uses"), step.get("with")) if step else (None, None)
    uses = filled(report, uses_node, "uses") if uses_node else None
    kind = _kind(report, uses) if uses else None
    if kind is None or with_node is None:
        return None
    keys = fields(report, with_node, f"`with` of `{kind.uses}`", kind.keys)
    return kind.read(place, keys) if keys else None


def _kind(report: Report, uses: Placed) -> Kind | None:
    kind = STEPS.get(uses.value)
    if kind is None:
        meant = report.closest(uses.value, STEPS)
        there = did_you_mean(meant) or f": there are {listed([f'`{u}`' for u in sorted(STEPS)])}"
        message = f"there is no step `{shown(uses.value)}`{there}"
        report.add(uses.mark, "undefined-name", message, meant)
    return kind
