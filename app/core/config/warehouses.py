"""Warehouses and lock groups, each from its own mapping."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from app.core.config.fields import Fields, fields, named
from app.core.config.lock_service import read_service
from app.core.config.refs import read_refs
from app.core.config.report import MAX_EXPRESSIONS, Report, did_you_mean, shown
from app.core.config.tables import CHECK, LOCK, SHARED_LOCK, WAREHOUSE
from app.core.config.values import (
    Placed,
    check_name,
    choice,
    duration,
    filled,
    integer,
    items,
    text,
    texts,
)
from app.core.config.yamldoc import Map, Node, Scalar, Seq
from app.core.model.check_names import PREFIX
from app.core.model.names import REQUESTS, GroupName, WarehouseName
from app.core.model.pipeline import CheckRule, LockGroup, LockScope, Warehouse
from app.core.paths.canonical import branch_error
from app.core.paths.globs import MOST_NOTED, REGEX, better, entry_error, idle

MOST_PERMITS = 1000
MOST_OF_A_NAME = 255
"""GitHub's limit for the name of an environment."""
_APP = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?")


def read_warehouses(
    report: Report, node: Node | None
) -> tuple[dict[WarehouseName, Warehouse], frozenset[WarehouseName]]:
    """Read `warehouses`; with them, the names of those that have problems of their own."""
    warehouses, broken = {}, set()
    for name, settings in named(report, node, "warehouses"):
        before = len(report)
        check_name(report, name.value, name.mark, "warehouse")
        keys = Fields(report, settings, f"warehouse `{shown(name.value)}`", WAREHOUSE)
        key, paths = WarehouseName(name.value), _entries(report, keys, "paths")
        warehouses[key] = Warehouse(
            name=key,
            branch=read_branch(report, keys),
            paths=paths,
            paths_ignore=_ignored(report, keys, paths),
            checks=read_checks(report, keys.get("checks"), least=0),
            mark=name.mark,
            lines=(*_lines(keys, "paths"), *_lines(keys, "paths-ignore")),
        )
        if len(report) > before:
            broken.add(key)
    return warehouses, frozenset(broken)


def read_branch(report: Report, keys: Fields) -> str | None:
    """Read `branch`; None where it is left out or wrong."""
    node = keys.get("branch")
    placed = filled(report, node, "branch") if node else None
    if placed is None:
        return None
    if why := branch_error(placed.value):
        fixed = placed.value.removeprefix("refs/heads/")
        better = fixed if fixed != placed.value and not branch_error(fixed) else None
        report.add(placed.mark, "bad-branch", f"`{shown(placed.value)}`: {why}", better)
        return None
    return placed.value


def _entries(report: Report, keys: Fields, key: str) -> tuple[str, ...]:
    node = keys.get(key)
    placeds = texts(report, node, key) if node else ()
    for entry in placeds:
        if entry.value.startswith(REGEX) and not report.another_expression():
            message = f"more than {MAX_EXPRESSIONS} `regex:` entries: use folders or globs"
            report.add(entry.mark, "bad-pattern", message)
            break
        if why := entry_error(entry.value, compiles=report.expressions):
            fixed = better(entry.value)
            meant = fixed if fixed != entry.value and not entry_error(fixed) else None
            report.add(entry.mark, "bad-pattern", f"`{shown(entry.value)}`: {why}", meant)
    return tuple(entry.value for entry in placeds)


def _lines(keys: Fields, key: str) -> tuple[tuple[str, int], ...]:
    """Where the entries of *key* stand, as the path rules name them."""
    node = keys.get(key)
    entries = node.items if isinstance(node, Seq) else () if node is None else (node,)
    return tuple(
        (f"{key}: {item.value}", item.mark.line) for item in entries if isinstance(item, Scalar)
    )


def _ignored(report: Report, keys: Fields, watched: Sequence[str]) -> tuple[str, ...]:
    """Read `paths-ignore`; what does nothing there is noted: people mean it at any depth."""
    ignored = _entries(report, keys, "paths-ignore")
    node = keys.get("paths-ignore")
    for item in node.items[:MOST_NOTED] if isinstance(node, Seq) else ():
        entry = item.value if isinstance(item, Scalar) else ""
        works = entry not in ignored or entry_error(entry, compiles=report.expressions)
        if not works and (why := idle(entry, watched)):
            message = f"`{shown(entry)}` {why[0]}{did_you_mean(why[1])}"
            report.note(item.mark, "idle-entry", message, why[1])
    return ignored


def read_checks(report: Report, node: Node | None, *, least: int) -> tuple[CheckRule, ...]:
    """Read a list of checks: names, globs, or `{name, app}`."""
    if node is None:
        return ()
    rules = items(report, node, "checks", lambda item: _check(report, item), least=least)
    distinct: dict[CheckRule, None] = {}
    for item, rule in zip(node.items if isinstance(node, Seq) else (), rules, strict=False):
        if rule in distinct:
            report.add(item.mark, "duplicate-entry", f"`{shown(str(rule))}` is listed twice")
        distinct[rule] = None
    return tuple(distinct)


def _check(report: Report, node: Node) -> CheckRule | None:
    if not isinstance(node, Map):
        name = filled(report, node, "checks")
        _note_own(report, name)
        return CheckRule(name.value) if name else None
    keys = fields(report, node, "an entry of `checks`", CHECK)
    name_node, app_node = (keys.get("name"), keys.get("app")) if keys else (None, None)
    name = filled(report, name_node, "name") if name_node else None
    app = text(report, app_node, "app") if app_node else None
    if app and not _APP.fullmatch(app.value):
        message = f"`{shown(app.value)}` is not the slug of a GitHub App, such as `github-actions`"
        report.add(app.mark, "wrong-value", message)
    if not app_node:
        _note_own(report, name)
    return CheckRule(name.value, app.value if app else None) if name else None


def _note_own(report: Report, name: Placed | None) -> None:
    """Tell that a check which the App itself posts is awaited in vain: our own never count."""
    if name and name.value.startswith(PREFIX):
        message = (
            f"`{shown(name.value)}` is a check that Stagelock posts itself, which never counts as "
            "passed here: name a check of your CI"
        )
        report.note(name.mark, "own-check", message)


def read_locks(
    report: Report, node: Node | None, *, shared: bool = False
) -> dict[GroupName, LockGroup]:
    """Read `locks`; *shared*: in the organisation's own file, where none refers elsewhere."""
    groups = {}
    environments: set[str] = set()
    for name, settings in named(report, node, "locks"):
        check_name(report, name.value, name.mark, "lock group")
        if name.value == REQUESTS:
            message = f"`{REQUESTS}` cannot name a lock group: the name is reserved"
            report.add(name.mark, "bad-name", message)
        table = SHARED_LOCK if shared else LOCK
        keys = Fields(report, settings, f"lock group `{shown(name.value)}`", table)
        scope = _scope(report, keys)
        key = GroupName(name.value)
        permits, names = _permits(report, keys.get("permits"))
        groups[key] = LockGroup(
            name=key,
            permits=permits,
            names=names,
            max_hold=_max_hold(report, keys.get("max-hold")),
            max_wait=_max_wait(report, keys.get("max-wait")),
            service=read_service(report, keys.get("service"), key),
            refs=read_refs(report, keys.get("refs")),
            environments=_environments(report, keys.get("environments"), environments),
            scope=scope,
            mark=name.mark,
        )
    return groups


def _scope(report: Report, keys: Fields) -> LockScope:
    node = keys.get("scope")
    scope = choice(report, node, "scope", ("repository", "organization")) if node else None
    if scope != "organization":
        return "repository"
    for key in sorted(LOCK.known - {"scope"}):
        if key in keys:
            message = (
                f"`scope: organization` takes no `{key}`: it is set where the group is defined, "
                "in the organisation's `.github`"
            )
            report.add(keys.key_mark(key), "combination", message)
    return "organization"


def _permits(report: Report, node: Node | None) -> tuple[int, tuple[str, ...]]:
    """How many there are, and what they are called where they have names."""
    if not isinstance(node, Seq):
        return (node and integer(report, node, "permits", 1, MOST_PERMITS)) or 1, ()
    placeds = texts(report, node, "permits", least=1)
    for name in placeds:
        check_name(report, name.value, name.mark, "permit")
    if len(placeds) > MOST_PERMITS:
        message = f"`permits` has {len(placeds)} names: at most {MOST_PERMITS} are allowed"
        report.add(node.mark, "wrong-value", message)
    return max(len(placeds), 1), tuple(name.value for name in placeds)


def _max_wait(report: Report, node: Node | None) -> timedelta | None:
    return duration(report, node, "max-wait", zero=False) if node else None


def _environments(report: Report, node: Node | None, known: set[str]) -> tuple[str, ...]:
    """The names of GitHub environments: each asks one group, and case is nothing there."""
    placeds = texts(report, node, "environments", least=1) if node else ()
    for name in placeds:
        if not name.value.strip() or len(name.value) > MOST_OF_A_NAME:
            message = f"`{shown(name.value)}` is not a name of a GitHub environment"
            report.add(name.mark, "wrong-value", message)
        elif name.value.casefold() in known:
            message = (
                f"the environment `{shown(name.value)}` is named twice (GitHub does not tell case "
                "apart); its jobs ask one lock group"
            )
            report.add(name.mark, "duplicate-entry", message)
        known.add(name.value.casefold())
    return tuple(name.value for name in placeds)


def _max_hold(report: Report, node: Node | None) -> timedelta:
    longest = duration(report, node, "max-hold", zero=False) if node else None
    return longest or LockGroup(GroupName("")).max_hold
