"""Other people's pull requests and merge groups: what merging them would feed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple, TypeVar

from app.core.config import ParseResult
from app.core.model.facts import PullFact
from app.core.model.merge_queue import merge_group
from app.core.model.names import FIRST_FILE, Sha
from app.core.model.organization_locks import LOCKS_FILE, LinterAnswer
from app.core.model.pipeline import Pipeline
from app.core.model.previews import FirstTick, Replayed
from app.core.model.snapshot import Proposal, Snapshot
from app.core.paths.output_coverage import touched
from app.core.state.organization_groups import problems
from app.engine.survey.config_in_force import FILE, not_a_file, parsed
from app.engine.survey.file_versions import mark
from app.engine.survey.home_file import linted
from app.engine.survey.organizations import qualified_once
from app.engine.survey.proposed import Know, Reader
from app.engine.survey.unanswered import Attempts
from app.engine.survey.watched_paths import WatchedPaths
from app.engine.survey.workflow_files import workflow_notes
from app.errors import Denied, Missing, Rejected
from app.ports import Forge, GitRepo

OURS = "stagelock/"
FRESH, AGAIN = 10, 2
"""
How many proposals a tick walks through the pipeline: heads never seen, and known ones because the
world moved. Promotions wait for a tick, so it is few; the next one goes on at once.
"""

Fact = TypeVar("Fact")
First = Callable[[GitRepo, str, Sha, Pipeline, Sha | None], tuple[FirstTick, ...]]
"""What the first look would do to each stage of a pipeline at a tip of the default branch."""

log = logging.getLogger("stagelock.proposals")


class _Proposed(NamedTuple):
    """One pull request; the number of a merge group is 0."""

    repo: int
    number: int
    head: Sha
    base: str


class _Read(NamedTuple):
    """What was read of one, in which state of the world; a higher *turn* was read later."""

    state: object
    turn: int
    proposal: Proposal


class Proposals:
    """
    Reads what is proposed; what comes of it is read once for each state of the world.

    Only the newest is kept of each that is open: an old state does not come again. *first*: what
    a first pipeline would do at once.
    """

    def __init__(self, forge: Forge, first: First) -> None:
        self._forge, self._first = forge, first
        self._read: dict[int, dict[_Proposed, _Read]] = {}
        self._turn = 0

    def read(
        self,
        snapshot: Snapshot,
        git: GitRepo,
        watched: WatchedPaths,
        attempts: Attempts,
        know: Know,
    ) -> tuple[Proposal, ...]:
        """
        Every open pull request that is not ours, by number, then the merge groups. Where no
        pipeline is in force, only those that change a file of ours.

        One of which there is no answer now is left out: its runs stay as they are. Those that were
        read longest ago come first, so that nobody waits while the base moves on.
        """
        pipeline = snapshot.config.pipeline or Pipeline({}, {})
        rules = watched.rules(pipeline, snapshot.default_branch)
        reader = Reader(git, snapshot, pipeline, rules, know)
        proposed = list(self._proposed(snapshot))
        before = self._read.get(snapshot.repo.id, {})
        read = {candidate: before[candidate] for candidate in proposed if candidate in before}
        self._read[snapshot.repo.id] = read
        world = _world(snapshot)
        states = {candidate: (snapshot.tips.get(candidate.base), world) for candidate in proposed}
        failed = {candidate for candidate in proposed if attempts.patience.knows(_name(candidate))}
        new = [candidate for candidate in proposed if candidate not in read]
        new.sort(key=lambda candidate: candidate in failed)
        moved = [candidate for candidate in read if read[candidate].state != states[candidate]]
        moved.sort(key=lambda candidate: (candidate in failed, read[candidate].turn))
        if not failed.issuperset((*new[FRESH:], *moved[AGAIN:])):
            attempts.again(snapshot.now)
        for candidate in (*new[:FRESH], *moved[:AGAIN]):
            with attempts.apart(_name(candidate), snapshot.now):
                self._turn += 1
                read[candidate] = _Read(
                    states[candidate], self._turn, self._proposal(reader, watched, candidate)
                )
        current = (
            candidate
            for candidate in proposed
            if candidate in read and read[candidate].state == states[candidate]
        )
        said = tuple(read[candidate].proposal for candidate in current)
        if snapshot.config.pipeline is not None:
            return said
        return tuple(proposal for proposal in said if proposal.changes_config or proposal.home_file)

    def _proposal(self, reader: Reader, watched: WatchedPaths, candidate: _Proposed) -> Proposal:
        proposal, snapshot = _proposal(reader, watched, candidate), reader.snapshot
        on, pipeline = snapshot.default_branch, proposal.config_pipeline
        if snapshot.config.pipeline is not None or pipeline is None or candidate.base != on:
            return proposal
        before = snapshot.tips[on]  # it changes a file there, so it is there
        merged = _alone(lambda: reader.git.merged(before, candidate.head))
        if merged is None:
            return proposal
        ticks = _alone(lambda: self._first(reader.git, on, merged, pipeline, before))
        return replace(proposal, first=ticks or (), merged=merged)

    def _proposed(self, snapshot: Snapshot) -> Iterator[_Proposed]:
        repo = snapshot.repo.id
        for pull in self._forge.open_pulls(snapshot.repo):
            if not _ours(pull, snapshot):
                yield _Proposed(repo, pull.number, pull.head_sha, pull.base_ref)
        for branch, tip in sorted(snapshot.tips.items()):
            group = merge_group(branch)
            if group is not None:
                yield _Proposed(repo, 0, tip, group.base)


def _name(candidate: _Proposed) -> str:
    return f"proposal #{candidate.number}" if candidate.number else f"proposal {candidate.head}"


def _world(snapshot: Snapshot) -> int:
    """Everything else that what is said of any proposal depends on."""
    return hash(
        repr(
            (
                snapshot.config.in_force,
                snapshot.organization,
                sorted(snapshot.contents.items()),
                sorted(snapshot.drifts.items()),
                sorted(snapshot.adoptable.items()),
            )
        )
    )


def _proposal(reader: Reader, watched: WatchedPaths, candidate: _Proposed) -> Proposal:
    _, number, head, base = candidate
    paths = _alone(partial(_paths, reader, base, head))
    if paths is None:
        return Proposal(number, head, base, (), known=False)
    rules, pipeline, on = reader.rules, reader.pipeline, reader.snapshot.default_branch
    fired = {name for path in paths for name in rules.watched(path)}
    fed = tuple(name for name in reader.warehouses(base) if name in fired)
    ignored, count = reader.ignored(base, paths)
    proposal = Proposal(
        number=number,
        head=head,
        base=base,
        warehouses=fed,
        ignored=ignored,
        ignored_count=count,
        outputs=touched(pipeline, on, base, paths),
        stages=_alone(lambda: reader.stages(base, head, fed)) or (),
    )
    there = reader.snapshot.organization
    if LOCKS_FILE.encode() in paths and there is not None and there.home and there.is_one:
        proposal = replace(proposal, home_file=_groups(reader.git, head))
    return _with_file(reader, watched, proposal) if FILE.encode() in paths else proposal


def _groups(git: GitRepo, head: Sha) -> LinterAnswer:
    """What is said of its file of the organisation's lock groups."""

    def said() -> LinterAnswer:
        gone = mark(git, head, LOCKS_FILE) is None
        return LinterAnswer(gone=True) if gone else linted(git, head)

    return _alone(said) or LinterAnswer(readable=False)


def _with_file(reader: Reader, watched: WatchedPaths, proposal: Proposal) -> Proposal:
    """What is said of its pipeline file."""
    on = reader.snapshot.default_branch
    gone = _alone(lambda: mark(reader.git, proposal.head, FILE) is None)
    if gone:
        return replace(proposal, changes_config=True, config_gone=True)
    checked = _alone(lambda: _checked(reader, proposal.head)) if gone is not None else None
    other = checked.pipeline if checked is not None else None
    notes = tuple(checked.notes) if checked else ()
    if other is not None and proposal.base == on:
        tips = {**reader.snapshot.tips, on: proposal.head}
        notes += _alone(lambda: workflow_notes(reader.git, other, tips, on)) or ()
    replayed: tuple[Replayed, ...] = ()
    if other is not None and proposal.base == on and reader.snapshot.config.pipeline is not None:
        rules = watched.rules(other, on)
        replayed = _alone(lambda: reader.replayed(on, other, rules)) or ()
    return replace(
        proposal,
        changes_config=True,
        config_problems=tuple(checked.problems) if checked else (),
        config_notes=notes,
        config_readable=checked is not None,
        config_pipeline=other,
        replayed=replayed,
    )


def _paths(reader: Reader, base: str, head: Sha) -> Sequence[bytes] | None:
    """What merging *head* into *base* brings: the changes since they parted."""
    git, tip = reader.git, reader.snapshot.tips.get(base)
    if tip is None:
        return None
    git.bring(head)
    fork = git.merge_base(tip, head)
    return None if fork is None else git.changed_paths(head, fork)


def _alone(read: Callable[[], Fact | None]) -> Fact | None:
    """
    What *read* finds of one pull request; None where that cannot be read: its runs say so.
    """
    try:
        return read()
    except (Denied, Missing, Rejected) as error:
        log.info("%s", error.message, extra={"action": "proposal.unread"})
        return None


def _ours(pull: PullFact, snapshot: Snapshot) -> bool:
    """It promotes: the one by which we propose a first file is as anybody's."""
    own = pull.head_ref.startswith(OURS) and pull.head_ref != FIRST_FILE
    return own and pull.head_repo_id == snapshot.repo.id


def _checked(reader: Reader, head: Sha) -> ParseResult:
    """The file as it would count here: with the groups of this repository's organisation."""
    text, snapshot = reader.git.read(head, FILE), reader.snapshot
    if text is None:
        return ParseResult(None, (not_a_file(FILE),))
    result, there = parsed(text, snapshot.default_branch), snapshot.organization
    if result.pipeline is None or there is None:
        return result
    lacks = problems(result.pipeline, there)
    return replace(result, pipeline=qualified_once(result.pipeline, there.id), problems=lacks)
