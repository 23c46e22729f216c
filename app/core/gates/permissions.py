"""What the App may do in an account, against what a stage needs of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.core.gates.gate import Gate
from app.core.model.installations import InstallationFact
from app.core.model.pipeline import Pipeline, Stage
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state.ledger import Ledger, StageView
from app.core.state.rights import approvers

NAME = "permission"
LEVELS: Mapping[str, int] = {"": 0, "none": 0, "read": 1, "write": 2, "admin": 3}
OPTIONAL: frozenset[str] = frozenset({"actions", "deployments", "members", "merge_queues"})
"""Permissions that one may do without: named only where something in force needs them."""


def covers(granted: Mapping[str, str], name: str, level: str) -> bool:
    """Tell whether *granted* (name -> level) has *name* at *level* or above."""
    return name in granted and LEVELS.get(granted[name], 0) >= LEVELS[level]


def spelled(name: str, level: str) -> str:
    """A permission as GitHub's pages call it: ``pull requests: write``."""
    return f"{name.replace('_', ' ')}: {level}"


def permission(ledger: Ledger, view: StageView) -> GateAnswer | None:
    """What the stage needs and the App was not granted; None where that is nothing, or unknown."""
    own = ledger.snapshot.installation
    if own is None:
        return None
    checks = bool(ledger.pipeline.warehouses[view.stage.freight].checks)
    missing = tuple(
        spelled(name, asked)
        for name, level, asked in _needed(view.stage, minted_by_checks=checks)
        if not covers(own.permissions, name, level)
    )
    if not missing:
        return None
    return GateAnswer(
        NAME,
        "wait",
        Reason.APP_LACKS,
        missing,
        detail=own.url,
    )


def closed_environments(own: InstallationFact | None, pipeline: Pipeline) -> tuple[str, ...]:
    """What the App was not granted, and needs where lock groups name environments."""
    if own is None or not any(group.environments for group in pipeline.locks.values()):
        return ()
    needs = (("actions", "read", "write"), ("deployments", "write", "write"))
    return tuple(
        spelled(name, asked)
        for name, level, asked in needs
        if not covers(own.permissions, name, level)
    )


def cannot_start(own: InstallationFact | None) -> bool:
    """The App may start no workflow; False where that is unknown."""
    return own is not None and not covers(own.permissions, "actions", "write")


def closed_teams(own: InstallationFact | None) -> str | None:
    """The page where the App is granted to see who is in a team; None where it may, or unknown."""
    lacks = own is not None and not covers(own.permissions, "members", "read")
    return own.url if own is not None and lacks else None


def _needed(stage: Stage, *, minted_by_checks: bool) -> Iterator[tuple[str, str, str]]:
    """(permission, the level that the stage needs, the level that the App requests)."""
    if stage.writes:
        yield "contents", "write", "write"
    if stage.via == "pull-request":
        yield "pull_requests", "write", "write"
    if stage.writes and stage.include_github:
        yield "workflows", "write", "write"
    if approvers(stage).teams and stage.approve is not None:
        yield "members", "read", "read"
    if stage.workflow is not None:
        yield "actions", "write", "write"
    if stage.verifies or minted_by_checks:
        yield "checks", "read", "write"
        yield "statuses", "read", "read"


GATE = Gate(
    NAME,
    lambda entry: permission(entry.ledger, entry.view),
    (Reason.APP_LACKS,),
    opens_review=True,
    never_skipped=True,
)
