"""Which check runs exist and what they say: the two tables of the design, and their limits."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.checkruns import targets
from app.core.model.hand_edits import HandEdit
from app.core.model.pipeline import Mark, Problem
from app.core.model.records import Records, RunRecord
from app.core.model.snapshot import ConfigState, Proposal
from app.core.model.verdicts import Drift, GateAnswer, Reason
from app.core.planning.plan_result import HeadVerdict
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
    snapshot,
    verdict,
    verdicts,
)

QUIET = ConfigState("valid", None, CONFIG, pipeline())


def world(**more):
    """Without a run for the configuration, which most tests are not about."""
    return snapshot(**{"config": QUIET, **more})


def record(name, on=1, *, serial=1, status="queued", run_id=5, digest="d.t", **more):
    given = {"created_at": AT, "written_at": AT, "external_id": f"{name}:{serial}"}
    return RunRecord(
        name, sha(on), serial, run_id=run_id, status=status, digest=digest, **{**given, **more}
    )


def shown(found):
    return {(t.draft.name, t.draft.sha): t for t in found}


def one(found, name, on=1):
    return shown(found)[name, sha(on)]


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
    waits = verdict("waiting", Reason.BUSY, names=("web 2",))
    found = targets(world(records=Records(promotions=(failed,))), plan(waits))

    assert set(shown(found)) == {("stagelock / dev", sha(1)), ("stagelock / dev", sha(50))}
    assert {(t.draft.status, t.draft.buttons, t.offers) for t in found} == {("queued", (), False)}


@pytest.mark.parametrize("phase", ["superseded", "unreached", "cancelled", "withdrawn"])
def test_what_never_had_a_run_gets_none_for_its_end(phase):
    found = targets(world(), plan(verdict(phase, Reason.SUPERSEDED, by=freight(2))))

    assert [t.existing_only for t in found] == [True]


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
    assert "| `s08` | waits for s07 |" in summary
    assert "| `s10` | waits for s09 |" in summary
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


LOCKS = [
    ("queued", {}, "queued", None, "1st of 1"),
    (
        "held",
        {"granted_at": AT, "tokens": {"e2e-env": 17}},
        "in_progress",
        None,
        "held for e2e since 14:02 UTC, token 17",
    ),
    (
        "released",
        {"granted_at": AT, "ended_at": AT + timedelta(minutes=11)},
        "completed",
        "success",
        "released after 11 min",
    ),
    (
        "suspect",
        {"granted_at": AT, "suspect_at": AT},
        "completed",
        "action_required",
        "suspect: a maintainer must press Release once e2e has ended",
    ),
    (
        "forced",
        {"ended_at": AT, "ended_by": "ana", "reason": "it hung"},
        "completed",
        "cancelled",
        "forced by @ana: it hung",
    ),
    (
        "rejected",
        {"ended_at": AT},
        "completed",
        "failure",
        "rejected: e2e-env has no permit for e2e",
    ),
    ("cancelled", {"ended_at": AT}, "completed", "cancelled", "cancelled before its turn came"),
]


@pytest.mark.parametrize(("state", "more", "status", "conclusion", "title"), LOCKS)
def test_each_state_of_a_lock_request_has_its_run(state, more, status, conclusion, title):
    records = Records(requests=(request(state=state, **more),))
    found = one(targets(world(records=records), plan()), "stagelock / lock / e2e-env")

    assert (found.draft.status, found.draft.conclusion) == (status, conclusion)
    assert found.draft.title == title
    assert [b.identifier for b in found.draft.buttons] == ["release"] * (state == "suspect")


def test_the_queue_says_place_holder_and_since():
    rows = (
        request(1, stage="api-e2e", state="held", granted_at=AT, freight=freight(2)),
        request(2, stage="x", freight=freight(3)),
        request(3),
    )
    found = one(
        targets(world(records=Records(requests=rows)), plan()), "stagelock / lock / e2e-env"
    )

    assert found.draft.title == "2nd of 2, held by api-e2e since 14:02 UTC"
    assert "| held | `acme/api api-e2e` |" in found.draft.summary


def test_who_waits_for_a_suspect_lock_reads_what_frees_it():
    rows = (
        request(1, stage="api-e2e", state="suspect", granted_at=AT, freight=freight(2)),
        request(3),
    )
    found = targets(world(records=Records(requests=rows)), plan())
    waits = next(t for t in found if t.draft.status == "queued")

    assert waits.draft.title == "blocked: e2e-env is suspect; a maintainer must press Release"
    assert "nothing needs to be done" not in waits.draft.summary
    assert waits.state.endswith(":blocked")


def test_a_release_by_somebody_who_may_not_is_answered_on_the_run():
    refused = request(1, state="suspect", granted_at=AT, refused_by="bob", refused_role="write")
    records = Records(requests=(refused,))
    found = one(targets(world(records=records), plan()), "stagelock / lock / e2e-env")

    assert "`@bob` pressed Release, which needs *maintain*" in found.draft.summary
    assert "has *write*" in found.draft.summary
    assert [b.identifier for b in found.draft.buttons] == ["release"]


def test_the_lock_run_is_also_on_the_commit_that_landed():
    rows = Records(
        promotions=(promotion(stage="e2e", landed=sha(50)),),
        requests=(request(state="held", granted_at=AT),),
    )
    found = targets(world(records=rows), plan())

    assert {s for n, s in shown(found) if "lock" in n} == {sha(1), sha(50)}


def test_two_stages_of_one_freight_share_one_run_until_the_last_has_ended():
    """It speaks of the request nearest to the front."""
    done = request(1, stage="a", state="released", granted_at=AT, ended_at=AT)
    queued = request(2, stage="b")

    def status(*rows):
        found = targets(world(records=Records(requests=rows)), plan())
        return [(t.draft.status, t.draft.title) for t in found]

    held = replace(done, state="held", ended_at=None)
    assert status(held, queued) == [("in_progress", "held for a since 14:02 UTC")]
    assert status(done, queued) == [("queued", "1st of 1")]
    over = replace(queued, state="cancelled", ended_at=AT + timedelta(minutes=1))
    assert status(done, over) == [("completed", "cancelled before its turn came")]


def test_requests_of_other_repositories_get_no_run_here():
    rows = Records(requests=(replace(request(state="held"), repo_id=8),))

    assert targets(world(records=rows), plan()) == ()


def proposal(**more):
    return Proposal(**{"number": 4, "head": sha(60), "base": "main", "warehouses": (), **more})


def planned(**more):
    return one(targets(world(proposals=(proposal(**more),)), plan()), "stagelock / plan", 60).draft


def test_a_proposal_that_touches_nothing_may_be_merged():
    found = planned(ignored=(("docs/a.md", "**/*.md"),))

    assert (found.conclusion, found.title) == ("success", "touches no stage")
    assert "| `docs/a.md` | `**/*.md` |" in found.summary


def test_a_proposal_names_the_stages_that_would_receive_freight():
    found = planned(warehouses=("web",))

    assert (found.conclusion, found.title) == ("success", "feeds dev; then e2e, prod")
    assert "once `build` passed there" in found.summary
    assert "| `e2e` | once verified in `dev` | by itself |" in found.summary


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
    found = one(
        targets(
            world(proposals=(proposal(changes_config=True, config_problems=(wrong,)),)), plan()
        ),
        "stagelock / config",
        60,
    ).draft

    assert found.conclusion == "failure"
    assert found.title == "1 problem, line 7: unknown key `need`: did you mean `needs`?"
    (note,) = found.annotations
    assert (note.path, note.line, note.column) == ("stagelock.yaml", 7, 3)


def test_an_invalid_file_fails_on_the_commit_that_changed_it_and_says_what_counts():
    wrong = Problem("unknown stage `e3e`", "unknown-stage", Mark(9, 12))
    config = ConfigState("invalid", sha(70), sha(69), pipeline(), (wrong,))
    found = one(targets(snapshot(config=config), plan()), "stagelock / config", 70).draft

    assert found.conclusion == "failure"
    assert "newest valid version stays in force" in found.summary


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
    waiting = HeadVerdict("prod", 4, sha(80), ready=False, verdict=row)
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
    head = HeadVerdict("prod", 4, sha(80), ready=False, verdict=row)
    found = one(targets(world(), plan(heads=(head,))), "stagelock / plan", 80).draft
    said = re.findall(r"/promote prod ?[0-9a-f]*", f"{found.title}\n{found.summary}")
    assert said
    assert set(said) == {f"/promote prod {row.freight.sha[:12]}"}


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
    found = planned(ignored=(("a|b `c`", "x"),))

    (row,) = [line for line in found.summary.splitlines() if "a\\|b" in line]
    assert row in {"| ``a\\|b `c` `` | `x` |", "| `` a\\|b `c` `` | `x` |"}


def test_a_timeout_is_that_of_the_pipeline_the_promotion_runs_under():
    """An edit of the file binds the next promotion, not the one that is being verified."""
    row = promotion(landed=sha(50), landed_at=AT)
    then = pipeline(dev={"timeout": timedelta(minutes=45)})
    found = targets(
        world(pipelines={CONFIG: then}), plan(verdict("verifying", Reason.VERIFYING, promotion=row))
    )

    assert "Undecided at 2026-11-23 14:47 UTC" in one(found, "stagelock / dev").draft.summary
