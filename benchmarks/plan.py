"""
One plan for many stages and as many freights: 250, 500 and 1,000 of each, side by side; and for as
many stages that queue for one lock.

Chains of ten stages, every third with a check, every fifth with a
lock; each stage has ten promotions behind it, and the newest freight has just been minted: the
first stage of every chain is to be written. In the queue one stage holds the lock, all others wait
for it. Four times the stages should take four times as long.

A plan waits for nothing, so it is judged by processor time: what else the machine does counts less.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha1
from typing import TYPE_CHECKING

from app.core.model.facts import CheckFact, CommitChecks
from app.core.model.lock_requests import LockRequest, RequestState
from app.core.model.names import (
    FreightId,
    GroupName,
    PromotionId,
    Repo,
    Sha,
    StageName,
    WarehouseName,
)
from app.core.model.pipeline import CheckRule, LockGroup, Pipeline, Stage, Warehouse
from app.core.model.questions import ContentQuestion, EqualQuestion, HeardQuestion
from app.core.model.records import Freight, Promotion, Records
from app.core.model.renders import Rendered
from app.core.model.snapshot import ConfigState, Line, Snapshot
from app.core.model.steps import Copy, Output
from app.core.planning.plan import plan
from app.core.state.terms import IN_FORCE
from benchmarks.harness import Row, below, measure, within

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (250, 500, 1000)
ROUNDS = 25
LINEAR = 1.25
"""Four times the stages may take five times as long: larger worlds leave the caches."""
CHAIN = 10
BEHIND = 10
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEB, ENV = WarehouseName("web"), GroupName("env")


def sha(*parts: object) -> Sha:
    """An object id made of *parts*."""
    return Sha(sha1(repr(parts).encode(), usedforsecurity=False).hexdigest())


def stages(count: int) -> Iterator[Stage]:
    """*count* stages in chains of ten, upstreams first."""
    for n in range(count):
        above = f"s{n - 1}" if n % CHAIN else None
        path = f"stages/s{n}"
        source = f"stages/{above}" if above else "apps/web"
        yield Stage(
            name=StageName(f"s{n}"),
            freight=WEB,
            needs=(StageName(above),) if above else (),
            path=path,
            steps=(Copy(source, path, StageName(above) if above else None),),
            outputs=(Output(path),),
            verify=(CheckRule(f"check-{n}"),) if n % 3 == 0 else (),
            locks=(ENV,) if n % 5 == 1 else (),
            on_drift="merge" if n % CHAIN == CHAIN - 1 else "block",
        )


def world(count: int) -> Snapshot:
    """A repository with *count* stages and *count* freights, of which the newest is new."""
    freights = [FreightId(WEB, sha("freight", n)) for n in range(count)]
    pipeline = Pipeline(
        {WEB: Warehouse(WEB, paths=("apps/web",))},
        {stage.name: stage for stage in stages(count)},
        {ENV: LockGroup(ENV, permits=count)},
    )
    config, tip = sha("config"), sha("tip")
    rows = _landed(pipeline, freights[-BEHIND - 1 : -1], config)
    return Snapshot(
        now=NOW,
        repo=Repo(1, "acme", "web", 1),
        default_branch="main",
        config=ConfigState("valid", config, config, pipeline),
        records=Records(
            freights=tuple(Freight(f, NOW - timedelta(hours=1)) for f in freights),
            promotions=tuple(rows),
            in_force=config,
        ),
        tips={"main": tip},
        lines={WEB: _line(tuple(f.sha for f in freights))},
        contents={name: ((f"stages/{name}", "040000:old"),) for name in pipeline.stages},
        renders={
            (name, freights[-1]): Rendered(
                sha("tree", name),
                ((f"stages/{name}", "040000:new"),),
                ((f"stages/{name}", "040000:old"),),
                1,
            )
            for name in pipeline.stages
        },
        reachable=frozenset(row.landed for row in rows if row.landed),
        checks=(green := _green(rows)),
        heard={HeardQuestion(s, turn): green[s] for s in green for turn in range(1, BEHIND + 1)},
        pipelines={config: pipeline},
        permits={ENV: count},
        reverted=dict.fromkeys(freights),
    )


def crowd(count: int) -> Snapshot:
    """*count* stages of one lock: the first verifies under it, all others are queued."""
    freight, config, tip = FreightId(WEB, sha("freight", 0)), sha("config"), sha("tip")
    names = [StageName(f"s{n}") for n in range(count)]
    pipeline = Pipeline(
        {WEB: Warehouse(WEB, paths=("apps/web",))},
        {name: _locked(name) for name in names},
        {ENV: LockGroup(ENV)},
    )
    waiting = [_waiting(name, freight, config) for name in names]
    there = (("stages/s0", "040000:new"),)
    landed = replace(waiting[0], state="verifying", landed=tip, landed_at=NOW, written=there)
    rows = (landed, *waiting[1:])
    return Snapshot(
        now=NOW,
        repo=Repo(1, "acme", "web", 1),
        default_branch="main",
        config=ConfigState("valid", config, config, pipeline),
        records=Records(
            freights=(Freight(freight, NOW),),
            promotions=rows,
            requests=tuple(_request(n, row) for n, row in enumerate(rows, start=1)),
            in_force=config,
        ),
        tips={"main": tip},
        lines={WEB: _line((freight.sha,))},
        contents={**{name: ((f"stages/{name}", ""),) for name in names}, names[0]: there},
        written={ContentQuestion(names[0], tip, IN_FORCE): there},
        renders={
            (name, freight): Rendered(
                sha("tree", name), ((f"stages/{name}", "040000:new"),), ((f"stages/{name}", ""),), 1
            )
            for name in names
        },
        reachable=frozenset({tip}),
        reverted={freight: None},
        checks={tip: CommitChecks(tip, (CheckFact(1, "e2e", "in_progress", None, "ci", 2, 1),))},
        equal={EqualQuestion(landed.id, 8): ()},
        pipelines={config: pipeline},
        permits={ENV: 1},
    )


def _locked(name: StageName) -> Stage:
    path = f"stages/{name}"
    return Stage(
        name=name,
        freight=WEB,
        path=path,
        steps=(Copy("apps/web", path, None),),
        outputs=(Output(path),),
        verify=(CheckRule("e2e"),),
        locks=(ENV,),
    )


def _waiting(name: StageName, freight: FreightId, config: Sha) -> Promotion:
    made = PromotionId(f"{name}-0")
    return Promotion(made, name, freight, "locking", config, NOW, NOW, reason="locking")


def _line(commits: tuple[Sha, ...]) -> Line:
    """A line of *commits*, oldest first, of which nothing new fires."""
    at = dict(enumerate(commits))
    return Line({sha: place for place, sha in at.items()}, at, len(at) - 1)


def _request(seq: int, row: Promotion) -> LockRequest:
    state: RequestState = "queued" if row.landed is None else "held"
    tokens = {} if row.landed is None else {ENV: 1}
    granted = None if row.landed is None else NOW
    return LockRequest(
        seq,
        1,
        "acme/web",
        row.stage,
        row.id,
        row.freight,
        (ENV,),
        seq,
        state,
        NOW,
        tokens=tokens,
        granted_at=granted,
    )


def _promotion(stage: Stage, freight: FreightId, n: int, config: Sha) -> Promotion:
    at = NOW - timedelta(minutes=10 * (BEHIND - n))
    return Promotion(
        id=PromotionId(f"{stage.name}-{n}"),
        stage=stage.name,
        freight=freight,
        state="verified",
        config=config,
        created_at=at,
        updated_at=at,
        reason="verified",
        landed=sha(stage.name, n),
        landed_at=at,
        verified_at=at,
        ended_at=at,
        written=((f"stages/{stage.name}", "040000:old"),),
    )


def _landed(pipeline: Pipeline, freights: list[FreightId], config: Sha) -> list[Promotion]:
    return [
        _promotion(stage, freight, n, config)
        for n, freight in enumerate(freights)
        for stage in pipeline.stages.values()
    ]


def _green(rows: list[Promotion]) -> dict[Sha, CommitChecks]:
    return {row.landed: _passed(row.landed, row.stage) for row in rows if row.landed}


def _passed(commit: Sha, stage: str) -> CommitChecks:
    name = f"check-{stage[1:]}"
    return CommitChecks(commit, (CheckFact(1, name, "completed", "success", "ci", 2, 1, NOW),))


def rows(*, tiny: bool) -> list[Row]:
    """Plan each size in turn."""
    sizes, rounds = ((20, 80), 1) if tiny else (SIZES, ROUNDS)
    chains = {count: world(count) for count in sizes}
    for count, snapshot in chains.items():
        found = plan(snapshot)
        if found.questions or len(found.actions) < count // CHAIN // 2:
            message = f"nothing was measured: {len(found.actions)} actions, {found.questions}"
            raise RuntimeError(message)
    queues = {count: crowd(count) for count in sizes}
    for count, snapshot in queues.items():
        found = plan(snapshot)
        queued = [verdict for verdict in found.verdicts if verdict.position]
        if found.questions or found.actions or len(queued) != count - 1:
            message = f"nobody queues: {len(queued)}, {found.actions}, {found.questions}"
            raise RuntimeError(message)
    return [
        *_side_by_side("`plan`, {0:,} stages, {0:,} freights", chains, rounds, 50),
        *_side_by_side("`plan`, {0:,} stages that queue for one lock", queues, rounds, 100),
    ]


def _side_by_side(
    what: str, worlds: dict[int, Snapshot], rounds: int, limit: float
) -> Iterator[Row]:
    """The largest below *limit* milliseconds, and as much longer as it is larger."""
    planning = {what.format(count): partial(plan, world) for count, world in worlds.items()}
    found = measure(planning, rounds=rounds).values()
    few, *_, many = [replace(series, values=series.cpu) for series in found]
    longest = LINEAR * max(worlds) / min(worlds)
    yield below(many.name, many, limit)
    yield within(f"{many.name}, against {min(worlds):,}", many, few, longest)
