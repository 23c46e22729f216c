"""`stagelock / config`: the linter's answer where a file of ours changes, one run a commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.core.checkruns.target import RunTarget, Weight
from app.core.model.check_names import CONFIG
from app.core.model.facts import Annotation, RunDraft
from app.core.model.names import Sha
from app.core.model.organization_locks import HomeFile, LinterAnswer
from app.core.model.pipeline import Pipeline, Problem
from app.core.model.snapshot import Proposal, Snapshot
from app.core.text import locks_file as group_words
from app.core.text import outside
from app.core.text import pipeline_file as config_words
from app.core.text.changes import changes
from app.core.text.drawn import drawn
from app.core.text.links import Site
from app.core.text.markup import event_id
from app.core.text.summaries import section


class _Told(NamedTuple):
    """What is said of one file: *text* is Markdown, *bad* makes the run fail."""

    file: str
    state: str
    bad: bool
    title: str
    text: str
    annotations: tuple[Annotation, ...]


def proposal_config(snapshot: Snapshot, proposal: Proposal, site: Site) -> RunTarget | None:
    """The linter's answer where the proposal changes a file of ours; None where it does not."""
    told = []
    if proposal.changes_config:
        told.append(_proposed_pipeline(snapshot, proposal, site))
    if proposal.home_file is not None:
        told.append(_proposed_groups(snapshot, proposal, proposal.home_file))
    return _run(snapshot, site, proposal.head, told, Weight.HEAD) if told else None


def config_runs(snapshot: Snapshot, site: Site) -> Iterator[RunTarget]:
    """
    The linter's answer on the commits that changed the files. One that changed both tells of both,
    and is left as it is once one of them has changed again.
    """
    told: dict[Sha, list[_Told]] = {}
    config, home = snapshot.config, snapshot.config.home
    known = config.commit is None or config.status == "absent" or _long_known(snapshot)
    if config.commit is not None and not known:
        told.setdefault(config.commit, []).append(_pipeline(snapshot, config.commit))
    if home is not None:
        told.setdefault(home.commit, []).append(_groups(snapshot, home))
    for commit, files in told.items():
        if commit in config.told_both and _is_written(snapshot, commit):
            continue
        bad = any(part.bad for part in files)
        yield _run(snapshot, site, commit, files, Weight.TROUBLE if bad else Weight.END)


def _run(
    snapshot: Snapshot, site: Site, commit: Sha, told: Sequence[_Told], weight: Weight
) -> RunTarget:
    bad = any(part.bad for part in told)
    state = "; ".join(part.state for part in told)
    event = event_id(snapshot.repo.id, CONFIG, commit, state)
    draft = RunDraft(
        CONFIG,
        commit,
        "",
        "completed",
        "failure" if bad else "success",
        group_words.joined_title([(part.file, part.title, part.bad) for part in told]),
        group_words.joined([(part.file, part.text) for part in told], commit, site, event),
        annotations=tuple(remark for part in told for remark in part.annotations),
    )
    return RunTarget(draft, state, weight, event)


def _proposed_pipeline(snapshot: Snapshot, proposal: Proposal, site: Site) -> _Told:
    if proposal.config_gone:
        force = config_words.removed(snapshot.default_branch, proposal.base)
        text = config_words.body((), (), config_words.GONE, force=force)
        return _Told(
            config_words.FILE, "gone", bad=False, title=config_words.GONE, text=text, annotations=()
        )
    problems, notes = proposal.config_problems, proposal.config_notes
    told = (*problems, *outside.unserved(snapshot, proposal.config_pipeline))
    readable = proposal.config_readable
    bad = bool(told) or not readable
    new, counts = proposal.config_pipeline, proposal.base == snapshot.default_branch
    differences = changes(snapshot.config.pipeline, new) if counts and new is not None else ()
    title = (
        config_words.proposal_title(told, notes, differences)
        if readable
        else config_words.UNREADABLE
    )
    force = config_words.proposed(
        snapshot.default_branch,
        proposal.base,
        readable=readable,
        valid=not problems,
        force=snapshot.config.pipeline is not None,
    )
    shows = (
        section("The pipeline", drawn(new)) if counts and new is not None else "",
        config_words.replayed(proposal.replayed, snapshot.default_branch, site),
    )
    text = config_words.body(told, notes, title, force=force, differences=differences, shows=shows)
    remarks = config_words.remarks(told, notes)
    return _Told(config_words.FILE, "invalid" if bad else "valid", bad, title, text, remarks)


def _proposed_groups(snapshot: Snapshot, proposal: Proposal, said: LinterAnswer) -> _Told:
    home = snapshot.config.home
    force = group_words.proposed(
        snapshot.default_branch,
        proposal.base,
        said,
        force=home is not None and home.in_force is not None,
    )
    return _of_groups(snapshot, said, force)


def _pipeline(snapshot: Snapshot, commit: Sha) -> _Told:
    config = snapshot.config
    bad = config.status == "invalid" or bool(config.lacks)
    state = f"{config.status}" + ":lacks" * bool(config.lacks)
    pipeline = None if bad else config.pipeline
    problems = config.problems if config.status == "invalid" else config.lacks
    told = (*problems, *outside.unserved(snapshot, pipeline))
    state += ":unserved" * (len(told) > len(problems))
    lacking = config_words.lacking(pipeline, snapshot.installation) if pipeline else ()
    notes = (*config.notes, *lacking)
    title = config_words.title(told, notes, pipeline)
    force = config_words.in_force(config.problems, commit, config.in_force)
    text = config_words.body(told, notes, title, force=force)
    remarks = config_words.remarks(told, notes)
    return _Told(config_words.FILE, state, bool(told), title, text, remarks)


def _groups(snapshot: Snapshot, home: HomeFile) -> _Told:
    force = group_words.in_force(home, snapshot.repo.owner)
    return _of_groups(snapshot, home.said, force)


def _of_groups(snapshot: Snapshot, said: LinterAnswer, force: str) -> _Told:
    file = group_words.FILE
    told = (*said.problems, *_unserved(snapshot, said))
    bad = bool(told) or not said.readable
    state = "groups-invalid" if bad else "groups-gone" if said.gone else "groups-valid"
    title = group_words.title(told, said)
    text = config_words.body(told, (), title, force=force)
    return _Told(file, state, bad, title, text, config_words.remarks(told, file=file))


def _unserved(snapshot: Snapshot, said: LinterAnswer) -> tuple[Problem, ...]:
    groups = {group.name: group for group in said.groups}
    return outside.unserved(snapshot, Pipeline({}, {}, groups))


def _is_written(snapshot: Snapshot, commit: Sha) -> bool:
    return any(run.name == CONFIG and run.sha == commit for run in snapshot.records.runs)


def _long_known(snapshot: Snapshot) -> bool:
    """Promotions have run under it for longer than records of runs are kept: it was told then."""
    commit = snapshot.config.commit
    from_then = (p.created_at for p in snapshot.records.promotions if p.config == commit)
    oldest = min(from_then, default=None)
    if commit is None or oldest is None or _is_written(snapshot, commit):
        return False
    return (snapshot.now - oldest).days >= 14
