"""What is said on the heads of pull requests, and of the pipeline file."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.checkruns import targets
from app.core.model.names import StageName
from app.core.model.pipeline import Mark, Problem
from app.core.model.previews import Ignored
from app.core.model.records import Records
from app.core.model.snapshot import ConfigState
from app.core.model.verdicts import GateAnswer, Reason
from app.core.planning.plan_result import HeadVerdict
from tests.core.running import one, planned, proposal, world
from tests.core.saying import (
    AT,
    CONFIG,
    NOW,
    pipeline,
    plan,
    promotion,
    request,
    sha,
    snapshot,
    verdict,
)


def test_a_proposal_that_touches_nothing_may_be_merged():
    found = planned(ignored=(Ignored("docs/a.md", "paths-ignore: **/*.md", 4),), ignored_count=1)

    assert (found.conclusion, found.title) == ("success", "touches no stage")
    assert "| `docs/a.md` | `paths-ignore: **/*.md` | 4 |" in found.summary


def test_a_proposal_names_the_stages_that_would_receive_freight():
    found = planned(warehouses=("web",))

    assert (found.conclusion, found.title) == ("success", "will promote to dev, then e2e, prod")
    assert "once `build` has passed there" in found.summary
    assert "| `e2e` | once verified in `dev` | automatically |" in found.summary


def test_a_proposal_that_could_not_be_read_blocks_nothing():
    assert planned(known=False).conclusion == "neutral"


def test_a_pipeline_file_on_another_branch_is_said_to_have_no_effect():
    found = planned(base="env/prod", changes_config=True)

    assert "A `stagelock.yaml` on another branch has no effect" in found.summary


def test_an_absent_pipeline_file_means_no_check_at_all():
    found = targets(snapshot(config=ConfigState("absent"), proposals=(proposal(),)), plan())

    assert found == ()


def test_a_proposal_that_changes_the_file_is_linted_at_its_lines():
    wrong = Problem("unknown key `need`: did you mean `needs`?", "unknown-key", Mark(7, 3), "needs")
    draft = one(
        targets(
            world(proposals=(proposal(changes_config=True, config_problems=(wrong,)),)), plan()
        ),
        "stagelock / config",
        60,
    ).draft

    assert draft.conclusion == "failure"
    assert draft.title == "1 problem, line 7: unknown key `need`: did you mean `needs`?"
    (note,) = draft.annotations
    assert (note.path, note.line, note.column) == ("stagelock.yaml", 7, 3)


def test_an_invalid_file_fails_on_the_commit_that_changed_it_and_says_what_counts():
    wrong = Problem("unknown stage `e3e`", "unknown-stage", Mark(9, 12))
    config = ConfigState("invalid", sha(70), sha(69), pipeline(), (wrong,))
    draft = one(targets(snapshot(config=config), plan()), "stagelock / config", 70).draft

    assert draft.conclusion == "failure"
    assert "newest valid version stays in force" in draft.summary


def test_a_valid_file_succeeds_on_the_commit_that_changed_it():
    (found,) = targets(snapshot(), plan())

    assert (found.draft.name, found.draft.sha) == ("stagelock / config", CONFIG)
    assert (found.draft.conclusion, found.draft.title) == ("success", "valid: 3 stages")


def test_the_file_is_not_judged_anew_when_its_record_was_forgotten():
    rows = (replace(promotion(), created_at=NOW - timedelta(days=30)),)

    assert targets(snapshot(records=Records(promotions=rows)), plan()) == ()


def test_our_own_head_is_queued_until_everything_passed():
    """Invariant 11: it is the one check that branch protection asks for."""
    row = verdict("in-review", Reason.SOAKING, stage="prod", promotion=promotion())
    waiting = HeadVerdict(StageName("prod"), 4, sha(80), ready=False, verdict=row)
    held = request(state="held", granted_at=AT)
    ready = replace(
        waiting, ready=True, verdict=row._replace(reason=Reason.MERGE_READY, request=held)
    )

    def of(head):
        return one(targets(world(), plan(heads=(head,))), "stagelock / plan", 80).draft

    assert (of(waiting).status, of(waiting).conclusion) == ("queued", None)
    assert (of(ready).status, of(ready).conclusion) == ("completed", "success")
    assert of(ready).title == "every gate passed: merge it"
    assert "the lock is held" in of(ready).summary


@pytest.mark.parametrize("reason", [Reason.FOREIGN_CONTENT, Reason.DRIFT, Reason.ON_HOLD])
def test_on_our_pull_request_the_word_to_type_names_its_freight(reason):
    """There `/promote prod` alone means the newest that is eligible, which may be another one."""
    gate = GateAnswer("content", "wait", reason)
    row = verdict("in-review", reason, stage="prod", promotion=promotion(), gates=(gate,))
    head = HeadVerdict(StageName("prod"), 4, sha(80), ready=False, verdict=row)
    draft = one(targets(world(), plan(heads=(head,))), "stagelock / plan", 80).draft
    said = re.findall(r"/promote prod ?[0-9a-f]*", f"{draft.title}\n{draft.summary}")
    assert said
    assert set(said) == {f"/promote prod {row.freight.sha[:12]}"}
