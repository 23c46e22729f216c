"""What is known of a repository's workflows: their jobs, and which pushes start them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from app.core.paths.canonical import within
from app.core.yamledit.editor import Document
from app.core.yamledit.walk import child, pairs, text, texts

_E2E = re.compile(
    r"(?i)(?<![a-z])(?:e2e|end[-_ ]?to[-_ ]?end|integration|acceptance|smoke|playwright|cypress)"
    r"(?![a-z])"
)
_WILD = re.compile(r"[*?\[\]]")


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a workflow."""

    file: str
    """The workflow's."""
    check: str
    """What its check run is called; "": that cannot be told."""
    on_push: bool
    """Pushes start it."""
    paths: tuple[str, ...] = ()
    """One of them must have changed; (): anything may."""
    branches: tuple[str, ...] = ()
    """Those that it looks at; (): all."""
    ignored: tuple[str, ...] = ()
    """A push that changes only these starts nothing."""
    environment: str = ""
    """What it deploys to; "": nothing."""
    queues: bool = False
    """It, or its workflow, has a `concurrency`."""
    tests: bool = True
    """End to end, by its names."""

    def starts_at(self, folder: str, branch: str) -> bool:
        """A push that changes *folder* on *branch* starts it, as far as its filters say."""
        on_branch = not self.branches or any(_may_be(entry, branch) for entry in self.branches)
        ignored = any(_covers(entry, folder) for entry in self.ignored)
        in_paths = not self.paths or self.names(folder)
        return self.on_push and on_branch and in_paths and not ignored

    def names(self, folder: str) -> bool:
        """Its filter of paths speaks of *folder*."""
        return bool(folder) and any(_reaches(entry, folder) for entry in self.paths)


def e2e_jobs(file: str, data: bytes) -> tuple[Job, ...] | None:
    """The end-to-end tests of one workflow; None where the file cannot be read."""
    jobs = jobs_of(file, data)
    return None if jobs is None else tuple(job for job in jobs if job.tests)


def jobs_of(file: str, data: bytes) -> tuple[Job, ...] | None:
    """All jobs of one workflow; None where the file cannot be read."""
    root = Document(data).root
    if root is None:
        return None
    started = child(root, "on")
    push = child(started, "push")
    on_push = push is not None or "push" in texts(started)
    paths, branches = texts(child(push, "paths")), texts(child(push, "branches"))
    if texts(child(push, "tags")) and not branches:
        on_push = False
    whole = _E2E.search(file.rpartition("/")[2]) or _E2E.search(text(root, "name") or "")
    queues = child(root, "concurrency") is not None
    return tuple(
        Job(
            file,
            _check(name, job),
            on_push,
            paths,
            branches,
            texts(child(push, "paths-ignore")),
            _environment(job),
            queues or child(job, "concurrency") is not None,
            bool(whole or _E2E.search(name) or _E2E.search(text(job, "name") or "")),
        )
        for name, job in _jobs(root)
    )


def _environment(job: yaml.Node) -> str:
    """Written as a name, or as a mapping with one."""
    return text(job, "environment") or text(child(job, "environment"), "name") or ""


def _jobs(root: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    yield from pairs(child(root, "jobs"))


def _check(name: str, job: yaml.Node) -> str:
    """https://docs.github.com/actions: the job's name, else its id; a matrix adds its values."""
    shown = text(job, "name") or name
    if "${{" in shown or _WILD.search(shown) or not shown.isprintable() or not shown.strip():
        return ""
    if child(job, "uses") is not None:
        return f"{shown} / *"
    return f"{shown} (*)" if child(child(job, "strategy"), "matrix") is not None else shown


def _reaches(entry: str, folder: str) -> bool:
    """A filter's *entry* may match what lies in *folder*: what is before its wildcard says so."""
    if entry.startswith("!"):
        return False
    fixed = _WILD.split(entry, maxsplit=1)[0].rstrip("/")
    return within(folder, fixed) or within(fixed, folder)


def _covers(entry: str, folder: str) -> bool:
    """Everything in *folder* matches *entry*: a folder with all below it."""
    fixed, wild, rest = entry.partition("*")
    return bool(wild) and rest == "*" and within(folder, fixed.rstrip("/"))


def _may_be(entry: str, branch: str) -> bool:
    fixed = _WILD.split(entry, maxsplit=1)[0]
    return entry == branch or (fixed != entry and branch.startswith(fixed))


def awaited(jobs: Sequence[Job], folder: str, branch: str) -> tuple[Job, ...]:
    """Those of *jobs* that a promotion into *folder* starts, and whose check has a name."""
    return tuple(job for job in jobs if job.check and job.starts_at(folder, branch))
