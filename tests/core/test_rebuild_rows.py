"""Records made anew: what is believed, what a run tells of an end, what may still run."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model.check_names import external_id, read_external_id
from app.core.model.facts import Commit
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import LockRequest
from app.core.model.names import GroupName, StageName
from app.core.model.promotion_ids import attempt_of, promotion_id
from app.core.rebuild import Head, Seen, read_trailers
from app.core.rebuild.found import vouches
from app.core.text.commit_messages import commit_message, pull_body, started_by
from tests.core.rebuilding import BEGINNING, E2E, LOCK, PIPELINE, landing, pid, rebuilt, run, said
from tests.core.saying import AT, LAW, NASTY, REPO, freight, promotion, sha
from tests.core.world import a_pipeline

# --- what is read -----------------------------------------------------------------------------


@LAW
@given(st.sampled_from([E2E, LOCK, "stagelock / plan"]), st.integers(1, 10**8), st.booleans())
def test_an_external_id_is_read_as_it_was_written(name, serial, about):
    key = external_id(name, pid() if about else "", serial)
    assert read_external_id(name, key) == (pid() if about else "", serial)
    assert read_external_id("stagelock / other", key) is None


@LAW
@given(NASTY)
def test_no_other_text_is_an_external_id(text):
    found = read_external_id(E2E, text)
    assert found is None or external_id(E2E, *found) == text or text.startswith("e2e:")


def test_a_commits_trailers_are_read_and_bound_to_their_freight():
    row = promotion(pid("e2e", 1, 3), stage="e2e")
    env = GroupName("e2e-env")
    text = commit_message(row, (), {env: 17}, "main", {env: ("e2e-1",)})

    assert read_trailers(REPO.id, text) == said("e2e", 1, 3, **{"e2e-env": 17})
    assert read_trailers(REPO.id + 1, text) is None
    for old, new in ((str(freight(1)), str(freight(2))), ("Stage: e2e", "Stage: prod")):
        assert read_trailers(REPO.id, text.replace(old, new)) is None
    assert read_trailers(REPO.id, "Fix it\n\nNothing of ours") is None
    odd = read_trailers(REPO.id, text.replace("=17", "=-4"))
    assert odd is not None
    assert odd.tokens == {}


@LAW
@given(NASTY)
def test_reading_trailers_never_fails(text):
    assert read_trailers(7, text) is None


def test_an_attempt_is_found_by_its_id_alone():
    assert (
        attempt_of(
            7, StageName("dev"), freight(1), promotion_id(7, StageName("dev"), freight(1), 12)
        )
        == 12
    )
    assert attempt_of(7, StageName("dev"), freight(1), "nonsense") is None


@pytest.mark.parametrize("attempt", [1, 199, 200, 201, 202, 5_000, 123_456_789])
def test_an_attempt_is_found_by_its_id_however_many_there_were(attempt):
    made = promotion_id(7, StageName("dev"), freight(1), attempt)

    assert attempt_of(7, StageName("dev"), freight(1), made) == attempt
    assert attempt_of(7, StageName("e2e"), freight(1), made) is None
    assert read_external_id("stagelock / dev", external_id("stagelock / dev", made, 3)) == (made, 3)


@pytest.mark.parametrize("number", ["0", "-1", "7", "0201", "201x", "", "9" * 10_000])
def test_an_id_that_claims_an_attempt_that_it_is_not_is_not_believed(number):
    made = promotion_id(7, StageName("dev"), freight(1), 201).partition("-")[0]

    assert attempt_of(7, StageName("dev"), freight(1), f"{made}-{number}") is None


@pytest.mark.parametrize("login", ["alice", "a-b-9", "octo_acme"])
def test_who_started_a_pull_request_is_read_from_its_text(login):
    row = promotion(stage="prod", started_by=login)
    assert started_by(pull_body(row, PIPELINE.stages["prod"], ())) == login
    assert started_by(pull_body(replace(row, started_by=""), PIPELINE.stages["prod"], ())) == ""


def test_only_a_run_of_that_name_with_that_id_vouches():
    assert vouches([run(1, E2E, pid())], E2E, pid())
    assert not vouches([run(1, E2E, pid("e2e", 2))], E2E, pid())
    assert not vouches([run(1, "stagelock / dev", pid())], E2E, pid())
    assert not vouches([replace(run(1, E2E, pid()), external_id=f"x:{pid()}:1")], E2E, pid())


# --- promotions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conclusion", "title", "end"),
    [
        ("success", "verified", ("verified", "verified", "")),
        ("failure", "failed: e2e", ("failed", "check-failed", "e2e")),
        ("failure", "failed: e2e unfinished at the timeout", ("failed", "check-unfinished", "e2e")),
        (
            "failure",
            "failed: no check named e2e started on 4f2a91c",
            ("failed", "check-missing", "no check named e2e started on 4f2a91c"),
        ),
        ("failure", "revoked: e2e failed at 14:02 UTC on re-run", ("failed", "revoked", "e2e")),
        ("failure", "something of old", ("failed", "rebuilt", "something of old")),
        (
            "cancelled",
            "cancelled: e2e was removed",
            ("cancelled", "rebuilt", "cancelled: e2e was removed"),
        ),
        ("skipped", "superseded by x", ("superseded", "rebuilt", "superseded by x")),
        (None, "verifying", ("verifying", "verifying", "")),
    ],
)
def test_a_landing_ended_as_its_run_says(conclusion, title, end):
    made = rebuilt(landing(runs=[run(1, E2E, pid(), conclusion, title)]))
    [row] = made.promotions
    assert (row.state, str(row.reason), row.detail) == end
    assert (row.id, row.landed, row.landed_at, row.attempt) == (pid(), sha(1001), AT, 1)
    assert (row.revoked_at is not None) == (end[1] == "revoked")
    assert row.ended == (conclusion is not None)


def test_a_retry_on_what_landed_is_an_attempt_of_its_own():
    again = run(2, E2E, pid(attempt=2), "success", serial=2, started_at=AT + timedelta(minutes=9))
    rows = rebuilt(landing(runs=[run(1, E2E, pid(), "failure", "failed: e2e"), again])).promotions
    assert [(p.attempt, p.state, p.landed) for p in rows] == [
        (1, "failed", sha(1001)),
        (2, "verified", sha(1001)),
    ]


def test_what_the_line_says_came_later_landed_later():
    """Whatever the clocks behind its commits say."""
    made = rebuilt(landing(number=1, minutes=9), landing(number=2, minutes=3))
    assert [p.freight for p in made.promotions] == [freight(1), freight(2)]
    first, second = made.promotions
    assert second.landed_at >= first.landed_at


def test_one_promotion_of_a_stage_is_under_way():
    made = rebuilt(landing(number=1), landing(number=2, minutes=5))
    assert [p.state for p in made.promotions] == ["superseded", "verifying"]


def test_what_never_landed_keeps_its_end_and_what_had_none_is_planned_anew():
    seen = Seen(
        freight(1),
        (
            run(1, "stagelock / dev", pid("dev"), "failure", "failed: refused by a branch rule"),
            run(2, E2E, pid("e2e")),
            run(3, "stagelock / prod", "", "neutral", "ready for prod: /promote prod"),
        ),
    )
    made = rebuilt(seen=[seen])
    [row] = made.promotions
    assert (row.stage, row.state, row.detail) == (
        "dev",
        "failed",
        "failed: refused by a branch rule",
    )
    assert [f.id for f in made.freights] == [freight(1)]


def test_an_open_pull_request_is_in_review_by_whom_it_names():
    commit = Commit(sha(50), (sha(49),), sha(51), "Promote", (), AT)
    head = Head(said("prod"), 12, commit, (("stages/prod", "x"),), started_by="bob")
    [row] = rebuilt(heads=[head]).promotions
    assert (row.state, row.pull, row.head, row.started_by) == ("in-review", 12, sha(50), "bob")
    [row] = rebuilt(heads=[replace(head, started_by="")]).promotions
    assert row.started_by == "ghost"


def test_every_automatic_stage_is_held():
    made = rebuilt()
    assert [(h.stage, h.reason, h.by) for h in made.holds] == [
        ("dev", "rebuilt, please confirm", ""),
        ("e2e", "rebuilt, please confirm", ""),
    ]


def test_every_run_of_ours_is_taken_over_once():
    runs = [
        run(1, E2E, pid(), "failure", serial=1),
        run(2, E2E, pid(attempt=2), serial=2),
        run(3, E2E, pid(attempt=2), serial=2),
        replace(run(4, E2E, pid()), external_id="of another make"),
        run(5, "stagelock / prod", "", "neutral"),
    ]
    found = rebuilt(more={sha(1): runs}).runs
    assert [(r.name, r.serial, r.run_id, r.status, r.ready) for r in found] == [
        (E2E, 1, 1, "completed", True),
        (E2E, 2, 3, "in_progress", False),
        ("stagelock / prod", 1, 5, "completed", True),
    ]


# --- locks ------------------------------------------------------------------------------------


def test_counters_start_above_everything_seen():
    held = run(9, LOCK, pid(), None, "held for e2e since 14:05 UTC, token 23")
    odd = run(8, LOCK, pid(), "cancelled", "forced by @x: because of token 99999")
    cases: list[tuple[dict, int]] = [
        ({}, 100),
        ({"landings": [landing(tokens={"e2e-env": 17})]}, 117),
        ({"landings": [landing(tokens={"e2e-env": 17})], "more": {sha(1): [held, odd]}}, 123),
        ({"landings": [landing(tokens={"e2e-env": 17})], "tokens": {"e2e-env": 31}}, 131),
        ({"tokens": {"e2e-env": 10**17, "unknown": 4}}, 100),
    ]
    for given_, expected in cases:
        landings = given_.pop("landings", [])
        assert rebuilt(*landings, **given_, now=BEGINNING).counters == {"e2e-env": expected}


def test_what_may_still_run_keeps_its_lock_as_a_suspect():
    made = rebuilt(landing(runs=[run(1, E2E, pid())], tokens={"e2e-env": 17}))
    [grant] = made.requests
    assert (grant.state, grant.reason, grant.promotion) == ("suspect", LockReason.UNPROBED, pid())
    assert (dict(grant.tokens), grant.groups) == ({"e2e-env": 17}, ("e2e-env",))


@pytest.mark.parametrize(
    ("conclusion", "title"), [("success", "verified"), ("failure", "failed: e2e")]
)
def test_what_has_ended_keeps_its_lock_only_while_a_check_runs(conclusion, title):
    over = landing(runs=[run(1, E2E, pid(), conclusion, title)])
    assert rebuilt(over).requests == ()
    [grant] = rebuilt(over, running=[("e2e", sha(1001))]).requests
    assert grant.promotion == pid()


def test_a_pull_request_that_might_have_been_merged_keeps_its_grant():
    commit = Commit(sha(50), (sha(49),), sha(51), "Promote", (), AT)
    head = Head(said("prod"), 12, commit, (("stages/prod", "x"),))
    held = run(3, LOCK, pid("prod"), None, "held for prod since 14:05 UTC, token 23")
    [grant] = rebuilt(heads=[head], more={freight(1).sha: [held]}).requests
    assert (grant.stage, dict(grant.tokens)) == ("prod", {"e2e-env": 23})
    queued = replace(held, status="queued", title="2nd of 3")
    assert rebuilt(heads=[head], more={freight(1).sha: [queued]}).requests == ()


# --- and then ---------------------------------------------------------------------------------

LOCKED = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  one: {path: stages/one, lock: floor, verify: {checks: [one]}}
  two: {path: stages/two, lock: floor, verify: {checks: [two]}, via: pull-request}
locks: {floor: {permits: 1, max-hold: 2h}}
"""


def suspected(stage):
    """A world in which the newest grant of *stage* is suspect since a rebuild."""
    world = a_pipeline(LOCKED)
    world.push({"apps/web/x": "1"})
    world.settle()
    if stage == "two":
        world.check(world.last("one").landed, "one")
        world.settle()
    number, row = next((n, r) for n, r in world.requests.items() if r.state == "held")
    assert isinstance(row, LockRequest)
    assert row.stage == stage
    world.requests[number] = replace(
        row, state="suspect", reason=LockReason.UNPROBED, suspect_at=world.now
    )
    return world, number


def test_a_suspect_is_held_again_once_its_job_is_seen_running():
    world, number = suspected("one")
    world.settle()
    assert world.requests[number].state == "suspect", "no job is seen, none has ended"
    world.check(world.last("one").landed, "one", None)
    world.settle()
    assert world.requests[number].state == "held"
    world.conclude(world.last("one").landed, "one", "success")
    world.settle()
    assert world.requests[number].state == "released"


def test_a_suspect_whose_job_has_ended_is_free_and_one_held_too_long_stays():
    world, number = suspected("one")
    world.check(world.last("one").landed, "one", "failure")
    world.settle()
    assert world.requests[number].state == "released"
    world, number = suspected("one")
    world.check(world.last("one").landed, "one", None)
    world.now += timedelta(hours=2)
    world.settle()
    assert world.requests[number].state == "suspect"


def test_a_suspect_grant_of_an_open_pull_request_is_given_back_and_asked_for_again():
    world, number = suspected("two")
    world.settle()
    assert world.requests[number].state == "released"
    assert [r.state for r in world.requests.values() if r.stage == "two"][-1] == "held"


def test_a_suspect_grant_of_a_merged_pull_request_goes_on_blocking():
    world, number = suspected("two")
    world.merge("two")
    world.settle()
    assert world.last("two").state == "verifying"
    assert world.requests[number].state == "suspect"
    assert len([r for r in world.requests.values() if r.state in ("held", "suspect")]) == 1
