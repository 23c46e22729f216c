"""What `app/engine/survey/survey` does, on the little world."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from app.core.model.drift_questions import DriftQuestion, OfDrift, UnrecordedQuestion
from app.core.model.hand_edits import HandEdit, gathered
from app.core.model.names import FreightId, Sha, StageName
from app.core.model.past_questions import PastQuestion
from app.core.model.pipeline import Stage
from app.core.model.pull_questions import ReviewRuleQuestion
from app.core.model.questions import (
    AdoptQuestion,
    ChecksQuestion,
    ContentQuestion,
    EqualQuestion,
    HeadQuestion,
    HeardQuestion,
    MergeQuestion,
    OwnHeadQuestion,
    ProposedQuestion,
    PullQuestion,
    Question,
    RenderQuestion,
    RestoreQuestion,
    RevertQuestion,
    ReviewsQuestion,
)
from app.core.model.renders import Clash, Rendered, StepProblem
from app.core.model.snapshot import ConfigState, Snapshot
from app.core.paths.canonical import within
from app.core.paths.watch_rules import compile_rules
from app.core.state.drift import agreed, as_recorded, mergeable
from app.core.state.terms import stage_at
from tests.core.lining import line_of
from tests.core.world_git import (
    content,
    kept,
    made,
    measured,
    places,
    render,
    value_of,
)
from tests.core.world_terms import head_state, stage_under

if TYPE_CHECKING:  # it asks here
    from tests.core.world import World


def base(world: World) -> Snapshot:
    pipeline = world.pipeline
    state = ConfigState("valid", world.config, world.config, pipeline)
    return Snapshot(
        now=world.now,
        repo=world.repo,
        default_branch=world.default,
        config=state,
        records=world.records,
        quiet=world.quiet,
        app_id=7,
        tips=dict(world.git.heads),
        asked_at=world.asked_at,
        lines=lines(world),
        contents={
            s.name: content(world.git.tip_files(s.branch or world.default), s.outputs)
            for s in pipeline.stages.values()
            if s.writes
        },
        reachable=reachable(world),
        pipelines=dict(world.pipelines),
        pushers=dict.fromkeys(pipeline.stages, "eve"),
        permits={name: group.permits for name, group in pipeline.locks.items()},
    )


def lines(world) -> dict:
    """As far as first parents are a line: git here knows no others."""
    rules = compile_rules(world.pipeline, world.default)
    found = {}
    for warehouse in world.pipeline.warehouses.values():
        commits = world.git.line(world.git.heads.get(warehouse.branch or world.default))
        firing = [
            sha
            for sha in commits
            if any(rules.is_watched(warehouse.name, p.encode()) for p in world.git.changed(sha))
        ]
        if commits:
            found[warehouse.name] = line_of(commits, firing)
    return found


def reachable(world) -> frozenset[Sha]:
    found = set()
    for row in world.rows.values():
        stage = world.pipeline.stages.get(row.stage)
        stages = world.pipeline.stages.values() if stage is None else [stage]
        tips = {world.git.heads.get(s.branch or world.default) for s in stages}
        commits = (row.landed, row.intent.commit if row.intent else None)
        found |= {c for c in commits if c and any(world.git.contains(tip, c) for tip in tips)}
    return frozenset(found)


def answer(world: World, snapshot: Snapshot, question: Question) -> Snapshot:
    match question:
        case RenderQuestion(stage, freight):
            found = rendered(world, snapshot, stage, freight)
            return replace(snapshot, renders={**snapshot.renders, (stage, freight): found})
        case ChecksQuestion(sha, _, _):
            return replace(snapshot, checks={**snapshot.checks, sha: world.checks_of(sha)})
        case HeardQuestion(sha, _):
            return replace(snapshot, heard={**snapshot.heard, question: world.checks_of(sha)})
        case EqualQuestion(promotion, count, until):
            found = equal(world, snapshot, world.rows[promotion], until)[:count]
            return replace(snapshot, equal={**snapshot.equal, question: found})
        case PullQuestion(stage, number):
            return replace(snapshot, pulls={**snapshot.pulls, stage: world.pulls[number]})
        case ReviewsQuestion() | ReviewRuleQuestion():
            return _reviewed(world, snapshot, question)
        case AdoptQuestion(stage):
            return _adoptable(world, snapshot, stage)
        case DriftQuestion() | UnrecordedQuestion() | OwnHeadQuestion():
            return _of_drift(world, snapshot, question)
        case MergeQuestion(stage, freight, promotion):
            tip = snapshot.tips.get(stage_under(world, stage, freight).branch or world.default)
            found = merged(world, snapshot, stage, freight, tip, world.rows[promotion])[0]
            return replace(snapshot, merges={**snapshot.merges, (stage, freight): found})
        case RestoreQuestion():
            return _back(world, snapshot, question)
        case RevertQuestion(freight):
            return _reverted(world, snapshot, freight)
        case HeadQuestion(stage):
            return replace(snapshot, heads={**snapshot.heads, stage: head_state(world, stage)})
        case ProposedQuestion(stage):
            found = tuple(p for p in world.pulls.values() if p.head_ref == f"stagelock/{stage}")
            return replace(snapshot, proposed={**snapshot.proposed, stage: found})
        case PastQuestion():
            return replace(snapshot, past=snapshot.past | {question})
        case ContentQuestion():
            return _held(world, snapshot, question)
        case _:
            raise AssertionError(f"nobody answers here: {question}")


def _reviewed(
    world: World, snapshot: Snapshot, question: ReviewsQuestion | ReviewRuleQuestion
) -> Snapshot:
    if isinstance(question, ReviewRuleQuestion):
        return replace(snapshot, required_reviews={question.branch: world.required_reviews})
    number = question.number
    found = tuple(world.reviews.get(number, ()))
    return replace(snapshot, reviews={**snapshot.reviews, number: found})


def _reverted(world, snapshot: Snapshot, freight: FreightId) -> Snapshot:
    found = world.taken.get(freight.sha)
    return replace(snapshot, reverted={**snapshot.reverted, freight: found})


def _adoptable(world, snapshot: Snapshot, stage: StageName) -> Snapshot:
    found = adoptable(world, snapshot, stage)
    return replace(snapshot, adoptable={**snapshot.adoptable, stage: found})


def _held(world, snapshot: Snapshot, question: ContentQuestion) -> Snapshot:
    stage = stage_at(snapshot, question.stage, question.config)
    assert stage is not None
    held = content(world.git.files(question.sha), stage.outputs)
    return replace(snapshot, written={**snapshot.written, question: held})


def upstreams(world, stage: Stage, freight: FreightId) -> dict[str, Sha]:
    return {
        row.stage: row.landed
        for row in world.rows.values()
        if row.stage in stage.upstreams
        and row.freight == freight
        and row.landed
        and not row.adopted
        and row.reason != "landed-otherwise"
    }


def rendered(world, snapshot, name, freight, onto=None):
    stage = stage_under(world, name, freight)
    tip = onto or snapshot.tips.get(stage.branch or world.default)
    return render(
        world.git, stage, freight, tip, upstreams(world, stage, freight), watcher(world, freight)
    )


def merged(world, snapshot, name, freight, onto, since):
    """(the outcome, its files): *freight* with people's edits since *since* on top."""
    stage = stage_under(world, name, freight)
    above = upstreams(world, stage, freight)
    theirs = made(world.git, stage, freight, onto, above, watcher(world, freight))
    if isinstance(theirs, StepProblem):
        return theirs, None
    before = upstreams(world, stage, since.freight)
    base = made(world.git, stage, since.freight, onto, before, watcher(world, freight))
    assert not isinstance(base, StepProblem), base
    assert content(base, stage.outputs) == (since.pure or since.written)
    files, stays, torn = kept(world.git, stage, theirs, onto, base)
    if torn:
        return Clash(tuple(torn)), None
    whole = measured(world.git.files(onto), files, stage)
    pure = content(theirs, stage.outputs)
    return replace(whole, pure=pure, merged=True, kept=tuple(stays)), files


def _of_drift(world, snapshot: Snapshot, question: OfDrift | OwnHeadQuestion) -> Snapshot:
    match question:
        case DriftQuestion(stage, promotion):
            found = hand_edits(world, stage, world.rows[promotion])
            return replace(snapshot, drifts={**snapshot.drifts, stage: found})
        case OwnHeadQuestion():
            return replace(snapshot, own_heads={**snapshot.own_heads, question: False})
        case UnrecordedQuestion():  # this world's records are never an older copy
            return replace(snapshot, unrecorded={**snapshot.unrecorded, question: ()})


def _back(world, snapshot: Snapshot, question: RestoreQuestion) -> Snapshot:
    stage, freight, held = question.stage, question.freight, question.content
    tip = snapshot.tips.get(stage_under(world, stage, freight).branch or world.default)
    found = restored(world, stage, freight, held, tip)[0]
    return replace(snapshot, restored={**snapshot.restored, question: found})


def restored(world, name, freight, held, onto):
    """(the outcome, its files): the stage's outputs on *onto* as the landing that wrote *held*."""
    stage = stage_under(world, name, freight)
    row = next(row for row in world.of(name) if row.landed and row.written == held)
    ours = [output.path for output in stage.outputs]
    there, then = world.git.files(onto), world.git.files(row.landed)
    files = {p: t for p, t in there.items() if not any(within(p, o) for o in ours)}
    files |= {p: t for p, t in then.items() if any(within(p, o) for o in ours)}
    return measured(there, files, stage), files


def outcome(world, snapshot, ledger, row, onto):
    """(what *row* makes of *onto*, its files), as it was planned."""
    if row.leaves is not None:
        found, files = restored(world, row.stage, row.freight, row.restores, onto)
        return as_recorded(ledger, row, found), files
    since = mergeable(ledger, ledger.views[row.stage], row)
    if since is not None:
        found, files = merged(world, snapshot, row.stage, row.freight, onto, since)
        if not (isinstance(found, Clash) and agreed(ledger, ledger.views[row.stage], row.over)):
            return found, files
    stage = stage_under(world, row.stage, row.freight)
    above = upstreams(world, stage, row.freight)
    files = made(world.git, stage, row.freight, onto, above, watcher(world, row.freight))
    found = render(world.git, stage, row.freight, onto, above, watcher(world, row.freight))
    return found, files


def hand_edits(world, name, row) -> tuple[HandEdit, ...]:
    """Where the outputs differ from what *row* wrote; everybody here is called by the message."""
    stage = world.pipeline.stages[name]
    tip = world.git.heads.get(stage.branch or world.default)
    wrote = row.head if row.reason == "landed-otherwise" else row.landed
    old, new = world.git.files(wrote), world.git.files(tip)
    line = world.git.line(tip)
    since = line[: line.index(wrote)] if wrote in line else line
    found = []
    for place in places(stage.outputs, old, new):
        if value_of(old, place) == value_of(new, place):
            continue
        who = [
            world.git.nodes[sha].message
            for sha in since
            if not world.git.nodes[sha].promotion and _changed(world, sha, place)
        ]
        found.append(HandEdit(place, tuple(dict.fromkeys(who))))
    return gathered(found)


def _changed(world, sha, place) -> bool:
    parents = world.git.nodes[sha].parents
    before = world.git.files(parents[0]) if parents else {}
    return value_of(before, place) != value_of(world.git.files(sha), place)


def watcher(world, freight: FreightId):
    rules = compile_rules(world.pipeline, world.default)
    return lambda path: rules.is_watched(freight.warehouse, path.encode())


def equal(world, snapshot: Snapshot, row, until: Sha | None = None) -> tuple[Sha, ...]:
    stage = stage_under(world, row.stage, row.freight)
    line = world.git.line(snapshot.tips.get(stage.branch or world.default))
    if row.landed not in line:
        return ()
    held = content(world.git.files(row.landed), stage.outputs)
    later = takewhile(lambda s: s != until, reversed(line[: line.index(row.landed)]))
    return tuple(s for s in later if content(world.git.files(s), stage.outputs) == held)


def adoptable(world, snapshot: Snapshot, name: StageName) -> FreightId | None:
    """The newest firing commit whose way through the stages gives what *name* holds."""
    stage = world.pipeline.stages[name]
    rules = compile_rules(world.pipeline, world.default)
    held = snapshot.contents[name]
    for sha in world.git.line(
        world.git.heads.get(world.pipeline.warehouses[stage.freight].branch or world.default)
    ):
        paths = world.git.changed(sha)
        if not any(rules.is_watched(stage.freight, p.encode()) for p in paths):
            continue
        freight = FreightId(stage.freight, sha)
        found = _supposed(world, snapshot, stage, freight)
        if isinstance(found, Rendered) and found.content == held:
            return freight
    return None


def _supposed(world, snapshot, stage, freight):
    above = _above(world, snapshot, stage, freight)
    tip = snapshot.tips.get(stage.branch or world.default)
    return render(world.git, stage, freight, tip, above, watcher(world, freight))


def _above(world, snapshot, stage, freight):
    """For each upstream a commit that no branch names, holding what it would hold."""
    found = {}
    for name in stage.upstreams:
        upstream = world.pipeline.stages[name]
        below = _above(world, snapshot, upstream, freight)
        tip = snapshot.tips.get(upstream.branch or world.default)
        files = made(world.git, upstream, freight, tip, below, watcher(world, freight))
        if not isinstance(files, StepProblem):
            found[name] = world.git.commit(files, (), "supposed")
    return found
