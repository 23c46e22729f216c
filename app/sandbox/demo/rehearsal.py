"""A user's own repository, rehearsed: their pipeline at work on a copy of their branches."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.config import parse
from app.core.model.pipeline import CheckRule, Pipeline
from app.core.paths.globs import is_plain
from app.sandbox.demo.narration import Teller
from app.sandbox.people.evidence import ACTIONS
from app.sandbox.people.world import World

REPO = "acme/rehearsal"
CHECK_SECONDS = 3.0
FILE = "stagelock.yaml"


def rehearse(world: World, teller: Teller, folder: Path) -> None:
    """
    Take all branches of the clone at *folder* as ``acme/rehearsal``; it is only read.

    The checks that its pipeline awaits are played by the stand-in's CI: each passes after 3 s.
    FileNotFoundError when there is no repository.
    """
    branch = branch_of(folder)
    pipeline = _pipeline(teller, folder, branch)
    jobs = tuple(awaited(pipeline, branch)) if pipeline else ()
    for job in jobs:
        if job.name is not None:
            times = {"after": 0.3, "lasts": CHECK_SECONDS}
            world.ci.job(job.name, repo=REPO, branch=job.branch, paths=job.paths, **times)
    world.create_repo(REPO, source=folder.resolve(), default_branch=branch)
    teller.say("*", "you", f"{folder} is shown as {REPO}, default branch {branch}", f"/{REPO}")
    for job in jobs:
        if job.name is None:
            teller.say("~", "ci", f"cannot play {job.rule}: it will never report here")
            continue
        _already_passed(world, job)
        where = f"pushes to {job.branch}{_touching(job.paths)}"
        teller.say("*", "ci", f"plays {job.name}: passes {CHECK_SECONDS:.0f} s after {where}")
    remote = f"{teller.url.replace('://', '://alice:@')}/{REPO}.git"
    teller.say("*", "you", f"push to it: git push {remote} HEAD:{branch}")


@dataclass(frozen=True, slots=True)
class Awaited:
    """A check that the pipeline awaits."""

    rule: CheckRule
    name: str | None
    """None: it cannot be played."""
    branch: str
    """Where it is awaited."""
    paths: tuple[str, ...]
    """The folders that start it; (): any push does."""


def awaited(pipeline: Pipeline, default_branch: str) -> Iterator[Awaited]:
    """Yield each check once a branch, with every folder that starts it; no folders: any push."""
    folders_of: dict[tuple[CheckRule, str], list[tuple[str, ...]]] = {}
    for house in pipeline.warehouses.values():
        plain = all(is_plain(entry) for entry in house.paths)
        paths = tuple(entry.rstrip("/") for entry in house.paths) if plain else ()
        for rule in house.checks:
            folders_of.setdefault((rule, house.branch or default_branch), []).append(paths)
    for stage in pipeline.stages.values():
        folders: tuple[str, ...] = (stage.path,) if stage.path else ()
        for rule in stage.verify:
            folders_of.setdefault((rule, stage.branch or default_branch), []).append(folders)
    for (rule, branch), places in folders_of.items():
        folders = () if () in places else tuple(dict.fromkeys(p for place in places for p in place))
        yield Awaited(rule, example(rule), branch, folders)


def example(rule: CheckRule) -> str | None:
    """A check name that satisfies *rule*; None for another App than GitHub Actions."""
    if rule.app not in (None, ACTIONS):
        return None
    if not rule.is_glob:
        return rule.pattern
    name = re.sub(r"\[([^!\]])[^\[\]]*\]", r"\1", rule.pattern)
    return None if "[" in name else name.replace("*", "sandbox").replace("?", "x")


def _already_passed(world: World, job: Awaited) -> None:
    """What lies on the branch already is taken as good, so that the first freight can travel."""
    tip = world.tip(REPO, job.branch)
    there = not job.paths or any(world.tree_id(REPO, tip or "", path) for path in job.paths)
    if tip is not None and there and job.name is not None:
        world.ci.finish(REPO, tip, job.name)


def _touching(paths: tuple[str, ...]) -> str:
    if not paths:
        return ""
    return f" that touch {paths[0]}" + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")


def _pipeline(teller: Teller, folder: Path, branch: str) -> Pipeline | None:
    """The pipeline of the branch's tip; None, and said so, where there is no valid one."""
    data = _git(folder, "cat-file", "blob", f"refs/heads/{branch}:{FILE}")
    if data is None:
        teller.say("~", "config", f"{branch} has no committed {FILE}: add one and push")
        return None
    checked = parse(data, branch)
    for problem in checked.problems:
        place = f"{FILE}:{problem.mark.line}:{problem.mark.column}"
        teller.say("~", "config", f"{place}: {problem.message}")
    return checked.pipeline


def branch_of(folder: Path) -> str:
    """What is checked out there; FileNotFoundError, in words, where nothing can be rehearsed."""
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    asked = _git(folder, "symbolic-ref", "--short", "HEAD")
    if asked is None:
        raise FileNotFoundError(f"{folder} is no Git repository with a branch checked out")
    branch = asked.decode().strip()
    if _git(folder, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}") is None:
        raise FileNotFoundError(f"branch {branch} of {folder} has no commit yet: commit first")
    return branch


def _git(folder: Path, *words: str) -> bytes | None:
    asked = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=False)
    return asked.stdout if asked.returncode == 0 else None
