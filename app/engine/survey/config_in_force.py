"""Which `stagelock.yaml` counts: absent, invalid and in force are three things."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache

from app.core.config import ParseResult, parse
from app.core.model.names import Sha
from app.core.model.pipeline import Mark, Pipeline, Problem
from app.core.model.records import Records
from app.core.model.snapshot import ConfigState
from app.core.state.in_force import brought, in_force
from app.engine.survey.organizations import qualified_once
from app.errors import Missing, Rejected
from app.ports import GitRepo

FILE = "stagelock.yaml"
REMEMBERED = 4096
"""Of how many tips it is worth remembering what was found; the answer is the same without."""
NO_FILE = Problem("wrong-type", f"`{FILE}` must be a regular file", Mark(1, 1))


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
        found = parsed(text, self.default_branch).pipeline if text is not None else None
        return qualified_once(found, self.account_id) if found is not None else None


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
    found, at_tip = _found(git, tip, default_branch), _read(git, tip, default_branch)
    force = found.in_force
    return ConfigState(
        "invalid" if at_tip.pipeline is None else "valid",
        found.brought,
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


@dataclass(frozen=True, slots=True)
class _Found:
    """The commits that brought the file into its state at a tip, and the version in force there."""

    brought: Sha
    in_force: Sha | None


_FOUND: OrderedDict[tuple[str, Sha], _Found] = OrderedDict()
"""By default branch and tip. What lies below a commit never changes, so this stays right."""


def _found(git: GitRepo, tip: Sha, default_branch: str) -> _Found:
    """What is found below *tip*, which has the file: only what is new since then is read."""
    key = default_branch, tip
    if key not in _FOUND:
        _FOUND[key] = _searched(git, tip, default_branch)
        while len(_FOUND) > REMEMBERED:
            _FOUND.popitem(last=False)
    _FOUND.move_to_end(key)
    return _FOUND[key]


def _searched(git: GitRepo, tip: Sha, default_branch: str) -> _Found:
    def known(commit: Sha) -> Sha | None:
        found = _FOUND.get((default_branch, commit))
        return found.brought if found is not None else None

    def line() -> Iterator[tuple[Sha, str | None]]:
        for commit, mark in git.versions(tip, FILE):
            found = _FOUND.get((default_branch, commit))
            if found is None:
                yield commit, mark
                continue
            if found.in_force is not None:
                yield found.in_force, _mark(git, found.in_force)
            return

    def judge(commit: Sha, _: str) -> bool | None:
        return _read(git, commit, default_branch).pipeline is not None or None

    valid = in_force(line(), judge)
    return _Found(
        brought(_readable(git, tip), known),
        brought(_readable(git, valid[0]), known) if valid is not None else None,
    )


def _readable(git: GitRepo, tip: Sha) -> Iterator[tuple[Sha, str | None]]:
    """What can be read: an odd commit long ago (or the end of a shallow clone) stops nobody."""
    with suppress(Missing, Rejected):
        yield from git.versions(tip, FILE)


def _read(git: GitRepo, commit: Sha, default_branch: str) -> ParseResult:
    text = git.read(commit, FILE)
    return ParseResult(None, (NO_FILE,)) if text is None else parsed(text, default_branch)


def _mark(git: GitRepo, commit: Sha) -> str | None:
    return next(git.versions(commit, FILE))[1]


def _same(git: GitRepo, one: Sha, other: Sha) -> bool:
    """Both commits hold the same file; one that is gone holds none."""
    return one == other or (git.has(one) and _mark(git, one) == _mark(git, other))
