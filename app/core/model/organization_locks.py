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
    """
    What the last look at ``<org>/.github``, the repository *repo_id*, found of the file.

    *text* is the version in force, that of *commit*; b"" where none is. *why*: it is unreadable.
    """

    account_id: int
    repo_id: int
    status: FileStatus
    commit: Sha | None = None
    text: bytes = b""
    why: str = ""


@dataclass(frozen=True, slots=True)
class LinterAnswer:
    """
    What the linter says of one version of the file: *groups* are those of a valid one. *gone*:
    that version removes it.
    """

    groups: tuple[LockGroup, ...] = ()
    problems: tuple[Problem, ...] = ()
    readable: bool = True
    gone: bool = False


@dataclass(frozen=True, slots=True)
class HomeFile:
    """
    The file at the tip of ``<org>/.github``: as `ConfigState` says it of `stagelock.yaml`.

    *commit* brought it into its state; *in_force* is the commit whose version counts, None: none.
    """

    commit: Sha
    in_force: Sha | None
    said: LinterAnswer


@dataclass(frozen=True, slots=True)
class Organization:
    """
    The account called *name* now, and the groups that are in force there.

    *unknown* says why nobody can tell them now: then nothing of them is granted. *is_one*: else the
    account is a user's, who has no such groups. *home*: it is this repository that defines them.
    """

    id: int
    name: str
    groups: tuple[LockGroup, ...] = ()
    unknown: str = ""
    is_one: bool = True
    home: bool = False
