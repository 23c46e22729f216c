"""When a grant of a promotion that has ended goes back, and who is told what meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.model.facts import SuiteFact
from app.core.model.names import StageName
from app.core.model.questions import ChecksQuestion, PlaceQuestion, Unanswered
from app.core.model.verdicts import Reason
from app.core.planning.actions import EndRequest
from app.core.planning.plan import plan
from tests.core import world_acts
from tests.core.checking import TEXT
from tests.core.doubting import doubtful
from tests.core.locking import two
from tests.core.world import CI_APP, a_pipeline


def timed_out(*stages):
    """The checks of the stages' promotions were cancelled at their timeout, and still run."""
    world = two("many", "many")
    for stage in stages:
        world.check(world.last(stage).landed, stage, None)
    world.wait(minutes=30)
    return world


def test_who_cannot_be_asked_keeps_its_permit_and_no_other():
    """rule Z8, rule L9"""
    world = timed_out("web", "api")
    assert world.live() == {"web": "held", "api": "held"}
    for stage in ("web", "api"):
        world.conclude(world.last(stage).landed, stage, "cancelled")
    deaf = world.last("web").landed
    world.silent = lambda question: isinstance(question, ChecksQuestion) and question.sha == deaf
    world.settle()
    assert world.live() == {"web": "held"}
    world.silent = lambda _question: False
    world.settle()
    assert world.live() == {}


def test_while_the_stages_earlier_grant_is_held_newer_freight_waits_for_a_lock_that_is_not_lost():
    """rule L33: only what a person has to free is called suspect."""
    world = timed_out("web")
    assert world.live() == {"web": "held"}
    newer = world.push({"apps/web/x": "2"})
    world.settle()
    found = world.verdict("web", newer)
    assert found.reason in (Reason.LOCK_QUEUED, Reason.LOCKING)
    assert found.names == ("many",)
    world.wait(minutes=5)
    assert world.live() == {"web": "suspect"}
    assert world.verdict("web", newer).reason == Reason.LOCK_SUSPECT


def test_content_that_was_there_before_frees_its_permit_with_the_end_of_what_ran_on_it():
    """rule E1: nothing of ours started anything there, so nothing more is awaited."""
    world = a_pipeline(TEXT % ", lock: env")
    world.push({"README.md": "first"})
    world.push({"apps/web/x": "1", "stages/dev/x": "1"})
    world.settle()
    world.check("main", "test", None)
    world.settle()
    assert world.live() == {"dev": "held"}
    there = world.last("dev").landed
    world.reset("main", world.git.line(world.git.heads["main"])[-1])
    world.settle()
    assert world.last("dev").state == "cancelled"
    assert world.live()["dev"] in ("held", "suspect")
    world.conclude(there, "test", "cancelled")
    world.settle()
    assert world.live() == {}


def test_a_grant_that_goes_back_says_why():
    """rule G7, rule E1"""
    world = timed_out("web")
    world.conclude(world.last("web").landed, "web", "cancelled")
    world.done.clear()
    world.wait(timedelta())
    (end,) = [action for action in world.done if isinstance(action, EndRequest)]
    assert (end.state, str(end.reason)) == ("released", "ended")


def test_where_nobody_knows_whether_its_push_landed_the_permit_stays_taken():
    """rule Z8, rule W4"""
    world = doubtful()
    world.check(world.before, "unit", "failure")
    world.settle()
    world.now += timedelta(seconds=60)
    row = world.last("e2e")
    unknown = PlaceQuestion(StageName("e2e"), row.id)
    while True:
        snapshot, found = world.look()
        none = Unanswered("cannot", "no such object", world.now, world.now + timedelta(seconds=10))
        assert ends(plan(replace(snapshot, unanswered={unknown: none}))) == []
        if ends(found):
            break
        assert found.actions
        world_acts.carry_out(world, snapshot, found)
    assert ends(found) == ["released"]


def ends(found):
    return [action.state for action in found.actions if isinstance(action, EndRequest)]


BOTH = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev, lock: env, verify: {checks: [smoke, %s]}, timeout-minutes: 30}
locks: {env: {max-hold: 50m}}
"""


def smoke_failed(suite="in_progress", *, awaited="e2e", app="github-actions", over=False):
    """
    smoke has failed beside a suite in that state, in which build goes on: what else is awaited is
    still to come. *over*: it has concluded, too.
    """
    world = a_pipeline(BOTH % awaited)
    world.push({"apps/web/x": "1"})
    world.settle()
    landed = world.last("dev").landed
    assert landed is not None
    world.check(landed, "build", None, app=app, suite=2)
    world.suites[landed] = [SuiteFact(2, app, CI_APP, suite)]
    if over:
        world.check(landed, "e2e", app=app, suite=2)
    world.check(landed, "smoke", "failure")
    world.settle()
    assert world.states("dev") == ["failed check-failed"]
    return world


@pytest.mark.parametrize("awaited", ["e2e", "'e2e *'", "{name: e2e, app: github-actions}"])
def test_a_stage_that_failed_keeps_its_lock_while_another_of_its_checks_may_still_start(awaited):
    """rule E1: e2e needs build, which goes on."""
    world = smoke_failed(awaited=awaited)
    assert world.live() == {"dev": "held"}
    newer = world.push({"apps/web/x": "2"})
    world.settle()
    assert world.at("dev", newer)[0].landed is None
    failed, name = world.of("dev")[0].landed, "e2e 1" if "*" in awaited else "e2e"
    world.conclude(failed, "build", "success")
    world.check(failed, name, None, suite=2)
    world.settle()
    assert world.at("dev", newer)[0].landed is None
    world.conclude(failed, name, "success")
    world.suites[failed] = [SuiteFact(2, "github-actions", CI_APP, "completed")]
    world.wait(minutes=2)
    assert world.at("dev", newer)[0].landed is not None


def test_a_stage_that_failed_gives_its_lock_back_once_its_suites_are_over():
    """rule E1: e2e never started, and nothing can start it any more."""
    world = smoke_failed()
    landed = world.last("dev").landed
    world.conclude(landed, "build", "failure")
    world.suites[landed] = [SuiteFact(2, "github-actions", CI_APP, "completed")]
    world.settle()
    assert world.live() == {}


def test_a_suite_that_never_ends_turns_the_lock_of_what_failed_suspect_after_max_hold():
    """rule L9, rule F29: it is not kept in silence for ever."""
    world = smoke_failed()
    world.wait(minutes=49)
    assert world.live() == {"dev": "held"}
    world.wait(minutes=1)
    assert world.live() == {"dev": "suspect"}


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param({"over": True}, id="nothing that is awaited is left"),
        pytest.param({"suite": "completed"}, id="the suites are over"),
        pytest.param(
            {"awaited": "{name: e2e, app: jenkins}"}, id="the suite is of an App that is not meant"
        ),
    ],
)
def test_what_cannot_start_a_check_any_more_keeps_no_lock_of_what_failed(beside):
    """rule E1"""
    assert smoke_failed(**beside).live() == {}


def test_what_failed_on_a_later_commit_keeps_its_lock_while_a_check_may_start_there():
    """rule E1, rule V2: what landed was not its push's head."""
    world = a_pipeline(BOTH % "e2e")
    world.push({"apps/web/x": "1"})
    world.settle()
    later = world.push({"docs/x": "1"})
    world.check(later, "build", None, suite=2)
    world.suites[later] = [SuiteFact(2, "github-actions", CI_APP, "in_progress")]
    world.check(later, "smoke", "failure")
    world.settle()
    assert world.states("dev") == ["failed check-failed"]
    assert world.live() == {"dev": "held"}
    world.conclude(later, "build", "failure")
    world.suites[later] = [SuiteFact(2, "github-actions", CI_APP, "completed")]
    world.settle()
    assert world.live() == {}


def test_what_a_person_cancelled_keeps_its_lock_where_one_check_has_failed_and_another_may_start():
    """rule E1: only where the promotion itself has failed is nothing awaited but its suites."""
    world = a_pipeline(BOTH % "e2e")
    world.push({"apps/web/x": "1"})
    world.settle()
    landed = world.last("dev").landed
    world.say("cancel", "dev", world.last("dev").freight.sha)
    world.settle()
    assert world.last("dev").state == "cancelled"
    world.check(landed, "smoke", "failure")
    world.settle()
    assert world.live() == {"dev": "suspect"}
    world.wait(minutes=31)
    assert world.live() == {}
