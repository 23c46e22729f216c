"""Which `stagelock.yaml` counts: absent, invalid and in force are three things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from app.core.config import ParseResult, parse
from app.core.model.names import Sha
from app.core.model.pipeline import Mark, Pipeline, Problem
from app.core.model.records import Records
from app.core.model.snapshot import ConfigState
from app.engine.survey.file_versions import Versions, mark
from app.engine.survey.organizations import qualified_once
from app.ports import GitRepo

FILE = "stagelock.yaml"


def not_a_file(path: str) -> Problem:
    """What is wrong with *path* where a link, a folder or a submodule stands there."""
    return Problem(f"`{path}` must be a regular file", "wrong-type", Mark(1, 1))


@lru_cache(maxsize=256)
def parsed(text: bytes, default_branch: str) -> ParseResult:
    """Parse once for each distinct text."""
    return parse(text, default_branch)


Texts = Callable[[Sha], bytes | None]
"""What is stored of the `stagelock.yaml` of a commit that was in force once."""


@dataclass(frozen=True, slots=True)
class Pipelines:
    """
    The pipelines as of earlier commits.

    A force push may have dropped one, and a fresh mirror does not have it then: *texts* do.
    """

    git: GitRepo
    default_branch: str
    texts: Texts
    account_id: int = 0
    """Whose organisation's groups they name."""

    def at(self, commit: Sha) -> Pipeline | None:
        """The pipeline as of *commit*; None: it was never in force, and the commit is gone."""
        text = self.git.read(commit, FILE) if self.git.has(commit) else self.texts(commit)
        pipeline = parsed(text, self.default_branch).pipeline if text is not None else None
        return qualified_once(pipeline, self.account_id) if pipeline is not None else None


def config_state(
    git: GitRepo, tip: Sha | None, recorded: Sha | None, default_branch: str
) -> ConfigState:
    """
    Judge the file at the default branch's *tip*; *recorded* is the commit that counted until now.

    Invalid at the tip: the newest valid version along first parents stays in force. As long as it
    is the text of *recorded* that counts, nothing was edited, and *recorded* goes on to name it.
    """
    if tip is None or _mark(git, tip) is None:
        return ConfigState("absent")
    version, at_tip = _VERSIONS.found(git, tip, default_branch), _read(git, tip, default_branch)
    force = version.in_force
    return ConfigState(
        "invalid" if at_tip.pipeline is None else "valid",
        version.brought,
        recorded if recorded and force and _same(git, recorded, force) else force,
        _read(git, force, default_branch).pipeline if force else None,
        tuple(at_tip.problems),
        tuple(at_tip.notes),
    )


def config_now(git: GitRepo, tip: Sha | None, records: Records, default_branch: str) -> ConfigState:
    """`config_state`; where the file is gone, its stages are removed, and what they began ends."""
    config = config_state(git, tip, records.in_force, default_branch)
    gone = config.status == "absent" and records.under_way
    return replace(config, pipeline=Pipeline({}, {})) if gone else config


def _read(git: GitRepo, commit: Sha, default_branch: str) -> ParseResult:
    text = git.read(commit, FILE)
    return ParseResult(None, (not_a_file(FILE),)) if text is None else parsed(text, default_branch)


def _is_valid(git: GitRepo, commit: Sha, default_branch: str) -> bool:
    return _read(git, commit, default_branch).pipeline is not None


_VERSIONS = Versions(FILE, _is_valid)


def _mark(git: GitRepo, commit: Sha) -> str | None:
    return mark(git, commit, FILE)


def _same(git: GitRepo, sha: Sha, other: Sha) -> bool:
    """Both commits hold the same file; one that is gone holds none."""
    return sha == other or (git.has(sha) and _mark(git, sha) == _mark(git, other))
