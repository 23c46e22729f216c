"""The steps that a stage lists: each `uses` with its `with`, its paths joined to the stage's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.config.context import Context, Draft
from app.core.config.fields import Fields, fields
from app.core.config.report import did_you_mean, listed, shown
from app.core.config.sources import from_upstream
from app.core.config.tables import STEP, STEPS
from app.core.config.templates import check_template
from app.core.config.values import Placed, filled, is_text, literal, texts, wrong_type
from app.core.config.yamldoc import Broken, Map, Node, Scalar
from app.core.model.names import StageName
from app.core.model.pipeline import Copy, Delete, Mark, Stage, Step, Value, YamlSet
from app.core.paths.canonical import join, path_error, within
from app.core.yamledit.key_paths import format_key, parse_key

GITHUB = ".github"
StepAt = tuple[Step, Mark]


@dataclass(frozen=True, slots=True)
class StepReader:
    """Reads the steps of *draft*; *finished* holds its upstreams, None for one with problems."""

    context: Context
    draft: Draft
    finished: Mapping[StageName, Stage | None]

    def read(self, node: Node) -> StepAt | None:
        """Read one step; None (and told) where something is wrong with it."""
        report = self.context.report
        step = fields(report, node, "a step", STEP)
        uses_node, with_node = (step.get("uses"), step.get("with")) if step else (None, None)
        uses = filled(report, uses_node, "uses") if uses_node else None
        if uses is None:
            return None
        if uses.value not in STEPS:
            meant = report.closest(uses.value, STEPS)
            all_there = listed([f"`{step}`" for step in sorted(STEPS)])
            there = did_you_mean(meant) or f": there are {all_there}"
            message = f"there is no step `{shown(uses.value)}`{there}"
            report.add(uses.mark, "undefined-name", message, meant)
            return None
        where = f"`with` of `{uses.value}`"
        keys = fields(report, with_node, where, STEPS[uses.value]) if with_node else None
        return self._one(uses.value, keys) if keys else None

    def _one(self, uses: str, keys: Fields) -> StepAt | None:
        match uses:
            case "copy":
                return self._copy(keys)
            case "delete":
                path = self._target(keys, "path", root=False)
                return (Delete(path), keys.mark) if path is not None else None
            case _:
                return self._yaml_set(keys)

    def _copy(self, keys: Fields) -> StepAt | None:
        to = self._target(keys, "to", root=True)
        from_stage = self._name(keys, "from-stage")
        source = self._source(keys)
        if from_stage is None:
            if "from" not in keys and "from-stage" not in keys:
                message = "`copy` has no `from`: what to copy out of the freight's commit"
                self.context.report.add(keys.mark, "missing-key", message, "from:")
            if to is None or source is None or "from-stage" in keys:
                return None
            return Copy(source, to, None, self._excepts(keys, to)), self._at(keys, "from")
        if "from" in keys and source is None:
            return None
        mark = from_stage.mark if source is None else self._at(keys, "from")
        found = from_upstream(self.context, self.draft, self.finished, from_stage, source, mark)
        if found is None or to is None:
            return None
        inherited = tuple(join(to, path) for path in found.excepts)
        excepts = tuple(dict.fromkeys((*self._excepts(keys, to), *inherited)))
        return Copy(found.path, to, StageName(from_stage.value), excepts), mark

    def _source(self, keys: Fields) -> str | None:
        """Read `from`, relative to what it is taken from; "" for `.`."""
        found = self._name(keys, "from")
        if found is None:
            return None
        return self._path(found, root=True)

    def _excepts(self, keys: Fields, to: str) -> tuple[str, ...]:
        node = keys.get("except")
        plain = texts(self.context.report, node, "except", least=1) if node else ()
        found = [join(to, path) for p in plain if (path := self._path(p, root=False)) is not None]
        if not to and not self.draft.stage.include_github:
            found.append(GITHUB)
        return tuple(dict.fromkeys(found))

    def _yaml_set(self, keys: Fields) -> StepAt | None:
        file = self._target(keys, "file", root=False)
        node = keys.get("values")
        if not isinstance(node, Map):
            if node is not None and not isinstance(node, Broken):
                wrong = "a mapping from key paths to values"
                wrong_type(self.context.report, node, "values", wrong)
            return None
        if not node.entries:
            self.context.report.add(node.mark, "wrong-value", "`values` is empty")
        values = self._values(node)
        return (YamlSet(file, values), keys.mark) if values and file is not None else None

    def _values(self, node: Map) -> tuple[tuple[str, Value], ...] | None:
        """Read key paths and their values; None (and told) where one of them is wrong."""
        found: dict[str, Value] = {}
        for key, value_node in node.entries:
            value = self._value(key, value_node)
            if value and value[0] in found:
                message = f"`{shown(key.value)}` names the same place as a key before"
                self.context.report.add(key.mark, "duplicate-entry", message)
            elif value:
                found[value[0]] = value[1]
        return tuple(found.items()) if len(found) == len(node.entries) else None

    def _value(self, key: Scalar, node: Node) -> tuple[str, Value] | None:
        report = self.context.report
        value = literal(report, node, key.value)
        if value:
            check_template(report, value)
        try:
            segments = parse_key(key.value)
        except ValueError as error:
            report.add(key.mark, "bad-key-path", f"`{shown(key.value)}`: {error}")
            return None
        if value is None:
            return None
        return format_key(segments), Value(value.value, is_text=is_text(node))

    def _target(self, keys: Fields, key: str, *, root: bool) -> str | None:
        """Read a path that is written, below the stage's own; *root*: `.` may name that."""
        found = self._name(keys, key)
        path = self._path(found, root=root) if found else None
        if found is None or path is None:
            return None
        target = join(self.draft.stage.path or "", path)
        if within(target, GITHUB) and not self.draft.stage.include_github:
            message = f"`{target}` is only written by a stage with `include-github: true`"
            self.context.report.add(found.mark, "combination", message, "include-github: true")
            return None
        return target

    def _path(self, found: Placed, *, root: bool) -> str | None:
        if root and found.value in (".", "./"):
            return ""
        if why := path_error(found.value):
            fixed = found.value.removeprefix("./")
            better = fixed if fixed != found.value and not path_error(fixed) else None
            message = f"`{shown(found.value)}`: {why}"
            self.context.report.add(found.mark, "bad-path", message, better)
            return None
        return found.value.removesuffix("/")

    def _name(self, keys: Fields, key: str) -> Placed | None:
        node = keys.get(key)
        return filled(self.context.report, node, key) if node else None

    def _at(self, keys: Fields, key: str) -> Mark:
        node = keys.get(key)
        return node.mark if node else keys.mark
