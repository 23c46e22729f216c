"""Locks of people and clients, beside those of stages, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.locks.quota import OverQuota, Quota
from app.core.model.comments import CommandRecord
from app.core.model.lock_requests import DirectRequest
from app.errors import Conflict, Missing
from tests.contracts.desk import LATER, ONE
from tests.contracts.facts import AT, MINUTE, claimed, client

HOUR = timedelta(hours=1)
NONE = Quota()


def person(asker="mia", *groups, **more):
    return DirectRequest(
        0,
        7,
        "acme/shop",
        "person",
        asker,
        groups or ("e2e",),
        0,
        "queued",
        AT,
        HOUR,
        **{"asker_id": sum(asker.encode()), **more},
    )


@pytest.fixture
def direct(store):
    return store.direct_locks


def grant(desk, request, at=LATER):
    return desk.locks.grant(desk.claim, request.id, ONE, at)


def noted(answer="done"):
    return CommandRecord("issue-1", 1, "issue", "/lock e2e", "mia", AT, parts=(answer,))


def test_people_clients_and_stages_wait_in_one_queue(desk, direct):
    stage, mia, job = desk.ask("a"), direct.ask(person(), NONE), direct.ask(client(), NONE)

    assert stage.seq < mia.seq < job.seq
    assert [one.name for one in direct.live(7)] == ["a", "@mia", "ci"]
    desk.grant(stage)
    with pytest.raises(Conflict, match="e2e is held by 1"):
        grant(desk, mia)
    with pytest.raises(Conflict):
        grant(desk, job)
    desk.end(stage)
    with pytest.raises(Conflict, match="1 request is before us in the queue of e2e"):
        grant(desk, job)
    assert grant(desk, mia).state == "held"


def test_what_is_stored_is_what_is_read(desk, direct):
    asked = direct.ask(person(purpose="the login: `x` is odd", pull=3), NONE)

    assert direct.find(asked.id) == asked
    assert desk.store.history.load(7).direct == (asked,)
    assert desk.store.history.load(7).requests == ()
    held = grant(desk, asked)
    assert (held.expires_at, held.granted_at) == (LATER + HOUR, LATER)
    assert direct.find(asked.id) == held
    assert direct.live(7, "e2e") == (held,)
    assert direct.live(7, "db") == ()
    assert direct.live(8) == ()


def test_a_stages_request_is_read_by_its_id_too_and_is_nobodys_to_renew(desk, direct):
    stage = desk.grant(desk.ask("a"))

    assert direct.find(stage.id) == stage
    assert direct.find(99) is None
    with pytest.raises(Missing):
        direct.renew(stage.id, 1, LATER)
    with pytest.raises(Missing):
        direct.release(stage.id, 1, LATER)
    with pytest.raises(Missing):
        direct.read(99, LATER)


def test_asking_again_gives_the_same_request_and_after_its_end_a_new_one(desk, direct):
    first = direct.ask(client(), NONE)

    assert direct.ask(client(), NONE).id == first.id
    assert direct.ask(client("job-2"), NONE).id != first.id
    held = grant(desk, first)
    again = direct.ask(replace(client(), requested_at=LATER), NONE)
    assert (again.id, again.tokens) == (first.id, held.tokens)
    direct.release(first.id, held.tokens["e2e"], LATER)
    assert direct.ask(client(), NONE).id > first.id


def test_the_same_owner_of_another_token_or_a_person_of_that_name_is_somebody_else(direct):
    first = direct.ask(client(), NONE)

    assert direct.ask(replace(client(), asker="other"), NONE).id != first.id
    assert direct.ask(person("ci"), NONE).id != first.id


def test_a_person_is_their_number_whatever_they_are_called(desk, direct):
    held = grant(desk, direct.ask(person("mia", asker_id=4), NONE))

    again = direct.ask(replace(person("mia-b", asker_id=4), requested_at=LATER), NONE)
    other = direct.ask(person("mia", asker_id=5), NONE)

    assert (again.id, again.asker, again.state) == (held.id, "mia-b", "held")
    assert (other.id > held.id, other.state) == (True, "queued")
    assert direct.asked(7, 4, "e2e", LATER).id == held.id
    assert direct.asked(7, 5, "e2e", LATER).id == other.id
    assert direct.asked(7, 6, "e2e", LATER) is None


def test_a_heartbeat_renews_and_an_outdated_token_is_refused(desk, direct):
    held = grant(desk, direct.ask(client(), NONE))

    again = direct.renew(held.id, 1, LATER + MINUTE)

    assert again.expires_at == LATER + 2 * MINUTE
    with pytest.raises(Conflict, match="outdated"):
        direct.renew(held.id, 2, LATER)


def test_tokens_rise_over_all_kinds_and_a_force_outdates(desk, direct):
    stage = desk.grant(desk.ask("a"))
    desk.end(stage)
    mia = grant(desk, direct.ask(person(), NONE))
    assert mia.tokens == {"e2e": 2}
    desk.end(mia, "forced", by="bob")

    job = grant(desk, direct.ask(client(), NONE))

    assert job.tokens == {"e2e": 4}
    forced = direct.find(mia.id)
    assert (forced.state, forced.ended_by, forced.reason) == ("forced", "bob", "why")
    desk.end(job, "forced")
    with pytest.raises(Conflict, match="forced"):
        direct.renew(job.id, 4, LATER)
    with pytest.raises(Conflict, match="forced"):
        direct.release(job.id, 4, LATER)


def test_leaving_the_queue_and_giving_back_are_repeatable(desk, direct):
    first, second = direct.ask(client(), NONE), direct.ask(person(), NONE)

    gone = direct.release(first.id, None, LATER)

    assert gone.state == "cancelled"
    assert direct.release(first.id, None, LATER + HOUR) == gone
    held = grant(desk, second)
    left = direct.leave(desk.claim, held.id, LATER, "mia")
    assert (left.state, left.ended_by) == ("released", "mia")
    assert direct.leave(desk.claim, held.id, LATER + HOUR, "bob") == left


def test_time_is_judged_in_the_transaction_by_what_is_so_then(desk, direct):
    """The client came back between the look and the act."""
    asked = direct.ask(client(), NONE)
    direct.read(asked.id, AT + timedelta(seconds=50))

    assert direct.lapse(desk.claim, asked.id, AT + MINUTE).state == "queued"
    assert direct.lapse(desk.claim, asked.id, AT + 2 * MINUTE).state == "cancelled"


def test_an_overdue_person_is_suspect_and_asking_again_holds(desk, direct):
    held = grant(desk, direct.ask(person(), NONE))

    late = direct.lapse(desk.claim, held.id, LATER + HOUR)

    assert (late.state, late.reason) == ("suspect", "overdue")
    assert direct.ask(replace(person(), requested_at=LATER + 2 * HOUR), NONE).state == "held"


def test_a_person_past_their_time_is_counted_as_overdue_not_as_suspect(desk, direct):
    held = grant(desk, direct.ask(person(), NONE))
    direct.lapse(desk.claim, held.id, LATER + HOUR)

    counted = {g.labels[0]: g.value for g in desk.store.gauges() if g.name == "lock_requests"}

    assert counted == {"queued": 0, "held": 0, "suspect": 0, "releasing": 0, "overdue": 1}


QUOTAS = [
    (Quota(repository=2), {}, OverQuota("repository", 2)),
    (Quota(pull=2), {"pull": 3}, OverQuota("pull", 2)),
    (Quota(token=2), {}, OverQuota("token", 2)),
]


@pytest.mark.parametrize(("quota", "more", "refused"), QUOTAS)
def test_one_more_than_the_quota_is_not_queued(direct, quota, more, refused):
    for owner in ("job-1", "job-2"):
        assert isinstance(direct.ask(client(owner, **more), quota), DirectRequest)

    assert direct.ask(client("job-3", **more), quota) == refused
    assert len(direct.live(7)) == 2
    assert isinstance(direct.ask(client("job-2", **more), quota), DirectRequest)


def test_a_tokens_quota_counts_its_requests_in_every_group_and_repository(direct):
    direct.ask(client("job-1", "db"), NONE)
    direct.ask(replace(client("job-2"), repo_id=8), NONE)

    assert direct.ask(client("job-3"), Quota(token=2)) == OverQuota("token", 2)


def generation(store, key="repo-7"):
    with store.database.read("look") as connection:
        rows = connection.exec_driver_sql("SELECT key, generation FROM work")
        return dict(tuple(row) for row in rows).get(key)


def test_a_grant_that_is_suspect_for_another_reason_is_so_from_then_on(store, desk, direct):
    held = grant(desk, direct.ask(client(), NONE))
    direct.read(held.id, LATER)
    direct.lapse(desk.claim, held.id, LATER + HOUR)

    for reason, at in (("run-gone", 2), ("run-gone", 3), ("lapsed", 4)):
        store.locks.suspect(desk.claim, held.id, reason, LATER + at * HOUR)
        found = direct.find(held.id)
        since = LATER + min(at, 2) * HOUR if reason == "run-gone" else LATER + at * HOUR
        assert (found.state, found.reason, found.suspect_at) == ("suspect", reason, since)
        assert found.tokens == held.tokens

    assert direct.renew(held.id, 1, LATER + 5 * HOUR).state == "held"
    desk.end(held, "released")
    with pytest.raises(Conflict):
        store.locks.suspect(desk.claim, held.id, "run-gone", LATER + 6 * HOUR)
    assert direct.find(held.id).state == "released"


CHANGES = {
    "ask": lambda desk, direct, held: direct.ask(client("job-9"), NONE),
    "release": lambda desk, direct, held: direct.release(held.id, 1, LATER),
    "leave": lambda desk, direct, held: direct.leave(desk.claim, held.id, LATER, "mia"),
    "force": lambda desk, direct, held: desk.end(held, "forced"),
    "suspect": lambda desk, direct, held: direct.lapse(desk.claim, held.id, LATER + HOUR),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_wakes_those_who_wait_in_its_own_transaction(store, desk, direct, change):
    held = grant(desk, direct.ask(client(), NONE))
    direct.read(held.id, LATER)
    desk.ask("a")
    before = generation(store)

    CHANGES[change](desk, direct, held)

    assert generation(store) > before


def test_what_concerns_only_its_client_wakes_nobody(store, desk, direct):
    held = grant(desk, direct.ask(client(), NONE))
    before = generation(store)

    direct.read(held.id, LATER)
    direct.renew(held.id, 1, LATER + timedelta(seconds=1))

    assert generation(store) == before


def test_a_time_that_ends_sooner_than_before_is_looked_at_again(store, desk, direct):
    held = grant(desk, direct.ask(person(), NONE))
    before = generation(store)

    again = direct.ask(replace(person(), requested_at=LATER, ttl=MINUTE), NONE)

    assert again.expires_at < held.expires_at
    assert generation(store) > before


def test_an_outdated_worker_asks_for_nobody(store, desk, direct):
    desk.store.work.take_over("worker")
    claimed(store, owner="another")

    with pytest.raises(Conflict):
        direct.ask(person(), NONE, claim=desk.claim, noted=noted())
    assert direct.live(7) == ()
    assert store.history.open_commands(7) == ()


def test_the_answer_is_stored_with_the_effect(store, desk, direct):
    held = grant(desk, direct.ask(person(), NONE, claim=desk.claim, noted=noted("queued")))
    assert store.history.open_commands(7)[0].parts == ("queued",)

    direct.leave(desk.claim, held.id, LATER, "mia", noted("left"))

    assert store.history.open_commands(7)[0].parts == ("left",)


def test_a_force_stores_its_answer_too(store, desk, direct):
    held = grant(desk, direct.ask(person(), NONE))

    desk.locks.end(desk.claim, held.id, "forced", "why", LATER, by="bob", noted=noted("forced"))

    assert store.history.open_commands(7)[0].parts == ("forced",)


def suspect_client(desk, direct):
    held = grant(desk, direct.ask(client(), NONE))
    direct.read(held.id, LATER)
    desk.locks.suspect(desk.claim, held.id, "lapsed", LATER + MINUTE)
    return held.id


def test_who_presses_on_a_suspect_client_is_remembered_until_it_is_suspect_anew(desk, direct):
    one = suspect_client(desk, direct)
    desk.locks.refuse(desk.claim, one, "bob", "write", "keep")
    desk.locks.probe(desk.claim, one, LATER, "eve", noted("probed"))
    pressed = direct.find(one)
    assert (pressed.refused_by, pressed.refused_role, pressed.refused_verb) == (
        "bob",
        "write",
        "keep",
    )
    assert (pressed.probed_by, pressed.probed_at, pressed.state) == ("eve", LATER, "suspect")
    desk.locks.suspect(desk.claim, one, "run-gone", LATER)
    assert direct.find(one).refused_by == "bob"

    desk.locks.revive(desk.claim, one, LATER, by="mia", noted=noted(), until=LATER + HOUR)
    desk.locks.refuse(desk.claim, one, "bob", "write", "release")
    desk.locks.suspect(desk.claim, one, "lapsed", LATER)
    assert (direct.find(one).refused_by, direct.find(one).probed_by) == ("", "")


def test_a_suspect_client_that_a_person_keeps_is_held_until_then(desk, direct):
    one = suspect_client(desk, direct)
    desk.locks.revive(desk.claim, one, LATER, by="mia", noted=noted("kept"), until=LATER + HOUR)
    kept = direct.find(one)
    assert (kept.state, kept.expires_at, kept.suspect_at) == ("held", LATER + HOUR, None)
    assert direct.lapse(desk.claim, one, LATER + HOUR).state == "suspect"
    desk.locks.end(desk.claim, one, "forced", "button", LATER, by="mia", noted=noted("freed"))
    desk.locks.revive(desk.claim, one, LATER, by="mia", noted=noted("kept"), until=LATER + HOUR)
    assert direct.find(one).state == "forced"
