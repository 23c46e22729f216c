"""The invariants about locks, held against the records after every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.locks.queue import need
from app.core.model.group_names import organization
from app.core.model.lock_requests import HOLDING, AnyRequest, LockRequest
from app.core.model.names import Sha, StageName
from app.core.model.records import Promotion, Records
from app.core.model.verdicts import Reason
from tests.oracle.holders import later, passed_beside
from tests.oracle.judge import answered_for
from tests.simulation.github import OWN_APP, Run

if TYPE_CHECKING:
    from tests.simulation.world import World


def _out_of_turn(request: AnyRequest) -> bool:
    return isinstance(request, LockRequest) and request.out_of_turn


def _ran_again(request: LockRequest, row: Promotion | None) -> bool:
    """rule L11: its promotion was over when it took what it has."""
    over = row.ended_at if row is not None else None
    return request.out_of_turn and over is not None and over <= request.requested_at


class LockLaws:
    """Looks on; remembers which grants and ends it has judged."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._granted: set[tuple[int, object]] = set()

    def after(self, records: Records) -> None:
        """Called after every step."""
        self._permits(records)
        self._heads(records)
        self._locked(records)
        self._placed(records)
        self._edited(records)
        self._reviewed(records)

    def _wrong(self, what: str) -> None:
        self._world.law.wrong(what)

    def _permits(self, records: Records) -> None:
        """1: no grant while the permits are taken."""
        pipeline = self._world.pipeline
        for request in records.all_requests:
            key = (request.id, request.granted_at)
            if request.state != "held" or _out_of_turn(request) or key in self._granted:
                continue
            self._granted.add(key)
            granted = request.granted_at
            assert granted is not None, request
            for group in request.groups:
                if organization(group) is not None:
                    continue  # `organizations` of the oracle
                before = [
                    r
                    for r in records.all_requests
                    if group in r.groups
                    and r.state in HOLDING
                    and r.id != request.id
                    and r.granted_at is not None
                    and r.granted_at <= granted
                    and not later(request, r, group)
                    and not passed_beside(records, request, r)
                ]
                permits = pipeline.locks[group].permits if group in pipeline.locks else 1
                took = sum(need(r, group, permits) for r in (*before, request))
                if took > permits:
                    names = ", ".join(f"{r.name} ({r.state})" for r in before)
                    self._wrong(f"1: {request.name} was granted {group}, which {names} has")

    def _heads(self, records: Records) -> None:
        """
        11: while our pull request for a stage with a lock is open, its plan is `success` only while
        the grant is held. P14: closed and not merged, it keeps no `success`, once that was seen.
        """
        world = self._world
        pipeline = world.pipeline_at(records.in_force) if records.in_force else None
        for number, pull in world.forge.pulls.items():
            name = StageName(pull.head_ref.removeprefix("stagelock/"))
            stage = pipeline.stages.get(name) if pipeline else None
            if stage is None or not stage.locks or pull.merged or not self._success(pull.head_sha):
                continue
            rows = {
                promotion.id for promotion in records.promotions if promotion.head == pull.head_sha
            }
            held = any(r.promotion in rows and r.state == "held" for r in records.requests)
            if pull.state == "open" and not held:
                self._wrong(f"11: #{number} may be merged to {name} without its lock")
            current = any(
                other.state == "open" and other.head_sha == pull.head_sha
                for other in world.forge.pulls.values()
            )
            if pull.state == "closed" and world.clean and not current and not held:
                self._wrong(f"P14: #{number} is closed, and its head may still be merged to {name}")

    def _success(self, sha: Sha) -> bool:
        """What the newest `stagelock / plan` says there."""
        runs = [
            r
            for r in self._world.forge.at.get(sha, ())
            if (r.app_id, r.name) == (OWN_APP, "stagelock / plan")
        ]
        return bool(runs) and runs[-1].conclusion == "success"

    def _locked(self, records: Records) -> None:
        """1: what is being verified behind a lock has it, unless a person took it away."""
        if not self._world.clean:
            return
        for promotion in records.promotions:
            if (
                promotion.state != "verifying"
                or promotion.in_sync
                or promotion.landed is None
                or promotion.errors_since
            ):
                continue
            pipeline = self._world.pipeline_at(promotion.config)
            stage = pipeline.stages.get(promotion.stage) if pipeline else None
            mine = [r for r in records.requests if r.promotion == promotion.id]
            if stage is None or not stage.locks or any(answered_for(promotion, r) for r in mine):
                continue
            if not any(r.state in HOLDING for r in mine):
                self._wrong(
                    f"1: {promotion.stage} verifies {promotion.freight.short} without its lock"
                )

    def _placed(self, records: Records) -> None:
        """
        L75: new freight has its place beside what ran again of its stage. It has given one up only
        where it asked before, and a gate has closed since.
        """
        if not self._world.clean:
            return
        rows = {promotion.id: promotion for promotion in records.promotions}
        for promotion in records.promotions:
            if (
                promotion.state != "locking"
                or promotion.errors_since
                or promotion.reason != Reason.LOCKING
            ):
                continue
            mine = [r for r in records.requests if r.stage == promotion.stage]
            live = [r for r in mine if r.ended_at is None]
            beside = [_ran_again(r, rows.get(r.promotion)) for r in live]
            if beside and all(beside) and not any(r.promotion == promotion.id for r in mine):
                self._wrong(f"L75: {promotion.stage} waits for its lock, and has no place")

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

    def _reviewed(self, records: Records) -> None:
        """
        P25: who has told us of a review that is missing is not asked for a merge, nor is the lock
        for it. A head that names the grant's permit is reviewed with the grant in hand.
        """
        world, rows = self._world, {p.id: p for p in records.promotions}
        pipeline = world.pipeline_at(records.in_force) if records.in_force else None
        if not world.clean or not world.forge.told or pipeline is None:
            return
        for request in records.requests:
            stage, row = pipeline.stages.get(request.stage), rows.get(request.promotion)
            if request.ended_at or stage is None or row is None or row.errors_since:
                continue
            named = any(step.of_grants for step in stage.steps)
            if row.state != "in-review" or row.pull is None or stage.merge != "auto" or named:
                continue
            if world.forge.lacks_review(row.pull):
                self._wrong(f"P25: {row.stage} asks for its lock, and a review of it is missing")

    def gives_back(self, request_id: int, by: str) -> None:
        """
        18: no grant ends, or goes back, while a check of what landed under it runs, unless a person
        says so; L83: or all that runs of a visitor beyond the permits waits for all of it itself.
        Called just before it does. What an outdated worker stores is refused (2): it ends
        nothing.
        """
        if self._world.faults.late:
            return
        records = self._world.records()
        for row in records.direct:
            if row.id == request_id:
                self._world.law.witness.doors.gives_back(row, by)
        request = next((r for r in records.requests if r.id == request_id), None)
        if request is None or request.state not in HOLDING or by or request.ended_by:
            return
        self._world.law.witness.holding.jobs.gives_back(request, by)
        witness = self._world.law.witness
        running = [(run.id, run.name) for run in self._running(records, request)]
        running += witness.starts.running(request.promotion)
        if running and not witness.holding.jobs.queues(request, [number for number, _ in running]):
            groups = ", ".join(request.groups)
            self._wrong(f"18: {request.stage} gives back {groups} while {running[0][1]} runs")

    def _running(self, records: Records, request: LockRequest) -> list[Run]:
        """The checks that verify what landed under *request*, and are not finished."""
        row = next((p for p in records.promotions if p.id == request.promotion), None)
        pipeline = self._world.pipeline_at(row.config) if row is not None else None
        landed = self._landed(row) if row is not None else None
        if row is None or landed is None or pipeline is None:
            return []
        stage = pipeline.stages.get(row.stage)
        names = self._world.checks_for(stage) if stage is not None else []
        runs = self._world.forge.at.get(landed, ())
        return [run for run in runs if self._world.forge.goes_on(run) and run.name in names]

    def _landed(self, row: Promotion) -> Sha | None:
        """Where it landed, also where the answer is missing and the branch shows it."""
        if row.landed is not None or row.intent is None:
            return row.landed
        tip = self._world.seen.get(row.intent.branch)
        holds = self._world.server.objects.is_ancestor
        if tip is None or row.intent.branch.startswith("stagelock/"):
            return None
        return row.intent.commit if holds(row.intent.commit, tip) else None
