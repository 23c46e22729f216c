"""A starter `stagelock.yaml` from a commit, and what the first look would do by it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from app.core.config.starter.assemble import Starter, starter
from app.core.config.starter.found import Listing
from app.core.config.starter.places import places, wanted
from app.core.model.facts import Identity
from app.core.model.names import Sha
from app.core.model.pipeline import Pipeline
from app.core.model.previews import FirstTick
from app.core.text.starter_file import starter_file
from app.core.text.starter_report import MESSAGE
from app.engine.preview import first_contact, preview
from app.engine.survey.config_in_force import FILE
from app.errors import Missing, Rejected
from app.ports import GitRepo

LARGEST = 1 << 20
"""Bytes of a file that is looked into: kustomizations, values and workflows are smaller."""
NOBODY = Identity("Stagelock", "stagelock@localhost")


@dataclass(frozen=True, slots=True)
class Started:
    """A starter, and what the first look would do by it."""

    starter: Starter
    itself: Sha
    """The commit that adds the file to the commit that was read: no ref names it."""
    ticks: tuple[FirstTick, ...]
    """A stage each."""


def started(
    git: GitRepo, head: Sha, branch: str, before: Sha | None, author: Identity = NOBODY
) -> Started:
    """
    What *head* holds, as a pipeline. *branch* is the default branch, *before* what it is on the
    server (None: it is not there); *author* writes the commit that adds the file.
    """
    listing = _listing(git, head)
    gathered = places(listing)
    with suppress(Missing, Rejected):  # of a clone that is not whole: what is there is read
        git.prefetch((head, path) for path in wanted(gathered))
    contents = {path: data for path in wanted(gathered) if (data := _read(git, head, path))}
    made = starter(listing, gathered, contents, branch, starter_file)
    itself = git.with_file(head, FILE, made.text.encode(), MESSAGE, author)
    pipeline = made.checked.pipeline
    ticks = first_ticks(git, branch, itself, pipeline, before) if pipeline is not None else ()
    return Started(made, itself, ticks)


def first_ticks(
    git: GitRepo, branch: str, tip: Sha, pipeline: Pipeline, before: Sha | None
) -> tuple[FirstTick, ...]:
    """What the first look does to each stage, were *tip* the tip of the default *branch*."""
    return tuple(_ticks(git, branch, tip, pipeline, before))


def _ticks(
    git: GitRepo, branch: str, tip: Sha, pipeline: Pipeline, before: Sha | None
) -> Iterator[FirstTick]:
    contacts = first_contact(git, branch, tip, pipeline, before)
    for stage in preview(git, branch, tip, pipeline, before).stages:
        contact, known = contacts.get(stage.stage), pipeline.stages[stage.stage]
        keys = {str(output) for output in known.outputs if output.key is not None}
        there = contact.holds if contact is not None else ()
        yield FirstTick(
            stage=stage.stage,
            freight=stage.freight,
            explained=contact.explained if contact is not None else None,
            values=tuple(dict.fromkeys(mark for output, mark in there if output in keys)),
            files=contact.files if contact is not None else 0,
            sure=contact is None or contact.whole,
            writes=bool(stage.target),
            changed=stage.changes.count if stage.changes is not None else None,
            problem=stage.problem,
            upstreams=known.upstreams,
            auto=known.auto,
            by_pull_request=known.via == "pull-request",
        )


def _listing(git: GitRepo, head: Sha) -> Listing:
    files: list[str] = []
    links: list[str] = []
    unreadable: list[str] = []
    for raw, mode in git.listing(head):
        try:
            path = raw.decode()
        except UnicodeDecodeError:
            unreadable.append(os.fsdecode(raw))
            continue
        (files if stat.S_ISREG(mode) else links).append(path)
    return Listing(tuple(files), tuple(links), tuple(unreadable), tuple(sorted(git.heads())))


def _read(git: GitRepo, head: Sha, path: str) -> bytes | None:
    """None: too large, or not in this clone (a partial one); the starter says that it is unread."""
    try:
        data = git.read(head, path)
    except (Missing, Rejected):
        return None
    return data if data is not None and len(data) <= LARGEST else None
