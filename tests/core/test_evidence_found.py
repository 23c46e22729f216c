"""Where the evidence for a content is looked for, which commit speaks, and what a glob waits for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.evidence.judge import Evidence, judge
from app.core.evidence.promotion_evidence import deadline, of_content
from app.core.model.facts import CommitChecks
from app.core.model.names import Sha, StageName
from app.core.model.past_questions import PastQuestion
from app.core.model.pipeline import CheckRule
from app.core.model.questions import ChecksQuestion
from app.core.state.ledger import Ledger
from tests.core import world_looks
from tests.core.checking import TEXT, begun, say
from tests.core.judging import LATER, NOW, asked, of, run, status, suite, whole
from tests.core.world import OWN_APP, START, a_pipeline

GLOB = TEXT.replace("[test]", "['e2e *']")


class TestGlobs:
    def test_a_glob_passed_when_its_last_match_ended(self):
        place = of(run("e2e a", ago=9), run("e2e b", number=2, ago=7))
        assert whole(["e2e *"], place) == Evidence("passed", at=NOW - timedelta(minutes=7))

    @pytest.mark.parametrize(
        ("build", "outcome"), [("success", "passed"), ("failure", "failed"), ("stale", "pending")]
    )
    def test_a_skipped_match_is_judged_by_what_ran_beside_it(self, build, outcome):
        place = of(run("build", build), run("e2e a", "skipped", number=2))
        assert whole(["e2e *"], place).outcome == outcome

    def test_what_runs_has_no_quiet_time_where_nobody_knows_the_push(self):
        ask = asked(of(run("e2e a", None)))._replace(pushed_at=None)
        found = judge([CheckRule("e2e *")], ask)
        assert (found.outcome, found.wake_at) == ("pending", None)

    def test_a_status_without_a_time_is_quiet_from_now_on_where_nobody_knows_the_push(self):
        ask = asked(of(replace(status("e2e a"), completed_at=None)))._replace(pushed_at=None)
        found = judge([CheckRule("e2e *")], ask)
        assert (found.outcome, found.wake_at) == ("pending", NOW + ask.quiet)

    def test_the_quiet_time_runs_from_the_landing(self):
        world = a_pipeline(GLOB % "")
        world.push({"apps/web/x": "1"})
        world.settle()
        landed = world.last("dev").landed
        world.now += timedelta(seconds=10)
        world.check(landed, "e2e a")
        world.check(landed, "e2e own", "failure", app="stagelock", app_id=OWN_APP)
        assert world.settle().wake_at == START + timedelta(seconds=60)
        assert world.states("dev") == ["verifying verifying"]
        world.wait(seconds=50)
        assert world.states("dev") == ["verified verified"]

    def test_content_whose_checks_ended_long_ago_passes_at_once(self):
        world = a_pipeline(GLOB % "")
        world.push({"apps/web/x": "1"})
        world.settle()
        landed = world.last("dev").landed
        world.check(landed, "e2e a")
        world.check(landed, "e2e own", "failure", app="stagelock", app_id=OWN_APP)
        world.wait(minutes=2)
        world.push({"apps/web/x": "2"})
        world.push({"apps/web/x": "1"})
        world.settle()
        assert world.states("dev") == ["verified verified", "verified in-sync"]


class TestOneCommit:
    @pytest.mark.parametrize(("app", "here"), [("ci", True), ("other", False)])
    def test_a_suite_may_start_only_what_is_its_apps(self, app, here):
        """The landed commit was its push's head for that App: it decides, and nothing later."""
        place = of(run("build"), suites=[replace(suite("in_progress", runs=1), app=app)])
        later = of(run(number=9), sha=LATER)
        found = judge([CheckRule("e2e", "ci")], asked(place, later))
        assert (found.outcome, found.missing) == (("pending", ("e2e",)) if here else ("passed", ()))

    def test_only_the_landed_commit_s_suites_are_waited_for(self):
        later = of(run("build"), suites=[suite("in_progress", runs=1)], sha=LATER)
        assert not whole(["e2e"], of(), later).open_suites

    def test_beside_a_failure_it_is_told_what_goes_on(self):
        goes = run("unit", None, number=2)
        place = of(run(conclusion="failure"), goes, suites=[suite("in_progress")])
        found = whole(["e2e", "unit"], place)
        assert (found.outcome, found.unfinished, found.open_suites) == ("failed", (goes,), True)

    def test_a_failure_without_a_time_is_told_as_of_now(self):
        failed = replace(status(conclusion="failure"), completed_at=None)
        assert whole(["e2e"], of(failed)).at == NOW

    def test_what_said_nothing_has_started_all_the_same(self):
        assert whole(["e2e"], of(run(conclusion="cancelled"))).missing == ()


class TestOurOwn:
    """rule V14: what we post ourselves is no evidence, awaits nothing, and is not run again."""

    def test_our_runs_and_suites_are_as_if_they_were_not_there(self):
        ours = replace(run("stagelock / dev", None, app_id=OWN_APP), url="https://gh.example/1")
        place = of(ours, suites=[suite("in_progress", app_id=OWN_APP, runs=1)])
        assert whole(["*"], place) == whole(["*"], of())

    def test_a_run_of_ours_is_not_run_again_with_what_failed(self):
        place = of(run(conclusion="failure"), run(number=2, app_id=OWN_APP))
        assert whole(["e2e"], place).outdated_by_rerun == (1,)

    def test_our_suite_holds_no_glob_up_to_which_we_posted_a_status(self):
        posted = status("e2e a", app_id=OWN_APP)
        place = of(posted, suites=[suite("in_progress", app_id=OWN_APP, runs=1)])
        assert whole(["e2e *"], place).outcome == "passed"


def test_what_failed_counts_no_more_from_the_word_to_run_it_again():
    world = begun()
    say(world, "failure")
    world.say("retry", "dev", world.last("dev").freight.sha)
    world.settle()
    assert world.states("dev") == ["failed check-failed", "verifying verifying"]


def twice(checked="success"):
    """Content 1 was tested, 2 replaced it, and it came back, where nothing has run in time."""
    world = begun()
    say(world, checked)
    world.push({"apps/web/x": "2"})
    world.settle()
    say(world, "failure")
    world.push({"apps/web/x": "1"})
    world.settle()
    world.wait(minutes=30)
    first, _, again = world.of("dev")
    return world, first, again


def back(world):
    """The freight of the content that the stage holds, once more."""
    world.push({"apps/web/x": "3"})
    world.push({"apps/web/x": "1"})
    world.settle()
    return world.last("dev")


class TestContent:
    def test_the_nearest_landing_that_says_something_speaks(self):
        world, first, again = twice()
        row = back(world)
        assert (row.in_sync, row.state, row.landed) == (True, "verified", first.landed)
        assert again.landed != first.landed

    def test_a_newer_landing_speaks_before_an_older_one(self):
        world, _, again = twice("failure")
        say(world, "success", at=again.landed)
        row = back(world)
        assert (row.in_sync, row.state, row.landed) == (True, "verified", again.landed)

    def test_what_has_begun_at_a_landing_is_waited_for_there(self):
        world = begun()
        landed = world.last("dev").landed
        world.check(landed, "test", None)
        world.wait(minutes=30)
        row = back(world)
        assert (row.in_sync, row.state, row.landed) == (True, "verifying", landed)
        world.conclude(landed, "test", "success")
        world.settle()
        assert world.last("dev").state == "verified"

    def test_another_stage_s_landing_of_the_same_files_says_nothing(self):
        text = "  qa: {path: stages/qa, verify: {checks: [test]}, auto: false}\nlocks:"
        world = a_pipeline((TEXT % "").replace("locks:", text))
        world.push({"apps/web/x": "1"})
        world.settle()
        say(world, "success")
        world.push({"stages/qa/x": "1"})
        world.settle()
        world.say("promote", "qa")
        world.settle()
        assert world.last("dev").state == "verified"
        assert (world.last("qa").in_sync, world.last("qa").state) == (True, "verifying")

    def test_what_landed_in_another_folder_speaks_and_the_tip_holds_it(self):
        world = begun()
        say(world, "success")
        world.configure((TEXT % "").replace("stages/dev", "stages/qa"))
        tip = world.push({"stages/qa/x": "1", "stages/dev/x": None})
        world.settle()
        row = world.last("dev")
        assert (row.in_sync, row.state, row.landed) == (True, "verified", tip)


def looked(world, *known, cut=()):
    """of_content as asked of a look that knows what was said of the commits *known*."""
    snapshot = world_looks.base(world)
    records = replace(snapshot.records, cut=dict.fromkeys(cut, 99))
    checks = {sha: CommitChecks(sha) for sha in known}
    snapshot = replace(snapshot, records=records, checks=checks)
    ledger = Ledger(snapshot, world.pipeline)
    view = ledger.views[StageName("dev")]
    ledger.questions.clear()
    return of_content(ledger, view.stage, world.of("dev")[0].written), ledger.questions


class TestQuestions:
    def test_landings_are_asked_newest_first_under_their_own_limit_then_the_tip(self):
        world, first, again = twice()
        tip = world.push({"README.md": "on top"})
        known: list[Sha] = []
        steps = []
        for _ in range(3):
            found, questions = looked(world, *known)
            assert found is None
            steps.append(questions)
            known.append(next(iter(questions)).sha)
        assert steps == [
            {ChecksQuestion(again.landed, "content of dev")},
            {ChecksQuestion(first.landed, "content of dev")},
            {ChecksQuestion(tip)},
        ]
        (telling, evidence, _), _ = looked(world, *known)
        assert (telling, evidence.outcome) == (tip, "pending")

    def test_older_promotions_of_it_and_of_stages_that_are_gone_are_asked_for(self):
        world, *_ = twice()
        _, questions = looked(world, cut=("dev", "prod", "gone"))
        content = world.of("dev")[0].written
        assert {q for q in questions if isinstance(q, PastQuestion)} == {
            PastQuestion(StageName("dev"), content=content),
            PastQuestion(StageName("gone"), content=content),
        }


def test_what_has_not_landed_has_no_deadline():
    world = begun()
    ledger = Ledger(world_looks.base(world), world.pipeline)
    row = world.last("dev")
    assert deadline(ledger, row) == row.landed_at + timedelta(minutes=30)
    assert deadline(ledger, replace(row, landed_at=None)) is None
