"""How much of a past a look begins with is a matter of speed: it never changes what is decided."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.model.lock_requests import LIVE
from app.core.model.names import Sha
from app.core.model.past_questions import FreightQuestion, MintedQuestion, PastQuestion
from app.core.model.records import Freight
from app.core.model.snapshot import BEGINNING, Snapshot
from app.core.planning.plan import plan
from app.core.planning.plan_result import Plan
from tests.core import world_acts, world_looks
from tests.core.world import World
from tests.core.world_random import EVENTS, begin, happen, pipelines

KEPT = 3
"""So many promotions of a stage, and freights, a look begins with; the store's are some more."""
CHUNK = 2
"""So many older promotions come at a time."""


def numbered(snapshot: Snapshot) -> Snapshot:
    """With the numbers that the store gives."""
    rows = enumerate(snapshot.records.promotions, start=1)
    numbered = tuple(replace(row, number=number) for number, row in rows)
    return replace(snapshot, records=replace(snapshot.records, promotions=numbered))


class Forgetful:
    """A look at a world that begins with the newest of everything, and asks for the rest."""

    def __init__(self, world: World, whole: Snapshot) -> None:
        self.world, self.whole = world, numbered(whole)
        self.asked: list[object] = []

    def plan(self) -> Plan:
        snapshot = self.short()
        for _ in range(200):
            found = plan(snapshot)
            if not found.questions:
                return found
            for question in sorted(found.questions, key=repr):
                self.asked.append(question)
                snapshot = self.answered(snapshot, question)
        raise AssertionError(f"the plan never stops asking: {plan(snapshot).questions}")

    def short(self) -> Snapshot:
        records = self.whole.records
        live = {r.promotion for r in records.requests if r.state in LIVE}
        keep, cut = set(), {}
        for stage in {promotion.stage for promotion in records.promotions}:
            own = [promotion for promotion in records.promotions if promotion.stage == stage]
            keep |= {row.id for row in own[-KEPT:]}
            if len(own) >= KEPT:
                cut[stage] = own[-KEPT].number
        rows = tuple(p for p in records.promotions if p.id in keep | live or not p.ended)
        ids = {row.id for row in rows}
        asked = tuple(r for r in records.requests if r.promotion in ids or r.state in LIVE)
        short = replace(
            records, promotions=rows, cut=cut, requests=asked, freights=(), freights_cut=True
        )
        snapshot = replace(self.whole, records=short, reachable=self.reached(rows))
        for name in snapshot.lines:
            snapshot = self.minted(snapshot, MintedQuestion(name, BEGINNING, KEPT))
        return snapshot

    def reached(self, rows) -> frozenset[Sha]:
        ours = {c for r in rows for c in (r.landed, r.intent.commit if r.intent else None) if c}
        return frozenset(ours) & self.whole.reachable

    def answered(self, snapshot: Snapshot, question) -> Snapshot:
        match question:
            case PastQuestion():
                return self.past(snapshot, question)
            case FreightQuestion(warehouse, digits):
                ids = [f for f in self.whole.records.freights if f.id.warehouse == warehouse]
                found = [f for f in ids if f.id.sha.startswith(digits)]
                named = replace(snapshot, named=snapshot.named | {question})
                told: Snapshot = self.known(named, found)
                return told
            case MintedQuestion():
                return self.minted(snapshot, question)
            case _:
                return world_looks.answer(self.world, snapshot, question)

    def past(self, snapshot: Snapshot, question: PastQuestion) -> Snapshot:
        of = [p for p in self.whole.records.promotions if p.stage == question.stage]
        records, cut = snapshot.records, dict(snapshot.records.cut)
        if question.before is not None:
            found = [p for p in of if p.number < question.before][-CHUNK:]
            del cut[question.stage]
            if len(found) == CHUNK:
                cut[question.stage] = found[0].number
        else:
            found = [p for p in of if self.meant(p, question)]
        known = {p.id: p for p in (*records.promotions, *found)}
        rows = tuple(sorted(known.values(), key=lambda p: p.number))
        return replace(
            snapshot,
            records=replace(records, promotions=rows, cut=cut),
            reachable=self.reached(rows),
            past=snapshot.past | {question},
        )

    @staticmethod
    def meant(row, question: PastQuestion) -> bool:
        wanted = {
            "freight": row.freight,
            "written": row.written,
            "head": row.head,
            "landed": row.landed,
        }
        asked = {
            "freight": question.freight,
            "written": question.content,
            "head": question.head,
            "landed": question.landed,
        }
        if question.since is not None:
            return row.ended_at is not None and row.ended_at >= question.since
        return all(wanted[name] == value for name, value in asked.items() if value is not None)

    def minted(self, snapshot: Snapshot, question: MintedQuestion) -> Snapshot:
        line = snapshot.lines[question.warehouse]
        on = {
            line.places[f.id.sha]: f
            for f in self.whole.records.freights
            if f.id.warehouse == question.warehouse and f.id.sha in line.places
        }
        places = sorted((p for p in on if p > question.floor), reverse=True)[: question.count]
        low = places[-1] if len(places) == question.count else question.floor + 1
        if question.floor == BEGINNING and len(places) < question.count:
            low = BEGINNING
        known = replace(line, minted_low=min(low, line.minted_low if self.asked else low))
        lines = {**snapshot.lines, question.warehouse: known}
        told: Snapshot = self.known(replace(snapshot, lines=lines), [on[place] for place in places])
        return told

    @staticmethod
    def known(snapshot: Snapshot, found: list[Freight]) -> Snapshot:
        there = {f.id: f for f in (*found, *snapshot.records.freights)}
        records = replace(snapshot.records, freights=tuple(there.values()))
        return replace(snapshot, records=records)


def told(found: Plan) -> Plan:
    return replace(found, questions=frozenset())


LONG = st.lists(EVENTS, min_size=20, max_size=60)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(pipelines(), LONG)
def test_a_look_that_begins_with_the_newest_decides_what_one_at_everything_does(text, events):
    world = begin(text)
    for event in [None, *events]:
        if event is not None:
            happen(world, event)
        for _ in range(60):
            snapshot, found = world.look()
            shortly = Forgetful(world, world_looks.base(world)).plan()
            assert told(shortly) == told(found)
            world_acts.carry_out(world, snapshot, found)
            if not found.actions:
                break
