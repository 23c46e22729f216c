"""
The steps of a stage, as values: what each of them writes, and what it takes from where.

All paths are canonical, and relative to the root of the branch that they lie on (a stage's own path
is joined to them already). Built only by `core/config`; carried out by `app/git/steps`.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.model.names import GroupName, StageName
from app.core.model.templates import locks_in


@dataclass(frozen=True, slots=True, order=True)
class Output:
    """What a stage's steps may write: a path and all below it, or one key of a file."""

    path: str
    """Relative to the root of the stage's branch; "" is the whole tree."""
    key: str | None = None
    """None: the whole path."""
    excepts: tuple[str, ...] = ()
    """What below *path* is not written."""

    def __str__(self) -> str:
        return f"{self.path}#{self.key}" if self.key else self.path or "."


@dataclass(frozen=True, slots=True)
class Value:
    """A scalar: ``Value("1.10")`` is a text, ``Value("1.10", is_text=False)`` a number."""

    text: str
    """As it was written."""
    is_text: bool = True
    """Else it is a number, `true`, `false` or `null`."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What is asked of each step, beside its `outputs`, where only few have an answer."""

    @property
    def edits(self) -> str | None:
        """The file of which it changes a part, and so reads the text; None: it reads none."""
        return None

    @property
    def upstream(self) -> StageName | None:
        """The stage that it copies from; None where it takes nothing, or the freight's."""
        return None

    @property
    def of_grants(self) -> tuple[tuple[Output, tuple[GroupName, ...]], ...]:
        """The outputs that say which permits a grant has, and of which groups."""
        return ()


@dataclass(frozen=True, slots=True)
class Copy(_Step):
    """Replace a file or a folder by one of the freight's commit, or of an upstream's branch."""

    source: str
    """In the freight's commit, or on the branch that *from_stage* was written to."""
    to: str
    """Empty: a whole tree's root."""
    from_stage: StageName | None = None
    """None: from the freight's commit."""
    excepts: tuple[str, ...] = ()
    """Files below *to* that stay as they are."""

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The place that it replaces."""
        return (Output(self.to, None, self.excepts),)

    @property
    def upstream(self) -> StageName | None:
        """The stage that it copies from; None: the freight's commit."""
        return self.from_stage


@dataclass(frozen=True, slots=True)
class CopyKey(_Step):
    """Give a key the scalar that the upstream has there (derived)."""

    from_stage: StageName
    source_file: str
    """The file at the upstream; *key* is the same in both."""
    file: str
    key: str

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The key alone: the rest of the file is not ours."""
        return (Output(self.file, self.key),)

    @property
    def edits(self) -> str | None:
        """The file with the key."""
        return self.file

    @property
    def upstream(self) -> StageName | None:
        """The stage whose value it takes."""
        return self.from_stage


@dataclass(frozen=True, slots=True)
class Delete(_Step):
    """Remove *path*; absent already: nothing to do."""

    path: str

    @property
    def outputs(self) -> tuple[Output, ...]:
        """What it removes."""
        return (Output(self.path),)


@dataclass(frozen=True, slots=True)
class YamlSet(_Step):
    """Set existing scalar *values* (key path -> template) of *file*."""

    file: str
    values: tuple[tuple[str, Value], ...]

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The keys that it sets, in the order of the file."""
        return tuple(Output(self.file, key) for key, _ in self.values)

    @property
    def edits(self) -> str | None:
        """The file with the keys."""
        return self.file

    @property
    def of_grants(self) -> tuple[tuple[Output, tuple[GroupName, ...]], ...]:
        """The keys whose values name lock groups."""
        texts = ((key, value.text) for key, value in self.values if value.is_text)
        named = ((key, locks_in(text)) for key, text in texts)
        return tuple((Output(self.file, key), groups) for key, groups in named if groups)


@dataclass(frozen=True, slots=True)
class TakeTree(_Step):
    """Make the whole tree the freight's tree (derived)."""

    watched_only: bool
    """Only the files that the warehouse's rules watch."""
    excepts: tuple[str, ...] = ()
    """They stay as they are (`.github`, unless the stage says `include-github`)."""

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The whole tree."""
        return (Output("", None, self.excepts),)


Step = Copy | CopyKey | Delete | YamlSet | TakeTree
