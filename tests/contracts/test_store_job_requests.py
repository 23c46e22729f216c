"""Jobs that ask with GitHub's token, and their parts in grants of stages, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.locks.quota import OverQuota, Quota
from app.core.model.ci_jobs import CiJob, JobRequest, RunAttempt
from app.core.model.group_names import of_organization
from app.core.model.lock_requests import DirectRequest
from app.core.model.names import GroupName, Sha
from app.errors import Conflict
from tests.contracts.desk import LATER
from tests.contracts.facts import client

NONE = Quota()
RUN = RunAttempt(7, 5, 1)
SHA = "4f" * 20
TOKEN = CiJob(RUN, 3, "refs/heads/main", Sha(SHA), job=11)
TWO = {"e2e": 2}


@pytest.fixture
def direct(store):
    return store.direct_locks


@pytest.fixture
def asks(store):
    return store.job_requests


def ask(direct, owner="job-1", job=TOKEN):
    return direct.ask(replace(client(owner), asker=str(job.attempt)), NONE, job=job)


def known(store, repo=7):
    return store.history.load(repo).job_requests


def test_what_the_token_said_is_kept_until_the_request_ends(desk, store, direct):
    asked = ask(direct)
    assert known(store) == (JobRequest(asked.id, RUN, GroupName("e2e"), Sha(SHA), 11, judged=True),)
    direct.release(asked.id, None, LATER)
    assert known(store) == ()


def test_while_it_is_not_judged_it_gets_no_permit_of_its_own(desk, store, direct, asks):
    desk.grant(desk.ask("a"))
    asked = ask(direct)
    assert [one.judged for one in known(store)] == [False]
    assert direct.take(asked.id, TWO, LATER).state == "queued"
    asks.alone(desk.claim, asked.id)
    assert direct.take(asked.id, TWO, LATER).state == "held"


def test_one_share_counts_what_two_repositories_keep_in_a_group_of_the_organisation(direct):
    """rules L7, L69: people's requests are kept by their own repository, jobs' by `.github` (9)."""
    group, run = of_organization(5, "e2e"), RunAttempt(7, 5, 1)
    job = CiJob(run, 3, "refs/pull/4/merge", Sha("4f" * 20))

    def of_person(number):
        asker = {"kind": "person", "asker": f"user-{number}", "asker_id": number, "owner": ""}
        return direct.ask(replace(client(), groups=(group,), pull=4, **asker), Quota(pull=2))

    def of_job(number, run=run):
        asked = replace(client(f"job-{number}"), groups=(group,), repo_id=9, pull=4)
        return direct.ask(
            replace(asked, asker=str(run)), Quota(pull=2), job=replace(job, attempt=run)
        )

    assert isinstance(of_person(1), DirectRequest)
    assert isinstance(of_job(1), DirectRequest)
    assert of_person(2) == OverQuota("pull", 2)
    assert of_job(2) == OverQuota("pull", 2)
    assert isinstance(of_job(3, RunAttempt(8, 6, 1)), DirectRequest), "another repository's pull 4"


def test_a_stored_token_is_not_judged_by_anything(desk, store, direct):
    desk.grant(desk.ask("a"))
    asked = direct.ask(client(), NONE)
    assert known(store) == ()
    assert direct.take(asked.id, TWO, LATER).state == "held"


def test_a_part_takes_nothing_and_shows_the_grants_token(desk, store, direct, asks):
    grant = desk.grant(desk.ask("a"))
    asked, behind = ask(direct), direct.ask(client("behind"), NONE)
    asks.join(desk.claim, asked.id, grant.id, LATER)

    assert asks.grant(asked.id) == grant
    part = direct.find(asked.id)
    assert (part.state, part.tokens) == ("released", grant.tokens)
    assert [one.id for one in direct.live(7, "e2e")] == [grant.id, behind.id]
    assert [one.joined for one in known(store)] == [grant.id]
    assert ask(direct).id == asked.id
    assert direct.take(behind.id, TWO, LATER).state == "held"


def test_a_part_that_is_given_back_leaves_the_grant(desk, store, direct, asks):
    grant = desk.grant(desk.ask("a"))
    asked = ask(direct)
    asks.join(desk.claim, asked.id, grant.id, LATER)
    for _ in range(2):
        asks.end(None, asked.id, LATER)
    assert (asks.grant(asked.id), known(store)) == (None, ())
    assert direct.find(grant.id).state == "held"
    token = grant.tokens["e2e"]
    assert direct.release(asked.id, token, LATER).state == "released"
    with pytest.raises(Conflict):
        direct.renew(asked.id, token, LATER)
    assert ask(direct).id != asked.id


def test_a_grant_that_is_over_is_not_joined(desk, store, direct, asks):
    grant = desk.grant(desk.ask("a"))
    asked = ask(direct)
    desk.end(grant)
    with pytest.raises(Conflict):
        asks.join(desk.claim, asked.id, grant.id, LATER)
    assert direct.find(asked.id).state == "queued"


def test_who_was_granted_or_left_meanwhile_joins_nothing(desk, store, direct, asks):
    grant = desk.grant(desk.ask("a"))
    asked = ask(direct)
    direct.release(asked.id, None, LATER)
    asks.join(desk.claim, asked.id, grant.id, LATER)
    assert (asks.grant(asked.id), direct.find(asked.id).state) == (None, "cancelled")


def test_an_outdated_look_lets_nobody_join(desk, store, direct, asks):
    grant = desk.grant(desk.ask("a"))
    asked = ask(direct)
    outdated = replace(desk.claim, fence=desk.claim.fence - 1)
    for late in (lambda: asks.join(outdated, asked.id, grant.id, LATER),
                 lambda: asks.alone(outdated, asked.id),
                 lambda: asks.end(outdated, asked.id, LATER)):  # fmt: skip
        with pytest.raises(Conflict):
            late()
    assert [one.judged for one in known(store)] == [False]


def test_why_nobody_can_tell_is_kept_with_the_request_until_it_is_judged(desk, store, direct, asks):
    desk.grant(desk.ask("a"))
    asked = ask(direct)
    asks.doubt(desk.claim, asked.id, "part-unknown")
    assert [one.doubt for one in known(store)] == ["part-unknown"]
    assert direct.find(asked.id).reason == "part-unknown"
    assert direct.take(asked.id, TWO, LATER).state == "queued"
    asks.alone(desk.claim, asked.id)
    assert [one.doubt for one in known(store)] == [""]
    assert direct.find(asked.id).reason == ""
    asks.doubt(desk.claim, asked.id, "part-unknown")
    assert direct.find(asked.id).reason == ""


def test_an_outdated_look_doubts_nothing(desk, store, direct, asks):
    desk.grant(desk.ask("a"))
    asked = ask(direct)
    outdated = replace(desk.claim, fence=desk.claim.fence - 1)
    with pytest.raises(Conflict):
        asks.doubt(outdated, asked.id, "part-unknown")
    assert direct.find(asked.id).reason == ""


def at_the_door(direct, **more):
    door = replace(client("5/1"), kind="job", asker="E2E", ttl=timedelta(hours=2), **more)
    return direct.ask(door, NONE)


def test_what_a_job_was_let_in_under_is_joined_in_the_transaction_that_asks(
    desk, store, direct, asks
):
    inside = replace(TOKEN, environment="e2e")
    door, ahead = at_the_door(direct), direct.ask(client("ahead"), NONE)
    assert ask(direct, "early", inside).state == "queued"  # not let in yet: it has no part
    door = direct.take(door.id, {"e2e": 1}, LATER)

    full = Quota(0, 0, 0)
    part = direct.ask(replace(client("job-1"), asker=str(RUN)), full, job=inside)
    assert (part.state, part.tokens) == ("released", door.tokens)
    assert asks.grant(part.id) == door
    assert ask(direct, job=inside).id == part.id
    assert ask(direct, "other", replace(TOKEN, environment="prod")).state == "queued"
    assert direct.find(ahead.id).state == "queued"

    asks.end(None, part.id, LATER)
    assert direct.find(door.id).state == "held"
