"""The lock groups of an organisation, as one of its repositories may know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.core.model.names import Sha
from app.core.model.pipeline import LockGroup, Problem

LOCKS_FILE = "stagelock-locks.yaml"
HOME = ".github"
"""The repository of an organisation that defines its groups."""

FileStatus = Literal["absent", "valid", "invalid", "unreadable"]


@dataclass(frozen=True, slots=True)
class OrganizationFile:
    """What the last look at ``<org>/.github`` found of the file."""

    account_id: int
    """The organisation's number."""
    repo_id: int
    """The number of ``<org>/.github``."""
    status: FileStatus
    commit: Sha | None = None
    """Whose version is in force; None: none is."""
    text: bytes = b""
    """The version in force; b"" where none is."""
    why: str = ""
    """It is unreadable, for this reason; "": it is not."""


@dataclass(frozen=True, slots=True)
class LinterAnswer:
    """What the linter says of one version of the file."""

    groups: tuple[LockGroup, ...] = ()
    """Those of a valid version."""
    problems: tuple[Problem, ...] = ()
    readable: bool = True
    gone: bool = False
    """That version removes the file."""


@dataclass(frozen=True, slots=True)
class HomeFile:
    """The file at the tip of ``<org>/.github``: as `ConfigState` says it of `stagelock.yaml`."""

    commit: Sha
    """It brought the file into its state."""
    in_force: Sha | None
    """The commit whose version counts; None: none does."""
    said: LinterAnswer
    """What the linter says of the version at the tip."""


@dataclass(frozen=True, slots=True)
class Organization:
    """The account of a repository, and the lock groups that are in force there."""

    id: int
    name: str
    """What it is called now."""
    groups: tuple[LockGroup, ...] = ()
    unknown: str = ""
    """Why nobody can tell the groups now: then none of them is granted. "": they are known."""
    is_one: bool = True
    """Else the account is a user's, who has no such groups."""
    home: bool = False
    """It is this repository that defines them."""
