"""One stage from its mapping: every key by itself; what keys mean together is told as well."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from app.core.config.context import Draft
from app.core.config.fields import Fields, named
from app.core.config.people import read_allow, read_approve
from app.core.config.report import Report, shown
from app.core.config.tables import STAGE, WRITING_ONLY
from app.core.config.values import (
    Placed,
    boolean,
    check_name,
    choice,
    duration,
    filled,
    integer,
    text,
    texts,
    wrong_type,
)
from app.core.config.verification import read_verify
from app.core.config.warehouses import read_branch
from app.core.config.windows import read_windows
from app.core.config.yamldoc import Map, Node, Scalar, Seq
from app.core.model.lock_requests import ALL
from app.core.model.names import StageName, WarehouseName
from app.core.model.pipeline import MergeBy, OnDrift, Queue, Stage, Via
from app.core.paths.canonical import path_error

MAX_TIMEOUT_MINUTES = 7 * 24 * 60
DRIFTS = ("merge", "block", "overwrite")
_DEFAULTS = Stage(StageName(""), WarehouseName(""))


def read_stages(report: Report, node: Node | None) -> dict[StageName, Draft]:
    """Read `stages`, in the file's order."""
    drafts = {}
    for name, settings in named(report, node, "stages"):
        check_name(report, name.value, name.mark, "stage")
        keys = Fields(report, settings, f"stage `{shown(name.value)}`", STAGE)
        drafts[StageName(name.value)] = _draft(report, name, keys)
    return drafts


def _draft(report: Report, name: Scalar, keys: Fields) -> Draft:
    path, branch = _path(report, keys), read_branch(report, keys)
    verify, workflow = read_verify(report, keys.get("verify"))
    sound = isinstance(keys.get("needs") or keys.get("needs-any"), Seq | None)
    sound &= ("path" in keys) == (path is not None) and ("branch" in keys) == (branch is not None)
    stage = Stage(
        name=StageName(name.value),
        freight=WarehouseName(""),
        path=path,
        branch=branch,
        auto=_flag(report, keys, "auto", default=True),
        via=cast("Via", _option(report, keys, "via", ("commit", "pull-request"))),
        merge=cast("MergeBy", _option(report, keys, "merge", ("people", "auto"))),
        merge_within=_span(report, keys, "merge-within", _DEFAULTS.merge_within, zero=False),
        verify=verify,
        workflow=workflow,
        timeout=_timeout(report, keys.get("timeout-minutes")),
        soak=_span(report, keys, "soak", _DEFAULTS.soak),
        at_most_every=_span(report, keys, "at-most-every", _DEFAULTS.at_most_every),
        approve=read_approve(report, keys.get("approve")),
        allow=read_allow(report, keys.get("allow")),
        windows=read_windows(report, keys.get("windows")),
        on_drift=cast("OnDrift", _option(report, keys, "on-drift", DRIFTS)),
        queue=cast("Queue", _option(report, keys, "queue", ("latest", "all"))),
        allow_links=_flag(report, keys, "allow-links", default=False),
        include_github=_flag(report, keys, "include-github", default=False),
        mark=name.mark,
    )
    _check_together(report, keys, stage)
    freight, upstreams = _freight(report, keys.get("freight")), _upstreams(report, keys)
    locks, weights = _locks(report, keys.get("lock"))
    steps = _steps(report, keys.get("steps"))
    return Draft(stage, keys, freight, upstreams, locks, weights, steps, sound)


def _path(report: Report, keys: Fields) -> str | None:
    node = keys.get("path")
    placed = text(report, node, "path") if node else None
    if placed is None:
        return None
    if placed.value in (".", "./", "/"):
        message = "`path` is a folder; for a branch's whole tree write `branch` without `path`"
        report.add(placed.mark, "bad-path", message)
    elif why := path_error(placed.value):
        report.add(placed.mark, "bad-path", f"`{shown(placed.value)}`: {why}")
    else:
        return placed.value.removesuffix("/")
    return None


def _freight(report: Report, node: Node | None) -> Placed | None:
    if isinstance(node, Seq):
        message = "several warehouses in one stage are not supported yet: `freight` is one name"
        report.add(node.mark, "not-supported", message)
        return None
    return filled(report, node, "freight") if node else None


def _upstreams(report: Report, keys: Fields) -> tuple[Placed, ...]:
    if "needs" in keys and "needs-any" in keys:
        message = "`needs` and `needs-any` exclude each other: a stage has one of them"
        report.add(keys.key_mark("needs-any"), "combination", message)
    key = "needs" if "needs" in keys else "needs-any"
    node = keys.get(key)
    return texts(report, node, key, least=1) if node else ()


def _locks(report: Report, node: Node | None) -> tuple[tuple[Placed, ...], dict[str, int]]:
    """The groups, and how many permits of each where the file says so."""
    if isinstance(node, Map):
        if not node.entries:
            wrong_type(report, node, "lock", "a name, a list of names, or names and numbers")
        names = tuple(Placed(name.value, name.mark) for name, _ in node.entries)
        read = {name.value: _weight(report, name.value, value) for name, value in node.entries}
        return names, {name: number for name, number in read.items() if number is not None}
    if isinstance(node, Seq):
        return texts(report, node, "lock", least=1), {}
    placed = filled(report, node, "lock") if node else None
    return (placed,) if placed else (), {}


def _weight(report: Report, group: str, node: Node) -> int | None:
    """A number of permits, or `all`."""
    if isinstance(node, Scalar) and node.value == "all":
        return ALL
    return integer(report, node, group, 1, 1000)


def _steps(report: Report, node: Node | None) -> Seq | None:
    if node is None:
        return None
    if not isinstance(node, Seq):
        wrong_type(report, node, "steps", "a list")
        return Seq((), node.mark)
    if not node.items:
        message = "`steps` is empty: leave it out for the steps that follow from the stage"
        report.add(node.mark, "wrong-value", message)
    return node


def _timeout(report: Report, node: Node | None) -> timedelta:
    key = "timeout-minutes"
    minutes = integer(report, node, key, 1, MAX_TIMEOUT_MINUTES) if node else None
    return timedelta(minutes=minutes) if minutes else _DEFAULTS.timeout


def _flag(report: Report, keys: Fields, key: str, *, default: bool) -> bool:
    node = keys.get(key)
    flag = boolean(report, node, key) if node else None
    return default if flag is None else flag


def _option(report: Report, keys: Fields, key: str, options: tuple[str, ...]) -> str:
    """Read one of *options*, of which the first is the default."""
    node = keys.get(key)
    return (node and choice(report, node, key, options)) or options[0]


def _span(
    report: Report, keys: Fields, key: str, default: timedelta, *, zero: bool = True
) -> timedelta:
    node = keys.get(key)
    length = duration(report, node, key, zero=zero) if node else None
    return default if length is None else length


def _check_together(report: Report, keys: Fields, stage: Stage) -> None:
    if "path" not in keys and "branch" not in keys:
        if keys.mistyped:
            return
        for key in WRITING_ONLY:
            if key in keys:
                message = (
                    f"stage `{shown(stage.name)}` has no `path` and no `branch`, so it writes "
                    f"nothing and `{key}` has nothing to act on"
                )
                report.add(keys.key_mark(key), "combination", message)
        return
    for key in ("merge", "merge-within"):
        if key in keys and stage.via != "pull-request":
            message = f"`{key}` is for stages with `via: pull-request`"
            report.add(keys.key_mark(key), "combination", message, "via: pull-request")
    if "merge-within" in keys and "lock" not in keys:
        message = "`merge-within` is how long a grant waits for a merge: it needs a `lock`"
        report.add(keys.key_mark("merge-within"), "combination", message)
