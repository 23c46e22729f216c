"""`copy`: replace a file or folder by one of the freight's commit, or of an upstream."""

from __future__ import annotations

from app.core.config.fields import Fields
from app.core.config.shapes import TEXT, Schema, a_list, a_mapping, ref
from app.core.config.sources import from_upstream
from app.core.config.steps.kind import GITHUB, Kind, Place, StepAt
from app.core.config.tables import table
from app.core.config.values import Placed, texts
from app.core.model.names import StageName
from app.core.model.pipeline import Mark
from app.core.model.steps import Copy
from app.core.paths.canonical import join
from app.core.paths.globs import REGEX

_KEYS = table("from to from-stage except", "to")


def _read(place: Place, keys: Fields) -> StepAt | None:
    to = place.target(keys, "to", root=True)
    from_stage = place.text(keys, "from-stage")
    source = _source(place, keys)
    if from_stage is not None:
        return _of_stage(place, keys, from_stage, source, to)
    if "from" not in keys and "from-stage" not in keys:
        message = "`copy` has no `from`: what to copy out of the freight's commit"
        place.context.report.add(keys.mark, "missing-key", message, "from:")
    if to is None or source is None or "from-stage" in keys:
        return None
    return Copy(source, to, None, _excepts(place, keys, to)), _at(keys, "from")


def _of_stage(
    place: Place, keys: Fields, from_stage: Placed, source: str | None, to: str | None
) -> StepAt | None:
    if "from" in keys and source is None:
        return None
    mark = from_stage.mark if source is None else _at(keys, "from")
    copied = from_upstream(place.context, place.draft, place.finished, from_stage, source, mark)
    if copied is None or to is None:
        return None
    inherited = tuple(join(to, path) for path in copied.excepts)
    excepts = tuple(dict.fromkeys((*_excepts(place, keys, to), *inherited)))
    return Copy(copied.path, to, StageName(from_stage.value), excepts), mark


def _source(place: Place, keys: Fields) -> str | None:
    """Read `from`, relative to what it is taken from; "" for `.`."""
    placed = place.text(keys, "from")
    return place.path(placed, root=True) if placed else None


def _excepts(place: Place, keys: Fields, to: str) -> tuple[str, ...]:
    node = keys.get("except")
    given = texts(place.context.report, node, "except", least=1) if node else ()
    plain = [p for p in given if _is_path(place, p)]
    excepted = [join(to, path) for p in plain if (path := place.path(p, root=False)) is not None]
    if not to and not place.draft.stage.include_github:
        excepted.append(GITHUB)
    return tuple(dict.fromkeys(excepted))


def _is_path(place: Place, entry: Placed) -> bool:
    """A glob would leave nothing alone but a file of just that name; `[id].ts` may be one."""
    if not entry.value.startswith(REGEX) and not {"*", "?"} & set(entry.value):
        return True
    message = f"`except` takes paths, not globs: `{entry.value}`: name each file or folder"
    place.context.report.add(entry.mark, "bad-path", message)
    return False


def _at(keys: Fields, key: str) -> Mark:
    node = keys.get(key)
    return node.mark if node else keys.mark


def _schema() -> Schema:
    values = {"from": TEXT, "to": TEXT, "from-stage": ref("name"), "except": a_list(TEXT)}
    either = [{"required": ["from"]}, {"required": ["from-stage"]}]
    return {**a_mapping(_KEYS, values), "anyOf": either}


COPY = Kind("copy", _KEYS, _read, _schema())
