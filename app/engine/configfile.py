"""Which `stagelock.yaml` counts: absent, invalid and in force are three things."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from app.core.config import ParseResult, parse
from app.core.model import Output, Pipeline
from app.core.names import Sha
from app.core.snapshot import ConfigState
from app.ports import GitRepo

FILE = "stagelock.yaml"
LOOK_BACK = 500
"""How many first-parent commits are searched for the one that changed the file."""
VERSIONS = 30
"""How many invalid versions are passed over in the search for the newest valid one."""


@lru_cache(maxsize=256)
def parsed(text: bytes, default_branch: str) -> ParseResult:
    """Parse once for each distinct text."""
    return parse(text, default_branch)


def pipeline_at(git: GitRepo, commit: Sha, default_branch: str) -> Pipeline | None:
    """The pipeline as of *commit*; None: absent, invalid, or the commit is gone."""
    text = git.read(commit, FILE) if git.has(commit) else None
    return parsed(text, default_branch).pipeline if text is not None else None


def config_state(
    git: GitRepo, tip: Sha | None, in_force: Sha | None, default_branch: str
) -> ConfigState:
    """
    Judge the file at the default branch's *tip*; *in_force* is what counted until now.

    Invalid at the tip: the newest valid version on the first-parent line stays in force.
    """
    text = git.read(tip, FILE) if tip is not None else None
    if tip is None or text is None:
        return ConfigState("absent")
    found = parsed(text, default_branch)
    changed = _changed_at(git, tip, in_force)
    if found.pipeline is not None:
        return ConfigState("valid", changed, changed, found.pipeline, notes=tuple(found.notes))
    valid = _newest_valid(git, changed, default_branch)
    return ConfigState(
        "invalid",
        changed,
        valid[0] if valid else None,
        valid[1] if valid else None,
        tuple(found.problems),
        tuple(found.notes),
    )


def _changed_at(git: GitRepo, tip: Sha, in_force: Sha | None) -> Sha:
    """The commit on the first-parent line that brought the file into its state at *tip*."""
    mark = _mark(git, tip)
    newest = tip
    for commit in git.first_parents(tip, limit=LOOK_BACK):
        if _mark(git, commit.sha) != mark:
            return newest
        newest = commit.sha
        if newest == in_force:
            return newest
    return in_force if in_force is not None and _still(git, in_force, tip) else newest


def _still(git: GitRepo, in_force: Sha, tip: Sha) -> bool:
    """Its version is the one at *tip*, from so long ago that the way between is not walked."""
    known = git.has(in_force) and git.is_ancestor(in_force, tip)
    return known and _mark(git, in_force) == _mark(git, tip)


def _newest_valid(git: GitRepo, changed: Sha, default_branch: str) -> tuple[Sha, Pipeline] | None:
    for sha in _versions(git, changed):
        pipeline = pipeline_at(git, sha, default_branch)
        if pipeline is not None:
            return sha, pipeline
    return None


def _versions(git: GitRepo, changed: Sha) -> Iterator[Sha]:
    """The commits below *changed* at which the file had another version, newest first."""
    line = git.first_parents(changed, limit=LOOK_BACK)
    marks = [_mark(git, commit.sha) for commit in line]
    found = 0
    for index in range(1, len(line)):
        older = index + 1
        if marks[index] and (older == len(line) or marks[older] != marks[index]):
            yield line[index].sha
            found += 1
            if found == VERSIONS:
                return


def _mark(git: GitRepo, sha: Sha) -> tuple[tuple[str, str], ...]:
    mark = git.content(sha, (Output(FILE),))
    return () if all(not fingerprint for _, fingerprint in mark) else mark
