"""What our lock requests have at external services, on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.model.service_claims import ServiceClaim
from app.errors import Conflict
from tests.contracts.desk import LATER, Desk
from tests.contracts.facts import AT, LEASE, claimed


@pytest.fixture
def desk(store):
    return Desk(store)


def wanted(request: int = 5, resource: str = "e2e", owner: str = "stagelock-5-a") -> ServiceClaim:
    return ServiceClaim(0, 7, request, AT, "mutex", resource, owner, "a" * 32, "asking", AT)


def test_the_row_of_a_lock_is_made_once_and_found_again_whoever_asks(desk):
    rows = desk.store.service_claims
    first = rows.begin(desk.claim, wanted())
    again = rows.begin(desk.claim, wanted(owner="stagelock-5-b"))
    other = rows.begin(desk.claim, wanted(resource="db"))

    assert (again, first.id != other.id) == (first, True)
    assert desk.store.history.load(7).claims == (first, other)
    assert desk.store.history.load(8).claims == ()


def test_it_is_kept_as_it_is_saved_until_it_is_forgotten(desk):
    rows = desk.store.service_claims
    row = rows.begin(desk.claim, wanted())
    changed = replace(row, state="held", until=LATER, doubt=True, tried_at=AT, holder="x", misses=3)
    rows.save(desk.claim, changed)
    assert rows.find(row.id) == changed
    rows.forget(desk.claim, row.id)
    rows.forget(desk.claim, row.id)
    assert rows.find(row.id) is None
    assert desk.store.history.load(7).claims == ()


def test_what_is_on_its_way_back_is_no_row_to_ask_by(desk):
    rows = desk.store.service_claims
    before = rows.begin(desk.claim, wanted())
    rows.save(desk.claim, replace(before, state="ending"))
    anew = rows.begin(desk.claim, wanted(owner="stagelock-5-b"))
    assert (anew.id != before.id, anew.owner) == (True, "stagelock-5-b")


def test_a_renewal_changes_only_what_is_as_it_was(desk):
    """Renewals are another's work than looks: what a look has stored meanwhile stays."""
    rows = desk.store.service_claims
    row = rows.begin(desk.claim, wanted())
    held = replace(row, state="held", next_at=LATER)
    rows.save(desk.claim, held)
    mine = claimed(desk.store, "services-7", "another")
    rows.renewed(mine, row, replace(row, state="held", holder="x"))
    assert rows.of(7) == (held,)
    rows.renewed(mine, held, replace(held, until=LATER))
    assert rows.of(7) == (replace(held, until=LATER),)


def test_a_lost_lock_makes_its_repository_be_looked_at(desk):
    rows = desk.store.service_claims
    row = rows.begin(desk.claim, wanted())
    rows.save(desk.claim, replace(row, state="held"))
    desk.store.work.finish(desk.claim, None)
    mine = claimed(desk.store, "services-7", "another")
    held = replace(row, state="held")
    rows.renewed(mine, held, replace(held, state="lost"))
    found = desk.store.work.claim("worker", LEASE)
    assert found is not None
    assert found.key == "repo-7"


def test_an_outdated_worker_writes_nothing(desk):
    rows = desk.store.service_claims
    row = rows.begin(desk.claim, wanted())
    late = replace(desk.claim, fence=desk.claim.fence - 1)
    for write in (
        lambda: rows.begin(late, wanted(6)),
        lambda: rows.save(late, replace(row, state="held")),
        lambda: rows.forget(late, row.id),
    ):
        with pytest.raises(Conflict):
            write()
    assert desk.store.history.load(7).claims == (row,)


def test_what_is_held_outside_passes_with_the_grant(desk):
    """rule L44: a rollback inherits the lock there, too, under the owner that the service knows."""
    held = desk.grant(desk.ask("a", "e2e", "db"))
    rows = desk.store.service_claims
    row = rows.begin(desk.claim, replace(wanted(held.id), since=held.requested_at))
    rows.save(desk.claim, replace(row, state="held"))

    heir = desk.take_over(held)
    [passed] = desk.store.history.load(7).claims
    assert (passed.request, passed.since) == (heir.id, heir.requested_at)
    assert (passed.owner, passed.state) == (row.owner, "held")
