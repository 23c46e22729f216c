"""
What each gate answers, whole: its name, its state, why, about what, since and until when.

`/why` shows all of it, and whatever wakes a stage by time stands among them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.gates.entry import opening_gates
from app.core.model.installations import InstallationFact
from app.core.model.names import StageName
from app.core.model.verdicts import GateAnswer, Reason
from tests.core.gating import HOUR, answers, world_with
from tests.core.world import START, a_pipeline


def checked(world, stage, conclusion="success", after=timedelta()):
    world.now += after
    world.check(world.last(stage).landed, f"test-{stage}", conclusion)
    world.settle()


class TestNeeds:
    def test_a_stage_without_upstreams_has_no_such_gate(self):
        assert "needs" not in answers(world_with("auto: false"))

    @pytest.mark.parametrize("needs", ["needs", "needs-any"])
    def test_it_waits_for_those_that_have_not_verified(self, needs):
        world = world_with(f"{needs}: [a, b]")
        assert answers(world)["needs"] == GateAnswer(
            "needs",
            "wait",
            Reason.UPSTREAM_UNVERIFIED,
            ("a", "b"),
            since=START,
            any_of=needs == "needs-any",
        )

    def test_one_that_has_verified_is_not_named(self):
        world = world_with("needs: [a, b]")
        checked(world, "a")
        found = answers(world)["needs"]
        assert found.names == ("b",)

    @pytest.mark.parametrize(("needs", "since"), [("needs", 2), ("needs-any", 1)])
    def test_it_has_passed_since_the_last_of_needs_and_the_first_of_any(self, needs, since):
        world = world_with(f"{needs}: [a, b]", "auto: false")
        checked(world, "a", after=HOUR)
        checked(world, "b", after=HOUR)
        assert answers(world)["needs"] == GateAnswer(
            "needs", "pass", Reason.PASSED, ("a", "b"), since=START + since * HOUR
        )

    def test_a_failure_upstream_is_no_and_names_who_failed(self):
        world = world_with("needs: [a, b]")
        checked(world, "b", "failure", after=HOUR / 2)
        assert answers(world)["needs"] == GateAnswer(
            "needs", "fail", Reason.UPSTREAM_FAILED, ("b",), since=START + HOUR / 2
        )

    @pytest.mark.parametrize("needs", ["needs", "needs-any"])
    @pytest.mark.parametrize(
        ("in_b", "expected"),
        [
            ("success", (Reason.UPSTREAM_REJECTED, ("a", "b"))),
            ("failure", (Reason.UPSTREAM_FAILED, ("b",))),
        ],
    )
    def test_what_a_rollback_rejected_upstream_is_no_and_a_failure_is_named_before_it(
        self, needs, in_b, expected
    ):
        world = world_with(f"{needs}: [a, b]", "auto: false")
        older = world.sha
        for stage in ("a", "b"):
            checked(world, stage)
        world.sha = world.push({"apps/web/x": "2"})
        world.settle()
        checked(world, "a")
        checked(world, "b", in_b)
        world.roll_back("a", older)
        world.roll_back("b", older)
        assert answers(world)["needs"][1:4] == ("fail", *expected)
        if in_b == "success":
            world.say("promote", "b", world.sha)
            assert answers(world)["needs"].state == ("fail" if needs == "needs" else "wait")

    @pytest.mark.parametrize(("needs", "since"), [("needs", 1), ("needs-any", 2)])
    def test_of_all_it_is_no_since_the_first_failure_and_of_any_since_the_last(self, needs, since):
        world = world_with(f"{needs}: [a, b]")
        checked(world, "a", "failure", after=HOUR / 3)
        checked(world, "b", "failure", after=HOUR / 3)
        assert answers(world)["needs"].since == START + since * HOUR / 3

    def test_of_any_it_is_no_only_when_all_have_failed(self):
        world = world_with("needs-any: [a, b]")
        checked(world, "b", "failure")
        assert answers(world)["needs"].state == "wait"
        checked(world, "a", "failure")
        assert answers(world)["needs"] == GateAnswer(
            "needs", "fail", Reason.UPSTREAM_FAILED, ("a", "b"), since=START
        )


class TestAuto:
    def test_by_itself_there_is_no_such_gate(self):
        assert "auto" not in answers(world_with("needs: [a]"))

    def test_it_waits_for_the_command_that_starts_it(self):
        assert answers(world_with("auto: false"))["auto"] == GateAnswer(
            "auto", "wait", Reason.NOT_STARTED, since=START
        )

    def test_it_waits_for_a_person_since_it_was_verified_upstream(self):
        world = world_with("needs: [a]", "auto: false")
        checked(world, "a", after=HOUR)
        assert answers(world)["auto"].since == START + HOUR

    def test_an_order_passes_it_and_is_told_with_who_gave_it_and_when(self):
        world = world_with("auto: false", "soak: 9h")
        world.now += HOUR
        world.say("promote", "c")
        world.settle()
        assert answers(world)["auto"] == GateAnswer(
            "auto", "pass", Reason.PASSED, ("@ann",), since=START + HOUR
        )

    def test_an_order_for_other_freight_does_not(self):
        world = world_with("auto: false", "soak: 9h")
        other = world.push({"apps/web/x": "2"})
        world.settle()
        world.say("promote", "c", other)
        assert answers(world)["auto"].state == "wait"

    def test_what_a_person_started_stays_started(self):
        world = world_with("auto: false", "lock: l\nlocks: {l: {permits: 1}}")
        world.say("promote", "c")
        world.now += HOUR
        world.step()
        assert answers(world)["auto"] == GateAnswer(
            "auto", "pass", Reason.PASSED, ("@ann",), since=START + HOUR
        )


class TestSoak:
    def test_it_waits_exactly_as_long_as_the_file_says(self):
        world = world_with("soak: 2h")
        assert answers(world)["soak"] == GateAnswer(
            "soak", "wait", Reason.SOAKING, since=START, until=START + 2 * HOUR
        )

    def test_before_the_verification_upstream_nobody_knows_until_when(self):
        world = world_with("needs: [a]", "soak: 2h")
        assert answers(world)["soak"] == GateAnswer("soak", "wait", Reason.SOAKING)

    def test_with_needs_it_counts_once_all_have_verified(self):
        world = world_with("needs: [a, b]", "soak: 2h")
        checked(world, "a", after=HOUR)
        assert answers(world)["soak"].until is None
        checked(world, "b", after=HOUR)
        assert answers(world)["soak"].until == START + 4 * HOUR

    @pytest.mark.parametrize(("after", "state"), [(-1, "wait"), (0, "pass"), (1, "pass")])
    def test_it_is_over_at_that_very_moment(self, after, state):
        world = world_with("soak: 2h", "auto: false")
        world.now += 2 * HOUR + timedelta(microseconds=after)
        over = GateAnswer("soak", "pass", Reason.PASSED, since=START)
        waits = GateAnswer("soak", "wait", Reason.SOAKING, since=START, until=START + 2 * HOUR)
        assert answers(world)["soak"] == (over if state == "pass" else waits)


class TestHold:
    def test_it_says_who_holds_it_why_and_until_when(self):
        world = world_with("auto: false")
        world.hold("c", "not before the fair", START + 5 * HOUR)
        assert answers(world)["hold"] == GateAnswer(
            "hold",
            "wait",
            Reason.ON_HOLD,
            ("@ann",),
            since=START,
            until=START + 5 * HOUR,
            detail="not before the fair",
        )

    def test_nobody_is_named_where_nobody_held_it(self):
        world = world_with("auto: false")
        world.hold("c")
        world.holds[StageName("c")] = replace(world.holds[StageName("c")], by="")
        found = answers(world)["hold"]
        assert (found.state, found.names) == ("wait", ())

    def test_an_order_passes_it(self):
        world = world_with("auto: false", "soak: 9h")
        world.hold("c")
        world.now += HOUR
        world.say("promote", "c")
        assert answers(world)["hold"] == GateAnswer(
            "hold", "pass", Reason.PASSED, ("@ann",), since=START
        )


class TestAtMostEvery:
    def world(self):
        """Something landed one hour after START, and further freight is there."""
        world = world_with("soak: 1h", "at-most-every: 3h")
        world.wait(hours=1)
        world.sha = world.push({"apps/web/x": "2"})
        world.settle()
        return world

    def test_before_the_first_landing_it_passes(self):
        world = world_with("soak: 1h", "at-most-every: 3h")
        assert answers(world)["at-most-every"] == GateAnswer("at-most-every", "pass", Reason.PASSED)

    def test_it_waits_from_the_landing_on(self):
        assert answers(self.world())["at-most-every"] == GateAnswer(
            "at-most-every", "wait", Reason.TOO_SOON, since=START + HOUR, until=START + 4 * HOUR
        )

    def test_and_passes_when_that_time_is_over(self):
        world = self.world()
        world.now = START + 4 * HOUR
        assert answers(world)["at-most-every"] == GateAnswer(
            "at-most-every", "pass", Reason.PASSED, since=START + HOUR
        )
        world.now -= timedelta(microseconds=1)
        assert answers(world)["at-most-every"].state == "wait"

    def test_what_was_there_already_is_no_landing(self):
        world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages: {c: {path: stages/c, at-most-every: 3h}}
""")
        world.push({"apps/web/x": "1", "stages/c/x": "1"})
        world.settle()
        world.sha = world.push({"apps/web/x": "2"})
        world.settle()
        assert world.files("stages/c") == {"x": "2"}


class TestContent:
    @pytest.mark.parametrize(
        ("count", "told"), [(1, ("1 file",)), (2, ("2 files",)), (12, ("12 files",)), (0, ())]
    )
    def test_foreign_content_is_counted(self, count, told):
        found = answers(world_with(files=("k",)), unexplained={StageName("c"): count})
        assert found["content"] == GateAnswer(
            "content", "wait", Reason.FOREIGN_CONTENT, told, START
        )

    def test_foreign_values_are_shown(self):
        world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  c:
    path: stages/c
    steps: [{uses: yaml-set, with: {file: v.yaml, values: {tag: "${{ freight.sha }}"}}}]
""")
        world.sha = world.push({"apps/web/x": "1", "stages/c/v.yaml": "tag: latest"})
        world.settle()
        found = answers(world)["content"]
        assert (found.state, found.reason) == ("wait", Reason.FOREIGN_VALUE)
        assert len(found.names) == 1
        assert "latest" in found.names[0]

    def test_an_order_replaces_it(self):
        world = world_with("soak: 9h", files=("k",))
        world.command("promote", "c", world.sha)
        assert answers(world)["content"] == GateAnswer("content", "pass", Reason.PASSED)

    def test_of_an_empty_folder_it_is_not_asked(self):
        assert "content" not in answers(world_with("soak: 9h"))


class TestPermission:
    OWN = InstallationFact(9, "acme", False, {}, "https://gh.example/9")
    NAMES = ("contents", "pull_requests", "workflows", "checks", "statuses")

    def lacking(self, *lines, warehouse="", **granted):
        own = replace(self.OWN, permissions=granted)
        world = world_with("soak: 9h", *lines, warehouse=warehouse)
        return answers(world, installation=own).get("permission")

    def test_what_is_lacking_is_told_with_the_page_that_grants_it(self):
        assert self.lacking() == GateAnswer(
            "permission",
            "wait",
            Reason.APP_LACKS,
            ("contents: write",),
            detail="https://gh.example/9",
        )

    @pytest.mark.parametrize(
        ("lines", "warehouse", "needed"),
        [
            ((), "", ("contents: write",)),
            (("via: pull-request",), "", ("contents: write", "pull requests: write")),
            (("include-github: true",), "", ("contents: write", "workflows: write")),
            (
                ("verify: {checks: [t]}",),
                "",
                ("contents: write", "checks: write", "statuses: read"),
            ),
            ((), ", checks: [t]", ("contents: write", "checks: write", "statuses: read")),
        ],
    )
    def test_each_stage_needs_what_it_does(self, lines, warehouse, needed):
        assert self.lacking(*lines, warehouse=warehouse).names == needed

    def test_with_all_of_it_there_is_no_such_gate(self):
        lines = ("via: pull-request", "include-github: true", "verify: {checks: [t]}")
        levels = {"checks": "read", "statuses": "read"}
        granted = {name: levels.get(name, "write") for name in self.NAMES}
        assert self.lacking(*lines, **granted) is None

    def test_where_nobody_knows_there_is_no_such_gate(self):
        assert "permission" not in answers(world_with("soak: 9h"))


def test_a_pull_request_opens_with_three_of_the_gates_alone():
    own = replace(TestPermission.OWN, permissions={})
    world = world_with(
        "needs: [a]", "auto: false", "soak: 9h", "at-most-every: 3h", "via: pull-request",
        files=("k",),
    )  # fmt: skip
    world.hold("c")
    assert list(answers(world, opening_gates, installation=own)) == ["permission", "needs", "auto"]
    assert list(answers(world, installation=own)) == [
        *("permission", "needs", "auto", "soak", "hold", "at-most-every", "content"),
    ]
