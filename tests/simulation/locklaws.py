"""The invariants about locks, held against the records after every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.records import HOLDING, LockRequest, Records
from tests.simulation.github import OWN_APP

if TYPE_CHECKING:
    from tests.simulation.world import World


def _again(records: Records, ended: LockRequest) -> bool:
    """The stage was granted the same anew in that very step: what runs may run under that."""
    return any(
        r.stage == ended.stage
        and r.state in HOLDING
        and r.id > ended.id
        and set(ended.groups) <= set(r.groups)
        for r in records.requests
    )


class LockLaws:
    """Looks on; remembers which grants and ends it has judged."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._granted: set[tuple[int, object]] = set()
        self._released: set[int] = set()

    def after(self, records: Records) -> None:
        """Called after every step."""
        self._permits(records)
        self._heads(records)
        self._locked(records)
        self._ended(records)
        self._edited(records)

    def _wrong(self, what: str) -> None:
        self._world.law.wrong(what)

    def _permits(self, records: Records) -> None:
        """1: no grant while the permits are taken."""
        pipeline = self._world.pipeline
        for request in records.requests:
            key = (request.id, request.granted_at)
            if request.state != "held" or request.out_of_turn or key in self._granted:
                continue
            self._granted.add(key)
            for group in request.groups:
                before = [
                    r
                    for r in records.requests
                    if group in r.groups
                    and r.state in HOLDING
                    and r.id != request.id
                    and r.granted_at <= request.granted_at
                ]
                permits = pipeline.locks[group].permits if group in pipeline.locks else 1
                if len(before) >= permits:
                    names = ", ".join(f"{r.stage} ({r.state})" for r in before)
                    self._wrong(f"1: {request.stage} was granted {group}, which {names} has")

    def _heads(self, records: Records) -> None:
        """11: a locked pull request may be merged only under its grant, also one that is over."""
        world = self._world
        for row in records.promotions:
            if row.pull is None or row.pull not in world.forge.pulls:
                continue
            pull = world.forge.pulls[row.pull]
            # Its locks are those of the file in force: an open pull request follows an edit of them.
            known = [world.pipeline_at(sha) for sha in (records.in_force, row.config) if sha]
            stages = (each.stages.get(row.stage) for each in known if each)
            stage = next((each for each in stages if each), None)
            if stage is None or not stage.locks or pull.merged or row.state == "superseded":
                continue
            if pull.head_sha != row.head or not (row.ended or pull.state == "open"):
                continue
            runs = [
                r
                for r in world.forge.at.get(pull.head_sha, ())
                if (r.app_id, r.name) == (OWN_APP, "stagelock / plan")
            ]
            held = any(r.promotion == row.id and r.state in HOLDING for r in records.requests)
            if runs and runs[-1].conclusion == "success" and not held:
                self._wrong(f"11: #{row.pull} may be merged to {row.stage} without its lock")

    def _locked(self, records: Records) -> None:
        """1: what is being verified behind a lock has it, unless a person took it away."""
        if not self._world.clean:
            return
        for row in records.promotions:
            if row.state != "verifying" or row.in_sync or row.landed is None or row.errors_since:
                continue
            pipeline = self._world.pipeline_at(row.config)
            stage = pipeline.stages.get(row.stage) if pipeline else None
            mine = [r for r in records.requests if r.promotion == row.id]
            if stage is None or not stage.locks or any(r.ended_by for r in mine):
                continue
            if not any(r.state in HOLDING for r in mine):
                self._wrong(f"1: {row.stage} verifies {row.freight.short} without its lock")

    def _edited(self, records: Records) -> None:
        """E3, E6: who waits asks for what the file in force names; who holds has it, too."""
        pipeline = self._world.pipeline_at(records.in_force) if records.in_force else None
        if not self._world.clean or pipeline is None:
            return
        rows = {p.id: p for p in records.promotions}
        for request in records.requests:
            stage, row = pipeline.stages.get(request.stage), rows.get(request.promotion)
            if request.ended_at or stage is None or row is None or row.errors_since:
                continue
            asks, has = set(stage.locks), set(request.groups)
            if request.state == "queued" and has != asks and not row.ended:
                self._wrong(f"E3: {request.stage} waits for {sorted(has)}, not {sorted(asks)}")
            if request.state in HOLDING and not asks <= has:
                self._wrong(f"E6: {request.stage} has {sorted(has)} of {sorted(asks)}")

    def _ended(self, records: Records) -> None:
        """18: no grant ends while a check of what landed under it runs, unless a person says so."""
        for request in records.requests:
            if request.ended_at is None or request.id in self._released:
                continue
            self._released.add(request.id)
            if _again(records, request):
                continue
            name = self._running(records, request)
            if name and request.granted_at and not request.ended_by:
                self._wrong(
                    f"18: {request.stage} gives back {', '.join(request.groups)} "
                    f"({request.reason}) while {name} runs"
                )

    def _running(self, records: Records, request: LockRequest) -> str:
        """A check that verifies what landed under *request*, and is not finished."""
        row = next((p for p in records.promotions if p.id == request.promotion), None)
        pipeline = self._world.pipeline_at(row.config) if row is not None else None
        if row is None or row.landed is None or row.in_sync or pipeline is None:
            return ""
        stage = pipeline.stages.get(row.stage)
        names = self._world.checks_for(stage) if stage is not None else []
        runs = self._world.forge.at.get(row.landed, ())
        running = [r.name for r in runs if r.app_id != OWN_APP and r.conclusion is None]
        return next((name for name in running if name in names), "")
