"""The invariants (docs/behaviour.md, I), held against every push of ours and against the world after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from app.core.model.lock_requests import HOLDING
from app.core.model.names import FreightId, PromotionId, Sha, StageName
from app.core.model.pipeline import Pipeline, Stage
from app.core.model.records import Promotion
from app.core.model.steps import Copy
from app.core.paths.canonical import within
from tests.simulation.ci import NEEDED
from tests.simulation.github import OWN_APP
from tests.simulation.locklaws import LockLaws
from tests.simulation.offers import Offers
from tests.simulation.planlaws import PlanLaws
from tests.simulation.statelaws import contradictions
from tests.simulation.witness import Witness
from tests.simulation.wordlaws import WordLaws

if TYPE_CHECKING:
    from tests.simulation.world import World

HEADS = "stagelock/"


class Broken(AssertionError):
    """A law does not hold."""


def broken(world: World, what: str) -> None:
    world.tell(f"WRONG: {what}")
    raise Broken(what)


def base_of(world: World, head: str) -> str:
    """Where the pull request of a branch of ours belongs; "" where no stage has that branch."""
    stage = world.pipeline.stages.get(StageName(head.removeprefix(HEADS)))
    return "" if stage is None else world.branch(stage)


def trailers(message: str) -> dict[str, str]:
    lines = [line.partition(": ") for line in message.splitlines() if line.startswith("Stagelock-")]
    return {key: value for key, _, value in lines}


def _lasts(until: datetime | None, now: datetime) -> bool:
    return until is None or now < until


def _landings(rows: Sequence[Promotion], row: Promotion) -> list[datetime]:
    """When the stage was written before, for `at-most-every`."""
    return [
        p.landed_at
        for p in rows
        if p.stage == row.stage
        and p.landed_at
        and not p.in_sync
        and not p.adopted
        # P11: what was merged with other content than the head's is drift, and recomputed.
        and p.reason != "landed-otherwise"
        and p.leaves is None  # F18
    ]


class Laws:
    """Looks on; remembers only what it needs to see changes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._promoted: set[str] = set()
        self._minted: set[FreightId] = set()
        self._verified: set[str] = set()
        self.locks = LockLaws(world)
        self.words = WordLaws(world)
        self.witness = Witness(world)
        self.offers = Offers(world)
        self.plans = PlanLaws(world)
        world.forge.merging.append(self._merges)

    def wrong(self, what: str) -> None:
        broken(self._world, what)

    # --- every push ---

    def begins(self, branch: str, new: Sha | None) -> None:
        """4: called for each ref when an attempt to push it begins, whatever becomes of it."""
        server = self._world.server
        if branch.startswith(HEADS) or new is None:
            return
        for sha in server.line(new):
            if sha in server.ours or sha in server.people:
                break
            said = trailers(server.message(sha)).get("Stagelock-Promotion")
            row = self._world.store.history.promotion(1, PromotionId(said)) if said else None
            if row is None:
                continue
            pipeline = self._world.pipeline_at(row.config)
            stage = pipeline.stages.get(row.stage) if pipeline else None
            if stage is not None:
                self._begun(row)
                self._gates(stage, row, stage.locks)
                self.words.replaces(stage, row, row.intent.expected if row.intent else None)
            self.witness.begins(row, sha)

    def _merges(self, number: int, actor: str) -> None:
        """4: our own merge passes every gate, too."""
        records = self._world.records()
        row = next(
            (promotion for promotion in reversed(records.promotions) if promotion.pull == number),
            None,
        )
        files = [sha for sha in (records.in_force, row and row.config) if sha is not None]
        known = [self._world.pipeline_at(sha) for sha in files]
        stages = [
            pipeline.stages[row.stage]
            for pipeline in known
            if pipeline and row
            if row.stage in pipeline.stages
        ]
        if actor.endswith("[bot]") and row is not None and stages:
            self._gates(stages[-1], row, stages[0].locks)
            base = self._world.server.tips.get(self._world.branch(stages[-1]))
            self.words.replaces(stages[-1], row, base)

    def push(self, branch: str, old: Sha | None, new: Sha | None) -> None:
        """Called for each ref of a push of ours, before it moves."""
        server = self._world.server
        if branch.startswith(HEADS):
            if old is not None and old in server.people and not self._explained(branch, old):
                self.wrong(f"13: a person's commit {old[:7]} on {branch} is overwritten")
        elif new is None:
            self.wrong(f"13: {branch} is deleted")
        elif old is not None and not server.objects.is_ancestor(old, new):
            self.wrong(f"13: {branch} is moved off {old[:7]}")
        if new is None:
            return
        for sha in reversed(server.line(new)):
            if sha in server.ours or sha in server.people:
                continue
            server.ours.add(sha)
            self._written(branch, sha)

    def _explained(self, branch: str, old: Sha) -> bool:
        """
        W8: a foreign tip with our outputs is accepted (somebody pressed "Update branch"). W9: any
        other is to be merged or deleted: merged into the stage's branch, it is where they want it.
        """
        pulls, base = self._world.forge.pulls.values(), base_of(self._world, branch)
        heads = [(p.head_ref, p.head_sha, p.base_ref) for p in pulls if p.merged]
        return (branch, old, base) in heads or self._ours_updated(branch, old)

    def _ours_updated(self, branch: str, old: Sha) -> bool:
        server = self._world.server
        stage = self._world.pipeline.stages.get(StageName(branch.removeprefix(HEADS)))
        ours = next((sha for sha in server.line(old) if sha in server.ours), None)
        if stage is None or ours is None:
            return False
        return all(server.at(old, o.path) == server.at(ours, o.path) for o in stage.outputs)

    def _written(self, branch: str, sha: Sha) -> None:
        world = self._world
        said = trailers(world.server.message(sha))
        if "Stagelock-Promotion" not in said:
            if world.server.changed(sha):
                self.wrong(f"9: {sha[:7]} of ours on {branch} is no promotion but changes files")
            return
        row = world.store.history.promotion(1, PromotionId(said["Stagelock-Promotion"]))
        if row is None:
            self.wrong(f"6: {sha[:7]} was pushed for a promotion that nobody knows")
            return
        if row.intent is None or row.intent.commit != sha:
            self.wrong(f"6: {sha[:7]} is pushed, and its intent was not stored")
        world.tell(f"  App: {world.server.message(sha).splitlines()[0]} ({sha[:7]} on {branch})")
        pipeline = world.pipeline_at(row.config)
        stage = pipeline.stages.get(row.stage) if pipeline else None
        if pipeline is None or stage is None:
            self.wrong(f"{row.stage} is written, but {row.config[:7]} does not know it")
            return
        for path in world.server.changed(sha):
            if not any(within(path, output.path) for output in stage.outputs):
                self.wrong(f"9: the promotion to {row.stage} changes {path}")
        self._same_objects(stage, row, sha)
        if branch.startswith(HEADS):
            return
        if row.id in self._promoted:
            self.wrong(f"6: {row.id} lands twice, again as {sha[:7]}")
        self._promoted.add(row.id)
        self.witness.lands(row)
        self._newer(pipeline, stage, row, branch)

    def _same_objects(self, stage: Stage, row: Promotion, sha: Sha) -> None:
        """
        14: copies are the very objects, of the freight or of what the upstream wrote, but for hand
        edits that are named as kept.
        """
        if row.leaves is not None:
            return  # K1: what was recorded, which the oracle knows
        kept = [edit.place for edit in row.edits if edit.fate == "kept"]
        for step in stage.steps:
            if not isinstance(step, Copy) or any(within(place, step.to) for place in kept):
                continue
            origin = row.freight.sha
            if step.from_stage is not None:
                rows = [p for p in self._rows() if p.stage == step.from_stage and p.landed]
                found = [p.landed for p in rows if p.freight == row.freight and not p.adopted]
                if not found or found[-1] is None:
                    self.wrong(f"14: {row.stage} takes from {step.from_stage}, which has nothing")
                    return
                origin = found[-1]
            at = self.witness.at  # without `.github`, which is nobody's to promote
            if at(origin, step.source, "") != at(sha, step.to, ""):
                self.wrong(f"14: {row.stage} got something else at {step.to} than was verified")

    def _rows(self) -> tuple[Promotion, ...]:
        rows: tuple[Promotion, ...] = self._world.records().promotions
        return rows

    def _begun(self, row: Promotion) -> None:
        if row.intent is None or row.intent.stored_at != self._world.clock():
            self.wrong(f"4: {row.stage} is pushed to, and that this begins now was not stored")

    def _gates(self, stage: Stage, row: Promotion, locks: Sequence[str]) -> None:
        """4: every gate passes now, at the first attempt and at each repeated one."""
        now, records = self._world.now + self._world.off, self._world.records()
        warehouse = self._world.pipeline.warehouses.get(row.freight.warehouse)
        branch = warehouse.branch if warehouse and warehouse.branch else "main"
        tip = self._world.seen.get(branch)
        if tip is not None and not self._world.server.objects.is_ancestor(row.freight.sha, tip):
            self.wrong(f"4: {row.freight.short} was withdrawn, and {row.stage} is written")
        rows = records.promotions
        verified = {p.stage: p for p in rows if p.freight == row.freight and p.state == "verified"}
        missing = [name for name in stage.upstreams if name not in verified]
        # rules K2, C24: a rollback passes by some of them, and so does who skips them.
        back = row.leaves is not None or bool(row.skips)
        if missing and not back and (stage.needs or len(missing) == len(stage.needs_any)):
            self.wrong(f"4: {row.freight.short} enters {row.stage} unverified in {missing}")
        if not stage.auto and not row.started_by:
            self.wrong(f"4: nobody started {row.freight.short} in {row.stage}")
        holds = [h for h in records.holds if h.stage == row.stage and _lasts(h.until, now)]
        if holds and not row.started_by:
            self.wrong(f"4: {row.freight.short} enters {row.stage}, which {holds[0].by} holds")
        times = [verified[n].verified_at for n in stage.upstreams if n in verified]
        since = (max if stage.needs else min)([t for t in times if t], default=None)
        if stage.soak and since and not back and now < since + stage.soak:
            self.wrong(f"4: {row.freight.short} enters {row.stage} before its soak is over")
        landings = _landings(rows, row)
        if (
            stage.at_most_every
            and landings
            and not back
            and now < max(landings) + stage.at_most_every
        ):
            self.wrong(f"4: {row.stage} is written to more often than allowed")
        mine = [r for r in records.requests if r.promotion == row.id and r.state in HOLDING]
        if locks and not any(set(locks) <= set(r.groups) for r in mine):
            self.wrong(f"1: {row.stage} is written to without its lock")

    def _newer(self, pipeline: Pipeline, stage: Stage, row: Promotion, branch: str) -> None:
        """5: never older freight over newer, but by a rollback."""
        if row.leaves is not None:
            return
        server = self._world.server
        house = pipeline.warehouses[row.freight.warehouse]
        line = server.line(server.tips.get(house.branch or "main"))
        places = {sha: index for index, sha in enumerate(line)}
        if row.freight.sha not in places:
            return
        tip = server.tips.get(branch)
        if tip is None:
            return
        for other in reversed([r for r in self._rows() if r.stage == stage.name]):
            if other.landed is None or not server.objects.is_ancestor(other.landed, tip):
                continue
            there = places.get(other.freight.sha)
            if there is not None and there < places[row.freight.sha] and not other.adopted:
                names = f"{row.freight.short} is written over {other.freight.short}"
                self.wrong(f"5: {names} in {row.stage}")
            if other.leaves is not None:
                return  # what landed before it is there no more

    # --- after every step ---

    def after(self) -> None:
        records = self._world.records()
        self.locks.after(records)
        self.witness.after(records)
        self._freight(records)
        self._evidence(records)
        self._once()
        for promotion in records.promotions:
            for what in contradictions(promotion):
                self.wrong(
                    f"{what}: {promotion.freight.short} in {promotion.stage}, {promotion.state}"
                )
        self.offers.after()
        self.plans.after()

    def _freight(self, records) -> None:
        """3: what we wrote makes no freight. The folder of a stage that was removed is people's."""
        stages = self._world.pipeline.stages.values()
        folders = tuple(f"{stage.path}/" for stage in stages if stage.path)
        for freight in records.freights:
            if freight.id in self._minted:
                continue
            self._minted.add(freight.id)
            sha = freight.id.sha
            self._world.tell(f"  App: freight {freight.id.short}")
            paths = self.witness.changes(freight.id)
            if paths and all(p.startswith(folders) for p in paths):
                self.wrong(f"3: {sha[:7]} changes only {paths}, and became freight")

    def _evidence(self, records) -> None:
        """A check skipped because another of its suite failed verifies nothing."""
        for promotion in records.promotions:
            if (
                promotion.state != "verified"
                or promotion.id in self._verified
                or promotion.landed is None
            ):
                continue
            self._verified.add(promotion.id)
            stage = self._world.pipeline.stages.get(promotion.stage)
            newest = {r.name: r for r in self._world.forge.at.get(promotion.landed, ())}
            unit = newest.get(NEEDED)
            if stage is None or unit is None or unit.conclusion != "failure":
                continue
            for name in self._world.checks_for(stage):
                run = newest.get(name)
                if run and run.conclusion == "skipped" and run.suite == unit.suite:
                    self.wrong(
                        f"4: {promotion.stage} is verified by {name} on {promotion.landed[:7]}, which was "
                        f"skipped because unit failed there"
                    )

    def _once(self) -> None:
        """6: nothing twice."""
        forge = self._world.forge
        for sha, runs in forge.at.items():
            mine = [r.name for r in runs if r.app_id == OWN_APP and r.status != "completed"]
            twice = [name for name, count in Counter(mine).items() if count > 1]
            if twice:
                self.wrong(f"6: two unfinished runs of {twice[0]} on {sha[:7]}")
        heads = Counter(p.head_ref for p in forge.pulls.values() if p.state == "open")
        for head, count in heads.items():
            if count > 1:
                self.wrong(f"6: {count} open pull requests from {head}")
