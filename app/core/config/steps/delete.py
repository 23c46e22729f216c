"""`delete`: remove a file or a folder."""

from __future__ import annotations

from app.core.config.fields import Fields
from app.core.config.shapes import TEXT, a_mapping
from app.core.config.steps.kind import Kind, Place, StepAt
from app.core.config.tables import table
from app.core.model.steps import Delete

_KEYS = table("path", "path")


def _read(place: Place, keys: Fields) -> StepAt | None:
    path = place.target(keys, "path", root=False)
    return (Delete(path), keys.mark) if path is not None else None


DELETE = Kind("delete", _KEYS, _read, a_mapping(_KEYS, {"path": TEXT}))
