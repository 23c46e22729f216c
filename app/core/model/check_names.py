"""The names and external ids of our check runs: what they are called, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.model.group_names import spoken
from app.core.model.names import GroupName

PREFIX = "stagelock / "
PLAN = f"{PREFIX}plan"
CONFIG = f"{PREFIX}config"
LOCK = f"{PREFIX}lock / "


def external_id(name: str, about: str, serial: int) -> str:
    """
    The natural key of our run *name*: ``e2e:<promotion>:<serial>``.

    *about* is the promotion that it speaks of, or "": then ``e2e:<serial>``.
    """
    parts = (_key_of(name), about, str(serial)) if about else (_key_of(name), str(serial))
    return ":".join(parts)


def read_external_id(name: str, text: str) -> tuple[str, int] | None:
    """(promotion or "", serial) of what `external_id` made for *name*; None: of nothing else."""
    parts = text.split(":")
    if parts[0] != _key_of(name) or len(parts) not in (2, 3):
        return None
    serial = parts[-1]
    if not (serial.isascii() and serial.isdigit() and len(serial) < 10 and int(serial) > 0):
        return None
    return (parts[1] if len(parts) == 3 else ""), int(serial)


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
