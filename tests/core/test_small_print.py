"""Facts that seldom decide: whose evidence counts, what ends a request, what is said of a wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.evidence.judge import Ask, judge
from app.core.locks.queue import Board
from app.core.model.facts import CheckFact, CommitChecks
from app.core.model.lock_reasons import LockReason
from app.core.model.names import FreightId, GroupName, Sha
from app.core.model.pipeline import CheckRule, Mark, Problem
from app.core.model.questions import ChecksQuestion
from app.core.model.verdicts import Reason
from app.core.planning.actions import EndRequest, Suspect
from app.core.text import pipeline_file
from tests.core.checking import TEXT, begun, say
from tests.core.doubting import doubtful
from tests.core.saying import AT, NOW, request, sha
from tests.core.world import a_pipeline

QUIET = timedelta(minutes=1)


def status(number, state, name="e2e", app="jenkins"):
    """A commit status: of no suite; *state* None is pending."""
    kind = "completed" if state else "pending"
    return CheckFact(number, name, kind, state, app, 3, 0, AT if state else None)


def judged(*runs, reran=frozenset()):
    place = CommitChecks(sha(1), tuple(runs), ())
    ask = Ask((place,), 7, AT, NOW, QUIET, reran)
    return judge((CheckRule("e2e"),), ask)


class TestAStatus:
    def test_that_was_replaced_is_not_going_on(self):
        assert judged(status(1, None), status(2, "success")).unfinished == ()

    def test_is_going_on_until_its_context_says_more(self):
        pending = status(2, None)
        assert judged(status(1, "success"), pending).unfinished == (pending,)

    @pytest.mark.parametrize("other", [{"name": "unit"}, {"app": "circleci"}])
    def test_of_another_context_replaces_nothing(self, other):
        pending = status(1, None)
        assert judged(pending, status(2, "success", **other)).unfinished == (pending,)

    def test_that_was_run_again_and_has_not_begun_is_awaited(self):
        found = judged(status(1, "failure"), reran=frozenset({1}))
        assert (found.outcome, found.names) == ("pending", ("e2e",))


class TestContentThatIsThereAlready:
    def renamed(self, *conclusions):
        """dev held content 1, 2, ... with these ends of its check; then it is called qa."""
        world = begun()
        for number, conclusion in enumerate(conclusions, start=1):
            if number > 1:
                world.push({"apps/web/x": str(number)})
                world.settle()
            if conclusion:
                say(world, conclusion)
        world.configure((TEXT % "").replace("  dev:", "  qa:").replace("[dev]", "[qa]"))
        world.settle()
        return world

    def test_other_content_that_passed_says_nothing_of_it(self):
        world = self.renamed("success", None)
        assert [row.state for row in world.of("qa")] == ["superseded", "verifying"]

    def test_the_newest_commit_that_says_something_of_it_decides(self):
        world = self.renamed("failure", "success")
        assert world.states("qa")[-1] == "verified in-sync"

    def test_only_its_other_commits_are_asked_within_a_limit(self):
        world = self.renamed("success", None)
        asked = {q.sha: q.within for q in world.asked if isinstance(q, ChecksQuestion)}
        assert asked.get(world.git.heads["main"], "") == ""


class TestTheEndOfARequest:
    def ends(self, world):
        return [a for a in world.done if isinstance(a, EndRequest | Suspect)]

    def test_of_a_promotion_that_landed_in_doubt_and_was_ended_waits_for_its_check(self):
        """Its push had arrived: its job may run, whatever became of the promotion."""
        world = doubtful(lost=False)
        row = world.last("e2e")
        world.rows[row.id] = replace(
            row, state="cancelled", reason=Reason.STAGE_REMOVED, ended_at=world.now
        )
        _, found = world.look()
        assert [a for a in found.actions if isinstance(a, EndRequest)] == []
        world.settle()
        assert world.live() == {"e2e": "suspect"}

    def test_of_what_wrote_nothing_says_so(self):
        world = doubtful()
        row = world.last("e2e")
        world.rows[row.id] = replace(row, state="cancelled", intent=None, ended_at=world.now)
        world.settle()
        (end,) = [e for e in self.ends(world) if isinstance(e, EndRequest)]
        assert (end.state, end.reason) == ("released", LockReason.UNWRITTEN)

    def test_of_what_was_verified_is_that_its_promotion_has_ended(self):
        world = doubtful(lost=False)
        world.settle()
        world.check(world.commit, "e2e")
        world.settle()
        (end,) = [e for e in self.ends(world) if isinstance(e, EndRequest)]
        assert (end.state, end.reason) == ("released", LockReason.ENDED)

    def test_that_was_held_too_long_is_suspect_and_says_why(self):
        world = doubtful(lost=False)
        world.settle()
        request_ = world.request("e2e")
        world.configure(TIMED)
        world.requests[request_.id] = replace(
            request_, granted_at=world.now - timedelta(hours=2), tokens=request_.tokens
        )
        world.settle()
        (end,) = [e for e in self.ends(world) if isinstance(e, Suspect)]
        assert end.reason == LockReason.HELD_TOO_LONG

    @pytest.mark.parametrize(
        ("state", "ends"), [("superseded", "superseded"), ("failed", "cancelled")]
    )
    def test_that_was_still_queued_is_that_of_its_promotion_only_if_it_was_cut_short(
        self, state, ends
    ):
        world = doubtful(lost=False)
        row, held = world.last("e2e"), world.request("e2e")
        world.requests[held.id] = replace(held, state="queued", granted_at=None, tokens={})
        world.rows[row.id] = replace(row, state=state, intent=None, ended_at=world.now)
        world.settle()
        first = next(e for e in self.ends(world) if isinstance(e, EndRequest))
        assert (first.state, first.reason) == (ends, LockReason.ENDED_BEFORE)


TIMED = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev, verify: {checks: [unit]}}
  e2e: {needs: [dev], path: stages/e2e, lock: env, verify: {checks: [e2e]}, timeout-minutes: 300}
locks: {env: {permits: 1, max-hold: 1h}}
"""


class TestABoard:
    def test_who_queues_nowhere_has_no_place(self):
        assert Board([]).place(request(1), GroupName("e2e-env")) is None
        assert Board([request(1)]).place(request(2), GroupName("e2e-env")) is None
        assert Board([request(1)]).place(request(1), GroupName("other")) is None

    def test_a_group_that_is_not_defined_gives_nothing(self):
        mine = request(1)
        assert not Board([mine]).grantable(mine, {})
        assert Board([mine]).grantable(mine, {GroupName("e2e-env"): 1})


class TestOrdersThatCanNoLongerTakeEffect:
    """A word that means nothing by now is spent at once: it must not start anything later."""

    def spent(self, world) -> bool:
        world.settle()
        return world.orders[-1].done_at is not None

    def test_retry_of_what_never_was_here(self):
        world = begun()
        later = world.push({"apps/web/x": "2"})
        world.say("retry", "prod", later)
        assert self.spent(world)

    def test_retry_of_what_is_under_way(self):
        world = begun()
        world.say("retry", "dev", world.freights[0].id.sha)
        assert self.spent(world)
        assert len(world.of("dev")) == 1

    def test_retry_of_what_passed(self):
        world = begun()
        say(world, "success")
        world.say("retry", "dev", world.freights[0].id.sha)
        assert self.spent(world)
        assert len(world.of("dev")) == 1

    def test_promote_of_what_failed(self):
        world = begun()
        say(world, "failure")
        world.say("promote", "dev", world.freights[0].id.sha)
        assert self.spent(world)
        assert len(world.of("dev")) == 1

    def test_promote_of_older_than_what_is_there(self):
        world = begun()
        say(world, "success")
        first = world.freights[0].id.sha
        world.push({"apps/web/x": "2"})
        world.settle()
        say(world, "success")
        world.say("promote", "dev", first)
        assert self.spent(world)

    def test_of_freight_whose_commit_is_gone(self):
        world = begun()
        gone = world.freights[0].id.sha
        world.reset("main", world.git.nodes[gone].parents[0])
        world.say("promote", "dev", gone)
        assert self.spent(world)

    def test_retry_of_what_was_cancelled_tries_again(self):
        world = begun()
        row = world.last("dev")
        world.reset("main", row.freight.sha)
        world.rows[row.id] = replace(
            row, state="cancelled", reason=Reason.PULL_CLOSED, landed=None, ended_at=world.now
        )
        world.say("retry", "dev", row.freight.sha)
        world.settle()
        assert len(world.of("dev")) == 2


def test_a_commit_whose_checks_cannot_be_asked_is_named_with_what_it_waits_for():
    world = a_pipeline(
        TEXT.replace("paths: [apps/web/]", "paths: [apps/web/], checks: [build]") % ""
    )
    change = world.push({"apps/web/x": "1"})
    world.push({"README.md": "on top"})
    world.silent = lambda q: isinstance(q, ChecksQuestion) and q.sha == change
    (wait,) = world.look()[1].minting
    assert (wait.commit, wait.checks, wait.failed) == (change, ("build",), False)


def test_the_links_of_what_is_awaited_are_those_of_its_runs():
    world = a_pipeline(
        TEXT.replace("paths: [apps/web/]", "paths: [apps/web/], checks: [build]") % ""
    )
    change = world.push({"apps/web/x": "1"})
    run = world.check(change, "build", None)
    world.runs[change][-1] = replace(run, url="https://ci.example/1")
    (wait,) = world.look()[1].minting
    assert wait.urls == (("build", "https://ci.example/1"),)


def test_a_writing_row_without_an_intent_begins_anew():
    world = begun()
    row = world.last("dev")
    world.reset("main", row.freight.sha)
    world.rows[row.id] = replace(row, state="writing", intent=None, landed=None, landed_at=None)
    world.settle()
    assert (world.last("dev").id, world.last("dev").state) == (row.id, "verifying")
    assert world.last("dev").landed == world.git.heads["main"]


def test_what_left_the_branch_says_which_commit_and_which_branch():
    world = a_pipeline(TEXT.replace("path: stages/dev", "branch: env/dev") % "")
    world.push({"apps/web/x": "1"})
    world.settle()
    row = world.last("dev")
    world.reset("env/dev", world.git.below(row.landed))
    world.settle()
    told = world.of("dev")[0]
    assert (told.state, str(told.reason)) == ("cancelled", "withdrawn")
    assert row.landed is not None
    assert told.detail == f"{row.landed[:7]} is no longer on env/dev"


def test_the_errors_of_a_promotion_are_over_once_it_went_on():
    world = begun()
    row = world.last("dev")
    world.rows[row.id] = replace(
        row, errors_since=world.now, retry_at=world.now, detail="GitHub answered 502"
    )
    world.settle()
    fine = world.last("dev")
    assert (fine.errors_since, fine.retry_at, fine.detail) == (None, None, "")


def test_no_freight_but_its_successor_brings_what_was_superseded_back():
    world = begun()
    row = world.last("dev")
    world.reset("main", row.freight.sha)
    other = FreightId(row.freight.warehouse, Sha("e" * 40))
    over = replace(row, state="superseded", reason=Reason.SUPERSEDED, ended_at=world.now)
    for successor, again in ((None, False), (row.freight, False), (other, True)):
        world.rows = {row.id: replace(over, landed=None, successor=successor)}
        _, found = world.look()
        assert bool(found.actions) is again


def test_of_a_key_that_is_missing_it_says_what_to_write_and_guesses_nothing():
    missing = Problem("the file has no `stages`", "missing-key", Mark(1, 1), "stages:")

    [remark] = pipeline_file.remarks([missing])

    assert remark.message == "the file has no `stages`: write `stages:`"
