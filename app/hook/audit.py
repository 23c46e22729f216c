"""Emergency pushes: who may, for which reason, and the record that cannot be left out."""

from __future__ import annotations

import json
import os

from app.core.protection import Push, Violation
from app.core.protection.refusals import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

OPTION = "stagelock.reason="
MAX_OPTIONS = 100
FILE = os.path.join("stagelock", "audit.jsonl")


def reason(environ: Mapping[str, str]) -> str | None:
    """The reason given by ``git push -o stagelock.reason=...``; None: none, or an empty one."""
    count = environ.get("GIT_PUSH_OPTION_COUNT", "0")
    for at in range(min(int(count), MAX_OPTIONS) if count.isdecimal() else 0):
        option = environ.get(f"GIT_PUSH_OPTION_{at}", "")
        if option.startswith(OPTION) and option.removeprefix(OPTION).strip():
            return option.removeprefix(OPTION).strip()
    return None


def record(git_dir: str, push: Push, violations: tuple[Violation, ...], why: str, at: str) -> None:
    """Append one line to the audit file, to disk; ``OSError`` where that is not possible."""
    line = {
        "at": at,
        "who": push.who,
        "reason": safe(why, 500),
        "updates": [
            {"ref": safe(u.ref, 300), "old": u.old, "new": u.new}
            for u in push.updates
            if any(v.ref == u.ref for v in violations)
        ],
        "rules": sorted({v.code for v in violations}),
        "stages": sorted({v.stage for v in violations if v.stage}),
    }
    path = os.path.join(git_dir, FILE)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(handle, json.dumps(line, sort_keys=True).encode("ascii") + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
