"""What a promotion's commit must hold: object by object (rules S2, S3, S12 to S15, S18, I9, I14)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app.core.model.names import GroupName
from tests.oracle import rollbacks
from tests.oracle.moment import Moment
from tests.oracle.pipeline import Output, Spot

if TYPE_CHECKING:
    from app.core.model.records import Promotion

GITHUB = b".github"
HOLDING = ("held", "suspect")


def written(moment: Moment, row: Promotion, commit: str, changed: Sequence[str]) -> list[str]:
    """*commit* is written for *row*; *changed* are the paths in which it differs from its parent."""
    plan = moment.plans(row.config)
    spot = plan.spots.get(row.stage) if plan else None
    if spot is None:
        return [f"F46: {row.stage} is written, and {row.config[:7]} does not know it"]
    outside = [path for path in changed if not _inside(path, spot)]
    wrong = [f"I9: {commit[:7]} changes {path}, no output of {spot.name}" for path in outside]
    if any(edit.fate == "kept" for edit in row.edits) and not rollbacks.goes_back(row):
        return wrong
    back = rollbacks.goes_back(row)
    wants = rollbacks.recorded(moment, row, spot) if back else _wanted(moment, row, spot)
    says = dict(zip(spot.outputs, map(_group_said, spot.steps), strict=False))
    for output, wanted in wants:
        if group := says.get(output):
            wrong += _permit_said(moment, row, commit, output, group)
        elif moment.at(commit, output.path, output.key) not in wanted:
            place = f"{output.path}#{output.key}" if output.key else output.path or "the branch"
            wrong.append(
                f"{'K1' if back else 'I14'}: {commit[:7]} does not hold in {place} what {spot.name} is to get"
            )
    return wrong


def _inside(path: str, spot: Spot) -> bool:
    whole = [output.path for output in spot.outputs]
    return any(not out or path == out or path.startswith(f"{out}/") for out in whole)


def _wanted(moment: Moment, row: Promotion, spot: Spot) -> list[tuple[Output, list[object]]]:
    """For each output what may lie there."""
    sha = str(row.freight.sha)
    if spot.steps:
        pairs = zip(spot.steps, spot.outputs, strict=True)
        return [(out, [_of_step(moment, step, out, sha)]) for step, out in pairs]
    if not spot.upstreams:
        house = moment.plan.houses.get(spot.house)
        if house is None or house.paths or spot.path is not None:
            return []
        return [(out, [moment.at(sha, "", "")]) for out in spot.outputs]
    plan = moment.plans(row.config)
    above = plan.spots[spot.upstreams[0]] if plan else spot
    landings = [there.landed for there in moment.rows(above.name, row.freight)]
    return [
        (out, [moment.at(landed, inner.path, inner.key) for landed in landings if landed])
        for out, inner in zip(spot.outputs, above.outputs, strict=True)
    ]


def _of_step(moment: Moment, step: Mapping[str, Any], output: Output, sha: str) -> object:
    given = step["with"]
    if step["uses"] == "copy":
        return moment.at(sha, given["from"], "")
    return given["values"][output.key].replace("${{ freight.short }}", sha[:7])


def _group_said(step: Mapping[str, Any]) -> str:
    """The lock group whose permit the step writes; "" where it writes none."""
    for value in step["with"].get("values", {}).values():
        if found := re.fullmatch(r"\$\{\{ lock\.(\S+) \}\}", value):
            return found[1]
    return ""


def _permit_said(
    moment: Moment, row: Promotion, commit: str, output: Output, group: str
) -> list[str]:
    """
    rule S11: what a commit says that is made under a grant is the name of the permit that it has, a
    rollback's own, too. Before the grant, and where it has none with a name, it says what it likes.
    """
    held = (
        request.permits.get(GroupName(group), ())
        for request in moment.records.requests
        if request.promotion == row.id and request.state in HOLDING
    )
    name = ",".join(next(held, ()))
    if not name or moment.at(commit, output.path, output.key) == name:
        return []
    return [f"S11: {commit[:7]} does not say in {output.path} that {row.stage} has {name}"]
