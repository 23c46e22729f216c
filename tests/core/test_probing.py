"""The probe: what a workflow run says of a suspect grant of its job, from the contract's words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.model.deployments import WorkflowRun
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import DirectRequest
from app.core.model.names import GroupName
from app.core.model.questions import Unanswered
from app.core.model.run_questions import ProbeQuestion
from app.core.planning.actions import EndRequest, Suspect
from app.core.planning.direct_locks import settle_direct
from app.core.state.ledger import Ledger
from tests.core.locking import TWO
from tests.core.world import a_pipeline

RUN, ELSEWHERE = 7, 4242
MINUTE = timedelta(minutes=1)
GONE = WorkflowRun(RUN, gone=True)


def grant(snapshot, **more) -> DirectRequest:
    """A grant of attempt 2 of run 7 that was not renewed in time."""
    one = DirectRequest(
        1,
        snapshot.repo.id,
        "acme/shop",
        "client",
        f"run:{ELSEWHERE}/{RUN}/2",
        (GroupName("one"),),
        1,
        "suspect",
        snapshot.now - 10 * MINUTE,
        5 * MINUTE,
        owner="e2e",
        read_at=snapshot.now - 10 * MINUTE,
        granted_at=snapshot.now - 10 * MINUTE,
        expires_at=snapshot.now - 5 * MINUTE,
        suspect_at=snapshot.now - 5 * MINUTE,
        reason=LockReason.LAPSED,
    )
    return replace(one, **more)


def settled(run=None, unanswered=None, **more):
    """The plan for that grant where GitHub says *run* of its run, and what is asked."""
    world = a_pipeline(TWO % ("one", "", "one"))
    snapshot, _ = world.look()
    request = grant(snapshot, **more)
    if run is not None:
        snapshot = replace(snapshot, probed={(ELSEWHERE, RUN): run})
    if unanswered is not None:
        found = unanswered(snapshot.now)
        snapshot = replace(snapshot, unanswered={ProbeQuestion(ELSEWHERE, RUN): found})
    ledger = Ledger(
        replace(snapshot, records=replace(snapshot.records, direct=(request,))),
        world.pipeline,
    )
    return settle_direct(ledger), ledger


RELEASED = (EndRequest(1, "released", LockReason.RUN_ENDED),)


@pytest.mark.parametrize(
    ("run", "actions"),
    [
        pytest.param(WorkflowRun(RUN, 2, "completed"), RELEASED, id="its attempt has ended"),
        pytest.param(WorkflowRun(RUN, 3, "in_progress"), RELEASED, id="a later attempt runs"),
        pytest.param(WorkflowRun(RUN, 2, "in_progress"), (), id="it goes on"),
        pytest.param(WorkflowRun(RUN, 2, "queued"), (), id="it waits"),
        pytest.param(WorkflowRun(RUN, 2, ""), (), id="nothing is said of it"),
        pytest.param(
            WorkflowRun(RUN, 1, "completed"), (), id="what is said is older than the token"
        ),
        pytest.param(GONE, (Suspect(1, LockReason.RUN_GONE),), id="gone at the first look"),
    ],
)
def test_the_end_of_the_attempt_and_nothing_less_releases_a_suspect_grant(run, actions):
    assert settled(run)[0].actions == actions


@pytest.mark.parametrize(("since", "actions"), [(MINUTE, RELEASED), (MINUTE / 2, ())])
def test_a_run_that_is_gone_in_two_looks_a_minute_apart_releases_it(since, actions):
    world, _ = a_pipeline(TWO % ("one", "", "one")).look()
    found, _ = settled(GONE, reason=LockReason.RUN_GONE, suspect_at=world.now - since)
    assert found.actions == actions


def test_a_run_that_is_there_again_keeps_it_suspect_and_takes_two_looks_more():
    found, _ = settled(WorkflowRun(RUN, 2, "in_progress"), reason=LockReason.RUN_GONE)
    assert found.actions == (Suspect(1, LockReason.LAPSED),)


def test_a_run_is_asked_by_the_number_of_its_own_repository_and_looked_at_each_minute():
    found, ledger = settled()
    assert ledger.questions == {ProbeQuestion(ELSEWHERE, RUN)}
    assert found.wakes == (ledger.snapshot.now + MINUTE,)


def test_what_cannot_be_asked_stays_suspect_and_holds_up_nobody_else():
    def silent(now):
        return Unanswered("cannot", "GitHub cannot be asked", now, now + MINUTE)

    assert settled(unanswered=silent)[0].actions == ()


@pytest.mark.parametrize(
    "more",
    [
        {"state": "queued", "expires_at": None},
        {"state": "held", "expires_at": None},
        {"asker": "ci"},
        {"kind": "person"},
    ],
)
def test_only_suspect_grants_of_jobs_are_probed(more):
    found, ledger = settled(**more)
    assert ledger.questions == set()
    assert not any(isinstance(action, EndRequest) for action in found.actions)
