"""What a gate goes by: which order, which landing, which older promotions; and the leave to write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.gates.clearance import Cleared, Stopped, clear
from app.core.gates.entry import entry_gates, waits_for_a_word
from app.core.gates.orders import started_before
from app.core.gates.permissions import covers
from app.core.locks.configuration_edits import joins
from app.core.model.names import FreightId, PromotionId, Sha, StageName, WarehouseName
from app.core.model.past_questions import PastQuestion
from app.core.model.pipeline import Stage
from app.core.model.questions import RenderQuestion
from app.core.model.records import Promotion
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state.ledger import Ledger
from app.core.state.stage_state import StageView
from tests.core.gating import HOUR, PIPELINE, answers, world_with
from tests.core.world import START, a_pipeline

C = StageName("c")


def web(sha):
    return FreightId(WarehouseName("web"), sha)


def looked(world, **facts):
    """(ledger, stage c, the first freight), with *facts* instead of those of the world."""
    snapshot, _ = world.look()
    ledger = Ledger(replace(snapshot, **facts), snapshot.config.pipeline)
    view = ledger.views[C]
    ledger.questions.clear()
    return ledger, view, web(world.sha)


class TestNamedOrders:
    """An order that names its freight is for that one alone."""

    @pytest.mark.parametrize("gate", ["content", "hold"])
    @pytest.mark.parametrize(("this", "state"), [(True, "pass"), (False, "wait")])
    def test_it_passes_for_its_freight_alone(self, gate, this, state):
        world = world_with("soak: 9h", files=("k",))
        world.hold("c")
        other = world.push({"apps/web/x": "2"})
        world.settle()
        world.command("promote", "c", world.sha if this else other)
        assert answers(world)[gate].state == state


@pytest.mark.parametrize(
    ("state", "reason", "by", "counts"),
    [
        ("waiting", "", "ann", True),
        ("failed", Reason.CHECK_FAILED, "ann", True),
        ("cancelled", Reason.MOVED, "ann", True),
        ("cancelled", Reason.WITHDRAWN, "ann", False),
        ("verified", Reason.VERIFIED, "ann", False),
        ("waiting", "", "", False),
        ("failed", Reason.CHECK_FAILED, "", False),
    ],
)
def test_what_a_person_started_stays_started_until_it_is_over(state, reason, by, counts):
    row = Promotion(
        PromotionId("p"),
        StageName("dev"),
        web("1" * 40),
        state,
        Sha("c" * 40),
        START,
        START,
        number=1,
    )
    row = replace(row, reason=reason, started_by=by)
    view = StageView.read(
        Stage(StageName("dev"), WarehouseName("web")), (row,), lambda _: True, {}, lambda _: 0
    )
    assert started_before(view, row.freight) == (row if counts else None)


class TestDrift:
    TEXT = PIPELINE % "" + "    on-drift: block\n    auto: false\n"

    def world(self, edit="by hand"):
        """Freight 1 is in stage c, somebody edited it there, and freight 2 wants in."""
        world = a_pipeline(self.TEXT)
        world.push({"apps/web/x": "1"})
        world.settle()
        world.say("promote", "c")
        world.settle()
        world.push({"stages/c/x": edit})
        world.sha = world.push({"apps/web/x": "2"})
        world.settle()
        return world

    def test_it_waits_and_names_what_was_edited(self):
        found = answers(self.world())["drift"]
        assert (found.state, found.reason, found.names) == ("wait", Reason.DRIFT, ("stages/c/x",))

    def rendered(self, world):
        ledger, view, freight = looked(world, renders={})
        entry_gates(ledger, view, freight)
        return RenderQuestion(C, freight) in ledger.questions

    def test_what_the_freight_gives_is_asked_only_where_all_else_has_passed(self):
        world = self.world()
        assert not self.rendered(world)
        world.command("promote", "c", world.sha)
        world.orders[-1] = replace(world.orders[-1], over="")
        assert self.rendered(world)
        world.hold("c")
        world.orders.clear()
        assert not self.rendered(world)

    @pytest.mark.parametrize(("by", "state"), [("ann", "pass"), ("", "wait")])
    def test_the_consent_that_started_it_counts_when_it_failed(self, by, state):
        world = self.world()
        world.command("promote", "c", world.sha)
        over = world.orders.pop().over
        row = replace(world.last("c"), id="again", freight=web(world.sha), landed=None)
        row = replace(row, state="failed", reason=Reason.RULE_REFUSED, started_by=by, over=over)
        world.rows["again"] = row
        assert answers(world)["drift"].state == state

    def test_of_what_a_person_cancelled_it_does_not(self):
        world = self.world()
        world.command("promote", "c", world.sha)
        over = world.orders.pop().over
        row = replace(world.last("c"), id="again", freight=web(world.sha), landed=None)
        row = replace(row, state="cancelled", reason=Reason.WITHDRAWN, started_by="ann", over=over)
        world.rows["again"] = row
        assert answers(world)["drift"].state == "wait"


class TestWrittenByUs:
    """Freight that is on no line any more wrote what the stage holds."""

    def gates(self, *, contents=None, cut=None, **changes):
        world = world_with()
        snapshot, _ = world.look()
        [row] = [p for p in snapshot.records.promotions if p.stage == C]
        gone = replace(row, freight=web("d" * 40), **changes)
        records = replace(snapshot.records, promotions=(gone,), cut=cut or {})
        there = contents if contents is not None else snapshot.contents[C]
        facts = {"records": records, "contents": {C: there}, "adoptable": {C: None}}
        ledger, view, freight = looked(world, **facts)
        found = {gate.gate for gate in entry_gates(ledger, view, freight)}
        return found, ledger.questions, there

    def test_just_that_is_nobody_s_work(self):
        assert "content" not in self.gates()[0]

    @pytest.mark.parametrize(
        "changes",
        [{"adopted": True}, {"landed": None}, {"written": (("stages/c", "100644:1"),)}],
    )
    def test_anything_else_waits_for_a_person(self, changes):
        assert "content" in self.gates(**changes)[0]

    def test_the_same_in_the_folder_that_the_stage_had_before_is_nobody_s_work(self):
        world = world_with()
        [(output, mark)] = world.look()[0].contents[C]
        assert output == "stages/c"
        assert "content" not in self.gates(written=(("stages/old", mark),))[0]

    def test_older_promotions_with_that_content_are_asked_for(self):
        _, questions, there = self.gates(adopted=True, cut={C: 9})
        assert PastQuestion(C, content=there) in questions

    def test_a_stage_of_which_nothing_is_known_to_be_there_is_empty(self):
        world = world_with("soak: 9h", files=("k",))
        assert "content" in answers(world)
        assert "content" not in answers(world, contents={})


class TestOlderPromotions:
    """Where a look begins with the newest promotions, a gate asks for those it goes by."""

    def questions(self, *lines, cut):
        world = world_with(*lines)
        records = replace(world.look()[0].records, promotions=(), cut=cut)
        ledger, view, freight = looked(world, records=records)
        entry_gates(ledger, view, freight)
        return ledger.questions, freight

    def test_the_last_landing_is_looked_for(self):
        found, _ = self.questions("at-most-every: 3h", "soak: 9h", cut={C: 7})
        assert PastQuestion(C, before=7) in found

    def test_what_became_of_the_freight_upstream_is_looked_for(self):
        found, freight = self.questions("needs: [a]", cut={StageName("a"): 7})
        assert PastQuestion(StageName("a"), freight=freight) in found


class TestLeave:
    """Invariant 4: nothing is written unless every gate passes and the grant is in hand."""

    LOCKED = ("lock: l\nlocks: {l: {permits: 1}}",)

    def clear(self, *lines, orders=False, **facts):
        world = world_with(*lines)
        row = facts.pop("row", {})
        ledger, view, freight = looked(world, **facts)
        promotion = next(iter(world.of("c")), None)
        made = Promotion(PromotionId("p"), C, freight, "waiting", Sha("c" * 40), START, START)
        promotion = replace(promotion or made, landed=None, **row)
        return clear(ledger, view, promotion), ledger, view, promotion

    def test_where_all_passes_it_is_given_for_this_snapshot(self):
        found, ledger, _, row = self.clear()
        assert isinstance(found, Cleared)
        assert (found.promotion, found.at) == (row, ledger.snapshot.now)

    def test_the_gate_that_is_missing_is_told_with_all_that_answered(self):
        found, ledger, view, row = self.clear("soak: 2h", "at-most-every: 1h")
        assert found == Stopped(Reason.SOAKING, entry_gates(ledger, view, row.freight))
        assert found.missing.gate == "soak"
        assert found.wakes == (START + 2 * HOUR,)

    def test_withdrawn_freight_is_not_written(self):
        found, *_ = self.clear(row={"freight": web("e" * 40)})
        assert found == Stopped(Reason.WITHDRAWN)

    def test_nothing_older_than_what_is_there_is_written(self):
        world = world_with()
        old = world.last("c")
        world.push({"apps/web/x": "2"})
        world.settle()
        ledger, view, _ = looked(world)
        assert clear(ledger, view, old) == Stopped(Reason.SUPERSEDED)
        assert isinstance(clear(ledger, view, world.last("c")), Cleared)

    def held(self, **changes):
        """The leave of a promotion whose stage's request is as *changes* say."""
        world = world_with("verify: {checks: [t]}", *self.LOCKED)
        records = world.look()[0].records
        [request] = records.requests
        assert request.state == "held"
        records = replace(records, requests=(replace(request, **changes),))
        ledger, view, _ = looked(world, records=records)
        return clear(ledger, view, world.last("c"))

    def test_with_the_grant_in_hand_it_is_given(self):
        assert isinstance(self.held(), Cleared)

    @pytest.mark.parametrize(
        "changes", [{"state": "queued"}, {"state": "suspect"}, {"promotion": "another"}]
    )
    def test_without_the_grant_it_is_not(self, changes):
        found = self.held(**changes)
        assert isinstance(found, Stopped)
        assert found.reason == Reason.LOCKING
        assert found.missing is None

    def test_without_the_grant_all_gates_are_told_as_passed(self):
        world = world_with("soak: 1m", *self.LOCKED)
        world.wait(minutes=2)
        records = replace(world.look()[0].records, requests=())
        ledger, view, freight = looked(world, records=records)
        found = clear(ledger, view, world.last("c"))
        assert found == Stopped(Reason.LOCKING, entry_gates(ledger, view, freight))
        assert found.gates


@pytest.mark.parametrize(
    ("reason", "gates", "waits"),
    [
        (Reason.NOT_STARTED, (), True),
        (Reason.SOAKING, (), False),
        (Reason.SOAKING, (GateAnswer("soak", "wait", Reason.SOAKING),), False),
        (Reason.SOAKING, (GateAnswer("hold", "wait", Reason.ON_HOLD),), True),
        (Reason.SOAKING, (GateAnswer("hold", "pass", Reason.PASSED),), False),
    ],
)
def test_whatever_of_its_gates_a_person_s_word_passes_waits_for_it(reason, gates, waits):
    world = world_with("soak: 9h")
    verdict = world.verdict("c", world.sha)._replace(reason=reason, gates=gates)
    assert waits_for_a_word(verdict) is waits


@pytest.mark.parametrize(
    ("granted", "level", "enough"),
    [({}, "read", False), ({"checks": "read"}, "read", True), ({"checks": "new"}, "read", False)],
)
def test_what_was_not_granted_is_lacking(granted, level, enough):
    assert covers(granted, "checks", level) is enough


@pytest.mark.parametrize(
    ("has", "wanted", "new"),
    [
        (("a", "b"), ("b", "a"), False),
        (("a", "b"), ("a",), False),
        (("a",), ("a", "b"), True),
        (("a",), ("b",), True),
    ],
)
def test_a_request_joins_the_end_only_where_a_group_is_new(has, wanted, new):
    assert joins(has, wanted) is new


class TestLandings:
    """rules F17, F18, U2: what counts as having landed here, and upstream."""

    def every(self, **changes):
        world = world_with("at-most-every: 1h")
        world.push({"apps/web/x": "2"})
        records = world.look()[0].records
        rows = tuple(replace(p, **changes) if p.stage == C else p for p in records.promotions)
        assert any(p.landed_at for p in rows if p.stage == C)
        return answers(world, records=replace(records, promotions=rows))["at-most-every"].state

    def test_the_next_write_waits_after_a_landing(self):
        assert self.every() == "wait"

    @pytest.mark.parametrize(
        "changes",
        [
            {"adopted": True},
            {"in_sync": True},
            {"reason": Reason.LANDED_OTHERWISE},
            {"leaves": web("d" * 40)},
        ],
    )
    def test_what_wrote_nothing_of_ours_here_is_no_landing_to_wait_after(self, changes):
        assert self.every(**changes) == "pass"

    def test_what_left_the_branch_verifies_nothing_for_the_stages_below(self):
        world = world_with("needs: [a]", "auto: false")
        world.check(world.last("a").landed, "test-a", "success")
        world.settle()
        assert answers(world)["needs"].state == "pass"
        assert answers(world, reachable=frozenset())["needs"].state == "wait"
