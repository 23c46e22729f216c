"""What the runs of locks say, and where they stand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.checkruns import stuck_for, suspect_of, targets
from app.core.model.held_times import HeldTime
from app.core.model.lock_requests import DirectRequest, ForeignRequest
from app.core.model.names import GroupName
from app.core.model.records import Records
from tests.core.running import one, shown, world
from tests.core.saying import (
    AT,
    freight,
    plan,
    promotion,
    request,
    sha,
)

ENV, LOCK, DAY = GroupName("e2e-env"), "stagelock / lock / e2e-env", timedelta(days=1)
ELSEWHERE = ForeignRequest(1, 8, "client", "acme", "", "", (ENV,), 1, "suspect", AT)
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
    (
        "timed-out",
        {"ended_at": AT},
        "completed",
        "timed_out",
        "timed out: waited for longer than max-wait",
    ),
]


def test_a_locks_run_tells_programs_its_token_while_there_is_one():
    """rule N44: also where its title is cut, or names a permit behind the token."""
    for tokens, code in (({"e2e-env": 17}, "17"), ({}, ""), ({"other": 3}, "")):
        held = request(state="held", granted_at=AT, tokens=tokens, permits={"e2e-env": ("a",)})
        found = targets(world(records=Records(requests=(held,))), plan())
        assert one(found, "stagelock / lock / e2e-env").code == code


@pytest.mark.parametrize(("state", "more", "status", "conclusion", "title"), LOCKS)
def test_each_state_of_a_lock_request_has_its_run(state, more, status, conclusion, title):
    records = Records(requests=(request(state=state, **more),))
    found = one(targets(world(records=records), plan()), "stagelock / lock / e2e-env")

    assert (found.draft.status, found.draft.conclusion) == (status, conclusion)
    assert found.draft.title == title
    buttons = ["release", "keep", "probe"] if state == "suspect" else []
    assert [b.identifier for b in found.draft.buttons] == buttons


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


def a_job(number=1, **more):
    """What holds the group is no stage's."""
    run, token = "run:7/12/1", {ENV: 16 + number}
    one = DirectRequest(
        number, 7, "acme/api", "client", run, (ENV,), number, "suspect", AT, DAY, tokens=token
    )
    return replace(one, granted_at=AT, **more)


def waiting_for(*direct, **more):
    rows = Records(requests=(request(9, **more),), direct=direct)
    snapshot = replace(world(records=rows), permits={ENV: len(direct)})
    return one(targets(snapshot, plan()), LOCK), snapshot


def test_who_is_blocked_by_a_job_has_the_buttons_for_it_and_names_its_token():
    """rule L67"""
    asked, _ = waiting_for(a_job())
    assert (asked.draft.status, asked.draft.conclusion) == ("completed", "action_required")
    assert asked.draft.title == "blocked: e2e-env is suspect; a maintainer must press Release"
    assert [b.identifier for b in asked.draft.buttons] == ["release", "keep", "probe"]
    assert (asked.code, asked.offers) == ("17", True)
    stored, _ = waiting_for(a_job(asker="ci"))
    assert [b.identifier for b in stored.draft.buttons] == ["release", "keep"]


def test_who_waits_for_what_may_end_by_itself_has_no_buttons():
    asked, _ = waiting_for(a_job(state="held"))
    assert (asked.draft.status, asked.draft.buttons, asked.code) == ("queued", (), "")


def test_who_is_blocked_by_another_repositorys_job_can_have_it_freed_and_no_more():
    """rule L98: whether it still runs is known where it is."""
    asked, _ = waiting_for(a_job(told_as=replace(ELSEWHERE, tokens={ENV: 17})))
    assert (asked.draft.status, asked.draft.conclusion) == ("completed", "action_required")
    assert [b.identifier for b in asked.draft.buttons] == ["release"]
    assert (asked.code, asked.offers) == ("17", True)
    stage = replace(ELSEWHERE, kind="stage", tokens={ENV: 17})
    asked, _ = waiting_for(a_job(told_as=stage))
    assert (asked.draft.status, asked.draft.buttons, asked.code) == ("queued", (), "")


def test_what_frees_a_lock_whose_repository_is_left_alone_as_it_is_read():
    """rule L108: a stage's, too, whose own run nobody can bring up to date."""
    stage = replace(ELSEWHERE, kind="stage", tokens={ENV: 17}, alone=HeldTime(AT, None))
    asked, _ = waiting_for(a_job(told_as=stage))
    assert [b.identifier for b in asked.draft.buttons] == ["release"]
    assert (asked.code, asked.offers) == ("17", True)
    assert (
        "**To do:** it is another repository of acme, and Stagelock cannot look at that repository "
        "any more. Once the job of another repository of acme has ended, somebody with *maintain* "
        "in `acme/.github` comments `/unlock e2e-env#17 --force reason`, here or there."
    ) in asked.draft.summary


def test_a_click_means_the_suspect_grant_whose_token_the_run_of_who_waits_names():
    _, snapshot = waiting_for(a_job(1), a_job(2), promotion="p1")
    keys = (
        "lock/e2e-env:p1:1:17",
        "lock/e2e-env:p1:1:18",
        "lock/e2e-env:p1:1",
        "lock/e2e-env:p2:1:17",
    )
    meant = [stuck_for(LOCK, key, snapshot) for key in keys]
    assert [found.id if found else None for found in meant] == [1, None, None, None]


def test_who_pressed_in_vain_and_who_had_it_probed_is_told_on_the_run_of_who_waits():
    refused = a_job(refused_by="bob", refused_role="write", refused_verb="keep")
    asked, _ = waiting_for(refused)
    assert "`@bob` pressed Keep, which needs *maintain*" in asked.draft.summary
    plain, _ = waiting_for(a_job())
    assert asked.state != plain.state
    probed, _ = waiting_for(a_job(probed_by="bob", probed_at=AT))
    assert "Probed again for `@bob`" in probed.draft.summary


def test_a_release_by_somebody_who_may_not_is_answered_on_the_run():
    refused = request(1, state="suspect", granted_at=AT, refused_by="bob", refused_role="write")
    records = Records(requests=(refused,))
    found = one(targets(world(records=records), plan()), "stagelock / lock / e2e-env")

    assert "`@bob` pressed Release, which needs *maintain*" in found.draft.summary
    assert "has *write*" in found.draft.summary
    assert [b.identifier for b in found.draft.buttons] == ["release", "keep", "probe"]


def test_a_click_means_the_suspect_grant_that_its_run_spoke_of():
    """By the external id of the run as GitHub had it, whatever our record says by now."""
    name = "stagelock / lock / e2e-env"
    rows = (
        request(1, stage="a", state="held", granted_at=AT, promotion="p1"),
        request(2, stage="a", state="suspect", granted_at=AT, promotion="p1"),
        request(3, stage="b", state="suspect", granted_at=AT, promotion="p2"),
        request(4, stage="c", state="queued", promotion="p3"),
    )
    snapshot = world(records=Records(requests=rows))
    meant = {
        key: found.id if (found := suspect_of(name, key, snapshot)) else None
        for key in ("lock/e2e-env:p1:1", "lock/e2e-env:p2:4", "lock/e2e-env:p3:1", "e2e:p1:1", "")
    }

    assert meant == {
        "lock/e2e-env:p1:1": 2,
        "lock/e2e-env:p2:4": 3,
        "lock/e2e-env:p3:1": None,
        "e2e:p1:1": None,
        "": None,
    }
    assert suspect_of("stagelock / lock / other", "lock/other:p1:1", snapshot) is None


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
