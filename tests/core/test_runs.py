"""Which check runs exist and what they say: the two tables of the design, and their limits."""

from datetime import timedelta

import pytest

from app.core.checkruns import targets
from app.core.model.hand_edits import HandEdit
from app.core.model.records import Records
from app.core.model.verdicts import Drift, Reason
from app.core.text.reason_texts import WORDS
from tests.core.running import one, record, shown, world
from tests.core.saying import (
    NOW,
    freight,
    plan,
    promotion,
    sha,
    verdict,
)

STATES = [
    ("waiting", Reason.UPSTREAM_UNVERIFIED, "queued", None),
    ("ready", Reason.NOT_STARTED, "completed", "neutral"),
    ("locking", Reason.LOCK_QUEUED, "queued", None),
    ("writing", Reason.WRITING, "in_progress", None),
    ("in-review", Reason.REVIEW, "in_progress", None),
    ("verifying", Reason.VERIFYING, "in_progress", None),
    ("verified", Reason.VERIFIED, "completed", "success"),
    ("failed", Reason.CHECK_FAILED, "completed", "failure"),
    ("revoked", Reason.REVOKED, "completed", "failure"),
    ("superseded", Reason.SUPERSEDED, "completed", "skipped"),
    ("unreached", Reason.UPSTREAM_FAILED, "completed", "skipped"),
    ("unreached", Reason.UPSTREAM_REJECTED, "completed", "skipped"),
    ("cancelled", Reason.PULL_CLOSED, "completed", "cancelled"),
    ("withdrawn", Reason.WITHDRAWN, "completed", "cancelled"),
]


@pytest.mark.parametrize(("phase", "reason", "status", "conclusion"), STATES)
def test_each_state_of_a_promotion_has_its_status(phase, reason, status, conclusion):
    found = one(
        targets(world(), plan(verdict(phase, reason, promotion=promotion()))), "stagelock / dev"
    )

    assert (found.draft.status, found.draft.conclusion) == (status, conclusion)
    assert found.draft.external_id == ""


def test_a_run_that_tells_a_failure_tells_programs_why_and_no_other_does():
    """rule N44"""
    found = {
        phase: one(
            targets(world(), plan(verdict(phase, reason, promotion=promotion()))), "stagelock / dev"
        ).code
        for phase, reason, *_ in STATES
    }

    told = {phase: code for phase, code in found.items() if code}
    assert told == {"failed": "check-failed", "revoked": "revoked"}


def test_buttons_are_only_those_that_work_and_only_on_finished_runs():
    """GitHub shows buttons on completed runs only; a button that we do not answer is a lie."""
    found = {
        phase: [b.identifier for b in t.draft.buttons]
        for phase, reason, *_ in STATES
        for t in targets(world(), plan(verdict(phase, reason, promotion=promotion())))
    }

    assert {phase: buttons for phase, buttons in found.items() if buttons} == {
        "ready": ["promote"],
        "failed": ["retry"],
        "revoked": ["retry"],
    }


def test_the_run_is_on_the_freights_commit_and_on_the_one_that_landed():
    found = targets(
        world(), plan(verdict("verifying", Reason.VERIFYING, promotion=promotion(landed=sha(50))))
    )

    assert set(shown(found)) == {("stagelock / dev", sha(1)), ("stagelock / dev", sha(50))}


@pytest.mark.parametrize(
    "more",
    [
        {"landed": sha(1)},
        {"landed": sha(50), "in_sync": True},
        {"landed": sha(50), "adopted": True},
        {"landed": sha(50), "head": sha(50)},
    ],
)
def test_only_a_commit_that_we_landed_elsewhere_gets_a_second_run(more):
    """A pull request's head carries only `plan` and `config`; in sync, nothing landed."""
    found = targets(
        world(), plan(verdict("verifying", Reason.VERIFYING, promotion=promotion(**more)))
    )

    assert set(shown(found)) == {("stagelock / dev", sha(1))}


def test_what_failed_and_waits_for_its_next_attempt_says_so_where_it_landed_too():
    """The commit that landed went on offering `/retry`, which was asked for already."""
    failed = promotion(state="failed", reason="check-failed", landed=sha(50))
    again = promotion("p2", state="locking")
    for waits in (
        verdict("waiting", Reason.BUSY, names=("web 2",)),
        verdict("locking", Reason.LOCK_QUEUED, promotion=again),
    ):
        found = targets(world(records=Records(promotions=(failed,))), plan(waits))

        assert set(shown(found)) == {("stagelock / dev", sha(1)), ("stagelock / dev", sha(50))}
        said = {(t.draft.status, t.draft.buttons, t.offers) for t in found}
        assert said == {("queued", (), False)}


@pytest.mark.parametrize("state", ["verifying", "verified", "failed", "superseded"])
def test_where_an_earlier_attempt_had_landed_only_the_newest_one_is_offered_again(state):
    """A force push had taken that commit away; its run keeps how it ended."""
    earlier = promotion(state="failed", reason="check-failed", landed=sha(50), ended_at=NOW)
    newer = promotion("p2", attempt=2, state=state, landed=sha(51), ended_at=NOW)
    told = record("stagelock / dev", 50, status="completed", ready=True)
    records = Records(promotions=(earlier, newer), runs=(told,))
    said = verdict(state, Reason.VERIFYING, promotion=newer)
    found = {t.draft.sha: t for t in targets(world(records=records), plan(said))}

    assert set(found) == {sha(1), sha(50), sha(51)}
    old = found[sha(50)]
    assert (old.draft.conclusion, old.draft.buttons, old.offers) == ("failure", (), False)
    assert "`/retry" not in old.draft.summary
    assert "was promoted to the stage again since" in old.draft.summary


@pytest.mark.parametrize("reason", [r for r, words in WORDS.items() if "{retry}" in words.look])
def test_what_was_cancelled_is_offered_again_until_newer_freight_is_there(reason):
    """rule R45: one that a person had cancelled went on offering `/retry`."""
    ended = promotion(state="cancelled", reason=reason, detail="@ann", ended_at=NOW)
    for passed_by in ("", "newer", "blocked"):
        said = verdict("cancelled", reason, promotion=ended, passed_by=passed_by)
        (found,) = targets(world(), plan(said))
        offered = not passed_by
        assert ("`/retry" in found.draft.summary, found.offers) == (offered, offered)
        assert ("`/allow" in found.draft.summary) == (passed_by == "blocked")


@pytest.mark.parametrize("phase", ["superseded", "unreached", "cancelled", "withdrawn"])
def test_what_never_had_a_run_gets_none_for_its_end(phase):
    found = targets(world(), plan(verdict(phase, Reason.SUPERSEDED, by=freight(2))))

    assert [t.existing_only for t in found] == [True]


@pytest.mark.parametrize(
    ("phase", "reason"), [("cancelled", Reason.PULL_CLOSED), ("withdrawn", Reason.WITHDRAWN)]
)
def test_what_was_cancelled_is_told_also_where_no_run_of_it_was_ever_made(phase, reason):
    """GitHub may have refused each run of it until it ended; what is only superseded stays untold."""
    over = promotion(state="cancelled", ended_at=NOW)
    (found,) = targets(world(), plan(verdict(phase, reason, promotion=over)))

    assert (found.draft.status, found.draft.conclusion) == ("completed", "cancelled")
    assert not found.existing_only


def test_what_began_and_ended_between_two_looks_gets_a_finished_run():
    done = promotion(state="verified", ended_at=NOW)
    (found,) = targets(world(), plan(verdict("verified", Reason.VERIFIED, promotion=done)))

    assert (found.draft.status, found.existing_only) == ("completed", False)


def test_what_ended_weeks_ago_is_left_alone():
    """Its record may be forgotten; GitHub shows its run still, and a second one would be noise."""
    done = promotion(state="verified", ended_at=NOW - timedelta(days=15))

    assert targets(world(), plan(verdict("verified", Reason.VERIFIED, promotion=done))) == ()


def test_hand_edits_are_told_on_the_run_of_what_ended_weeks_ago_and_taken_back_there():
    done = promotion(state="verified", ended_at=NOW - timedelta(days=30))
    drift = Drift((HandEdit("stages/dev/x", ("Bob",)),), "merge")
    edited = verdict("verified", Reason.VERIFIED, promotion=done, drift=drift)
    (found,) = targets(world(), plan(edited))
    assert found.draft.title == "verified; drift: x by Bob"
    assert found.draft.conclusion == "success"

    told = record(found.draft.name, status="completed", written_at=NOW - timedelta(days=1))
    after = world(records=Records(runs=(told,)))
    (found,) = targets(after, plan(verdict("verified", Reason.VERIFIED, promotion=done)))
    assert found.draft.title == "verified"


def test_what_a_rollback_takes_back_weeks_later_is_told_and_not_for_ever():
    done = promotion(state="verified", ended_at=NOW - timedelta(days=30))

    def told(since):
        back = verdict("turned-away", Reason.TURNED_AWAY, promotion=done, since=since, names=("x",))
        return [found.draft.conclusion for found in targets(world(), plan(back))]

    assert told(NOW - timedelta(minutes=1)) == ["failure"]
    assert told(NOW - timedelta(days=15)) == []


def chain(count, **reached):
    rows = []
    for n in range(count):
        phase, reason = reached.get(f"s{n:02}", ("waiting", Reason.UPSTREAM_UNVERIFIED))
        rows.append(verdict(phase, reason, stage=f"s{n:02}", names=(f"s{n - 1:02}",)))
    return rows


def test_at_most_eight_runs_are_made_at_once_and_the_rest_are_rows():
    found = targets(world(), plan(*chain(11, s00=("writing", Reason.WRITING))))

    assert len(found) == 8
    summary = one(found, "stagelock / s00").draft.summary
    assert "| `s08` | waiting for s07 |" in summary
    assert "| `s10` | waiting for s09 |" in summary
    assert "| `s07`" not in summary


def test_beyond_eight_a_run_appears_when_its_turn_comes():
    had = tuple(record(f"stagelock / s{n:02}") for n in range(8))
    found = targets(
        world(records=Records(runs=had)),
        plan(*chain(11, s00=("verified", Reason.VERIFIED), s09=("writing", Reason.WRITING))),
    )

    names = {t.draft.name for t in found if not t.existing_only}
    assert "stagelock / s09" in names
    assert "stagelock / s08" not in names
    assert "stagelock / s10" not in names


def test_a_run_that_exists_is_kept_up_to_date_however_many_there_are():
    had = tuple(record(f"stagelock / s{n:02}") for n in range(11))

    assert len(targets(world(records=Records(runs=had)), plan(*chain(11)))) == 11
