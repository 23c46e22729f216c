"""`approve` and `allow`: who approves a freight, and who may command a stage."""

from __future__ import annotations

import re

from app.core.config.fields import Fields, fields
from app.core.config.report import Report, did_you_mean, shown
from app.core.config.tables import ALLOW, APPROVE
from app.core.config.values import Placed, boolean, integer, texts, unique
from app.core.config.yamldoc import Node
from app.core.model.people import Approve, People

MOST = 50
"""Names in one list."""
MOST_APPROVALS = 20
LOGIN = "[A-Za-z0-9][A-Za-z0-9_-]{0,98}"
"""As GitHub has them: those of managed users end in ``_`` and a short code."""
TEAM = "[a-z0-9_][a-z0-9_-]{0,98}"
"""A team's slug, as in its address."""
_PATTERNS = {"users": re.compile(LOGIN), "teams": re.compile(TEAM)}


def read_allow(report: Report, node: Node | None) -> People:
    """Read `allow`; nobody in particular where it is left out."""
    keys = fields(report, node, "allow", ALLOW) if node else None
    if keys is None:
        return People()
    people = _people(report, keys)
    if not keys.mistyped and "teams" not in keys and "users" not in keys:
        message = "`allow` has neither `teams` nor `users`: leave it out to allow all with *write*"
        report.add(keys.mark, "missing-key", message)
    return people


def read_approve(report: Report, node: Node | None) -> Approve | None:
    """Read `approve`; None where it is left out."""
    keys = fields(report, node, "approve", APPROVE) if node else None
    if keys is None:
        return None
    if not keys.mistyped and not any(key in keys for key in APPROVE.known):
        message = "`approve` is empty: write `count: 1` for one person with *write*"
        report.add(keys.mark, "missing-key", message, "count: 1")
    people, count = _people(report, keys), keys.get("count")
    author = keys.get("allow-author")
    approve = Approve(
        people,
        (count and integer(report, count, "count", 1, MOST_APPROVALS)) or 1,
        bool(author and boolean(report, author, "allow-author")),
    )
    if people.users and "teams" not in keys and approve.count > len(people.users):
        message = (
            f"`count` is {approve.count}, and `users` names {len(people.users)}: nothing enters"
        )
        report.add(keys.key_mark("count"), "never-opens", message, f"count: {len(people.users)}")
    return approve


def _people(report: Report, keys: Fields) -> People:
    return People(_names(report, keys, "teams"), _names(report, keys, "users"))


def _names(report: Report, keys: Fields, key: str) -> tuple[str, ...]:
    node = keys.get(key)
    entries = texts(report, node, key, least=1) if node else ()
    if node and len(entries) > MOST:
        message = f"`{key}` has {len(entries)} names; at most {MOST} are read"
        report.add(node.mark, "wrong-value", message)
        return ()
    placeds = tuple(entry for entry in entries if _is_one(report, entry, key))
    if key == "users":  # GitHub tells no case apart
        same = tuple(Placed(entry.value.casefold(), entry.mark) for entry in placeds)
        kept = {entry.mark for entry in unique(report, same, key)}
        placeds = tuple(entry for entry in placeds if entry.mark in kept)
    return tuple(entry.value for entry in placeds)


def _is_one(report: Report, entry: Placed, key: str) -> bool:
    if _PATTERNS[key].fullmatch(entry.value):
        return True
    bare = entry.value.removeprefix("@")
    meant = bare.rpartition("/")[2].lower() if key == "teams" else bare
    guess = meant if _PATTERNS[key].fullmatch(meant) else None
    what = "the name of a team as its address has it" if key == "teams" else "a person's login"
    message = f"`{shown(entry.value)}` in `{key}` is not {what}{did_you_mean(guess)}"
    report.add(entry.mark, "bad-name", message, guess)
    return False
