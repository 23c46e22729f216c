"""`stagelock-locks.yaml` of an organisation's `.github`: its lock groups."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.config.fields import Fields
from app.core.config.report import Report
from app.core.config.tables import ORGANIZATION
from app.core.config.values import integer, wrong_type
from app.core.config.warehouses import read_locks
from app.core.config.yamldoc import Map, Reported, compose
from app.core.model.pipeline import LockGroup, Mark, Problem

VERSION = 1


@dataclass(frozen=True, slots=True)
class OrganizationResult:
    """What became of a version of the organisation's file."""

    groups: tuple[LockGroup, ...] | None
    """None exactly where there are *problems*."""
    problems: tuple[Problem, ...] = ()
    """Sorted by place."""


def parse_organization(text: bytes) -> OrganizationResult:
    """Read `stagelock-locks.yaml`. Never raises, whatever *text* holds."""
    report = Report(expressions=True)
    root = compose(text, report)
    if isinstance(root, Map):
        groups = _groups(report, Fields(report, root, "the file", ORGANIZATION))
        return OrganizationResult(None if report.problems else groups, report.problems)
    if root is not None:
        wrong_type(report, root, "the file", "a mapping with `version` and `locks`")
    elif not report.problems:
        message = "the file is empty; it has `version` and `locks`"
        report.add(Mark(1, 1), "missing-key", message, "version: 1")
    return OrganizationResult(None, report.problems)


def _groups(report: Report, keys: Fields) -> tuple[LockGroup, ...]:
    version = keys.get("version")
    if version and not isinstance(version, Reported):
        integer(report, version, "version", VERSION, VERSION)
    return tuple(read_locks(report, keys.get("locks"), shared=True).values())
