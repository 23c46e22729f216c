"""`verify` of a stage: the checks that it awaits, and the workflow that is started for it."""

from __future__ import annotations

import re

from app.core.config.fields import fields
from app.core.config.report import Report, did_you_mean, shown
from app.core.config.tables import VERIFY
from app.core.config.values import Placed, filled, is_text, write_instead
from app.core.config.warehouses import read_checks
from app.core.config.yamldoc import Node, Scalar, Seq
from app.core.model.pipeline import CheckRule
from app.core.paths.canonical import path_error

WORKFLOW = r"[^/\\]+\.ya?ml"
"""The name of a file in `.github/workflows`, which GitHub reads no folders of."""
FOLDER = ".github/workflows/"


def read_verify(report: Report, node: Node | None) -> tuple[tuple[CheckRule, ...], str | None]:
    """The entries of `checks`, and the file name of `workflow`."""
    if isinstance(node, Seq | Scalar) and (checks := _names_in(node)):
        written = f"{{checks: [{', '.join(checks)}]}}"
        write_instead(report, node, "verify", "a mapping", written, f"verify: {written}")
        return (), None
    keys = fields(report, node, "verify", VERIFY) if node else None
    if keys is None or node is None:
        return (), None
    if "checks" not in keys and "workflow" not in keys and not keys.mistyped:
        message = "`verify` names nothing: it takes `checks`, `workflow`, or both"
        report.add(node.mark, "missing-key", message, "checks: [e2e]")
    file = keys.get("workflow")
    return read_checks(report, keys.get("checks"), least=1), _workflow(report, file)


def _workflow(report: Report, node: Node | None) -> str | None:
    placed = filled(report, node, "workflow") if node else None
    if placed is None:
        return None
    why = _wrong(placed)
    if why is None:
        return placed.value
    name = placed.value.rpartition("/")[2]
    near = (guess for guess in (name, f"{name}.yml") if guess != placed.value)
    meant = next((guess for guess in near if re.fullmatch(WORKFLOW, guess)), None)
    message = f"`{shown(placed.value)}`: {why}{did_you_mean(meant)}"
    report.add(placed.mark, "bad-path", message, meant)
    return None


def _wrong(placed: Placed) -> str | None:
    if re.fullmatch(WORKFLOW, placed.value):
        return path_error(placed.value)
    return f"`workflow` is the name of a file in `{FOLDER}` that ends in `.yml` or `.yaml`"


def _names_in(node: Seq | Scalar) -> list[str]:
    """The texts of a list, or the one that stands where a list could; [] where that is no text."""
    entries = node.items if isinstance(node, Seq) else (node,)
    texts_of = [
        scalar.value for scalar in entries if isinstance(scalar, Scalar) and is_text(scalar)
    ]
    return texts_of if len(texts_of) == len(entries) else []
