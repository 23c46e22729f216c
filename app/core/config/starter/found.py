"""What was found in a repository that may be stages, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
VALUES = ("values.yaml", "values.yml")
WORKFLOWS = ".github/workflows/"


@dataclass(frozen=True, slots=True)
class Listing:
    """What a commit holds, and the repository's branches. All sorted."""

    files: tuple[str, ...]
    """Regular files, as whole paths."""
    links: tuple[str, ...] = ()
    """Symlinks and submodules."""
    unreadable: tuple[str, ...] = ()
    """Names that are no text, as they are shown."""
    branches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place that may be a stage: a folder, or a branch."""

    name: str
    folder: str = ""
    """Empty: it is a branch."""
    file: str = ""
    """Which of its files may hold image tags, by its whole path; "": none."""
    branch: str = ""
    """Empty: it is a folder."""


class Layout(Enum):
    """How a family's candidates lie in the repository."""

    FOLDERS = "folders"
    VALUES = "values"
    BRANCHES = "branches"


@dataclass(frozen=True, slots=True)
class Family:
    """Environments that lie beside each other."""

    layout: Layout
    where: str
    """The folder that holds them, or the prefix of their branches."""
    app: str
    """The folder of what they run; "": the whole repository."""
    candidates: tuple[Candidate, ...]


class Notice(Enum):
    """Why something that was found is not used, or is a guess."""

    LINK = "link"
    NO_TEXT = "no-text"
    BAD_PATH = "bad-path"
    BAD_BRANCH = "bad-branch"
    UNREAD = "unread"
    NOT_SET = "not-set"
    NO_SOURCE = "no-source"
    AT_ROOT = "at-root"
    RENAMED = "renamed"
    INSIDE = "inside"
    OTHERS = "others"
    TOO_MANY = "too-many"
    NOT_CLEAN = "not-clean"
    ORDER = "order"
    NO_ORDER = "no-order"
    WATCHED = "watched"
    TAGS = "tags"
    BASE = "base"
    SOURCE = "source"
    WHOLE_BRANCH = "whole-branch"
    VERIFIES = "verifies"
    NOT_ON_PUSH = "not-on-push"
    WHICH_STAGE = "which-stage"
    ODD_CHECK = "odd-check"


GUESSES = frozenset(
    {
        Notice.ORDER,
        Notice.NO_ORDER,
        Notice.WATCHED,
        Notice.TAGS,
        Notice.BASE,
        Notice.SOURCE,
        Notice.WHOLE_BRANCH,
        Notice.VERIFIES,
        Notice.RENAMED,
    }
)
"""Those that say what was guessed; the others, what is not used."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One of those, and what it speaks of."""

    notice: Notice
    names: tuple[str, ...]


Contents = Mapping[str, bytes]
"""The files that were asked for, by their paths; those that cannot be read are missing."""
