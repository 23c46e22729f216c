"""The names and external ids of our check runs: what they are called, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.core.model.group_names import spoken
from app.core.model.names import GroupName

PREFIX = "stagelock / "
PLAN = f"{PREFIX}plan"
CONFIG = f"{PREFIX}config"
LOCK = f"{PREFIX}lock / "
_is_code = re.compile(r"[a-z0-9][a-z0-9-]{0,39}").fullmatch


def external_id(name: str, about: str, serial: int, code: str = "") -> str:
    """
    What programs read of our run *name*: its natural key, ``e2e:<promotion>:<serial>``, and behind
    it ``:<code>``, where there is one.

    *about* is the promotion that it speaks of, or "": then ``e2e:<serial>``, and no code. *code* is
    what `code_in` reads: of a stage's run why it failed, of a lock's its fencing token.
    """
    parts = (_key_of(name), about, str(serial)) if about else (_key_of(name), str(serial))
    return ":".join((*parts, code) if about and code else parts)


def read_external_id(name: str, text: str) -> tuple[str, int] | None:
    """(promotion or "", serial) of what `external_id` made for *name*; None: of nothing else."""
    read = _read(name, text)
    return read[:2] if read is not None else None


def code_in(name: str, text: str) -> str:
    """The code of what `external_id` made for *name*; "" where it has none, or is none."""
    read = _read(name, text)
    return read[2] if read is not None else ""


def is_same_run(name: str, first: str, other: str) -> bool:
    """Tell whether two external ids are of one run called *name*, whatever their codes say."""
    known = read_external_id(name, first)
    return first == other or (known is not None and known == read_external_id(name, other))


def _read(name: str, text: str) -> tuple[str, int, str] | None:
    """(promotion or "", serial, code or "")."""
    key, *parts = text.split(":")
    match parts:
        case [serial]:
            about, code = "", ""
        case [about, serial]:
            code = ""
        case [about, serial, code] if about and _is_code(code):
            pass
        case _:
            return None
    if not (serial.isascii() and serial.isdigit() and len(serial) < 10 and int(serial) > 0):
        return None
    return (about, int(serial), code) if key == _key_of(name) else None


def _key_of(name: str) -> str:
    return name.removeprefix(PREFIX).replace(" / ", "/")


def stage_run(stage: str) -> str:
    """The name of a stage's run."""
    return f"{PREFIX}{stage}"


def lock_run(group: GroupName) -> str:
    """The name of a lock group's run."""
    return f"{LOCK}{spoken(group)}"


def about_run(name: str) -> Mapping[str, str]:
    """The ``group`` or the ``stage`` that our run *name* speaks of; none: {}."""
    if name.startswith(LOCK):
        return {"group": name.removeprefix(LOCK)}
    if name in (PLAN, CONFIG) or not name.startswith(PREFIX):
        return {}
    return {"stage": name.removeprefix(PREFIX)}
