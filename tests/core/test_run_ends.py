"""Runs come to an end, fit their limits, and change only where there is news."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.core.checkruns import targets
from app.core.model.previews import Ignored
from app.core.model.records import Records
from app.core.model.verdicts import Reason
from tests.core.running import one, planned, proposal, record, world
from tests.core.saying import (
    AT,
    CONFIG,
    LATER,
    LAW,
    NOW,
    freight,
    pipeline,
    plan,
    promotion,
    request,
    sha,
    verdict,
    verdicts,
)


def test_the_most_important_comes_first():
    found = targets(
        world(
            records=Records(
                requests=(
                    request(1, state="suspect", granted_at=AT),
                    request(2, state="held", granted_at=AT, freight=freight(2)),
                )
            ),
            proposals=(proposal(),),
        ),
        plan(
            verdict("waiting", Reason.SOAKING, stage="a"),
            verdict("verified", Reason.VERIFIED, stage="b", promotion=promotion()),
            verdict("failed", Reason.CHECK_FAILED, stage="c", promotion=promotion()),
        ),
    )

    assert [t.draft.name.removeprefix("stagelock / ") for t in found] == [
        "plan", "lock / e2e-env", "c", "lock / e2e-env", "b", "a",
    ]  # fmt: skip


def test_an_unfinished_run_that_nothing_speaks_of_any_more_gets_an_end():
    """Everything unfinished has a reason: a run that stays queued for ever has none."""
    runs = (
        record("stagelock / gone"),
        record("stagelock / dev"),
        record("stagelock / lock / e2e-env"),
        record("stagelock / plan"),
        record("stagelock / prod", status="completed"),
        record("stagelock / e2e", status="completed", ready=True),
    )
    old = promotion(state="superseded", reason="superseded", detail=str(freight(2)), ended_at=NOW)
    found = targets(world(records=Records(runs=runs, promotions=(old,))), plan())
    ends = {t.draft.name: (t.draft.conclusion, t.existing_only) for t in found}

    assert ends == {
        "stagelock / gone": ("cancelled", True),
        "stagelock / dev": ("skipped", True),
        "stagelock / lock / e2e-env": ("cancelled", True),
        "stagelock / plan": ("cancelled", True),
        "stagelock / e2e": ("cancelled", True),
    }


def test_only_the_newest_run_of_a_name_needs_an_end():
    runs = (record("stagelock / dev"), record("stagelock / dev", serial=2, status="completed"))

    assert targets(world(records=Records(runs=runs)), plan()) == ()


@LAW
@given(st.lists(verdicts(), max_size=6))
def test_there_is_at_most_one_run_of_a_name_on_a_commit_and_all_fit(rows):
    found = targets(world(), plan(*rows))

    assert len({t.key for t in found}) == len(found)
    for target in found:
        assert 0 < len(target.draft.title) < 70
        assert len(target.draft.summary.encode()) <= 65_535
        assert len(target.draft.buttons) <= 3
        assert (target.draft.conclusion is None) == (target.draft.status != "completed")
        assert not target.draft.buttons or target.draft.status == "completed"
        for button in target.draft.buttons:
            assert len(button.label) <= 20
            assert len(button.description) <= 40
            assert len(button.identifier) <= 20


@LAW
@given(verdicts())
def test_time_alone_changes_no_run(row):
    """A repository at rest makes no write, however often it is looked at."""
    fresh = row._replace(promotion=None)

    assert targets(world(now=NOW + LATER), plan(fresh)) == targets(world(), plan(fresh))


def test_a_path_with_a_pipe_does_not_break_its_row():
    found = planned(ignored=(Ignored("a|b `c`", "x", 3),), ignored_count=1)

    (row,) = [line for line in found.summary.splitlines() if "a\\|b" in line]
    assert row == "| `` a\\|b `c` `` | `x` | 3 |"


def test_a_timeout_is_that_of_the_pipeline_the_promotion_runs_under():
    """An edit of the file binds the next promotion, not the one that is being verified."""
    row = promotion(landed=sha(50), landed_at=AT)
    then = pipeline(dev={"timeout": timedelta(minutes=45)})
    found = targets(
        world(pipelines={CONFIG: then}), plan(verdict("verifying", Reason.VERIFYING, promotion=row))
    )

    assert (
        "It fails if it is undecided at 2026-11-23 14:47 UTC"
        in one(found, "stagelock / dev").draft.summary
    )
