"""What one kind of step is to the reader of the file, and what the kinds share: their paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.core.config.context import Context, Draft
from app.core.config.fields import Fields
from app.core.config.report import shown
from app.core.config.shapes import Schema
from app.core.config.tables import Keys
from app.core.config.values import Placed, filled
from app.core.model.names import StageName
from app.core.model.pipeline import Mark, Stage
from app.core.model.steps import Step
from app.core.paths.canonical import join, path_error, within

GITHUB = ".github"
StepAt = tuple[Step, Mark]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step stands: in the stage of *draft*; *finished* holds its upstreams."""

    context: Context
    draft: Draft
    finished: Mapping[StageName, Stage | None]
    """None for a stage with problems of its own."""

    def target(self, keys: Fields, key: str, *, root: bool) -> str | None:
        """
        Read a path that is written, below the stage's own; *root*: `.` may name that.

        None (and told) where it is wrong.
        """
        placed = self.text(keys, key)
        path = self.path(placed, root=root) if placed else None
        if placed is None or path is None:
            return None
        target = join(self.draft.stage.path or "", path)
        if within(target, GITHUB) and not self.draft.stage.include_github:
            message = f"`{target}` is only written by a stage with `include-github: true`"
            self.context.report.add(placed.mark, "combination", message, "include-github: true")
            return None
        return target

    def path(self, placed: Placed, *, root: bool) -> str | None:
        """Read a path; "" for `.`, if *root*; None (and told) where it is wrong."""
        if root and placed.value in (".", "./"):
            return ""
        if why := path_error(placed.value):
            fixed = placed.value.removeprefix("./")
            better = fixed if fixed != placed.value and not path_error(fixed) else None
            message = f"`{shown(placed.value)}`: {why}"
            self.context.report.add(placed.mark, "bad-path", message, better)
            return None
        return placed.value.removesuffix("/")

    def text(self, keys: Fields, key: str) -> Placed | None:
        """The text of *key*; None where it is left out, or (told) is none."""
        node = keys.get(key)
        return filled(self.context.report, node, key) if node else None


@dataclass(frozen=True, slots=True)
class Kind:
    """A step that a stage may list: its `uses`, and what belongs to its `with`."""

    uses: str
    keys: Keys
    read: Callable[[Place, Fields], StepAt | None]
    """From its keys to its value and place; None (and told) where something is wrong."""
    schema: Schema
    """The same for editors; what only the whole file shows is not in it."""
