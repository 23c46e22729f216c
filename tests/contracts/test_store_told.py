"""What the store was doing when its database failed, and why a request is where it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.model.lock_requests import LockRequest
from app.core.model.names import GroupName, PromotionId, StageName
from app.errors import Conflict, Transient
from tests.contracts.desk import LATER, ONE, Desk
from tests.contracts.facts import AT, claimed, freight
from tests.contracts.losing_tables import without

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(store):
    return Desk(store)


LOCKS = {
    "ask for a lock": lambda d, _: d.ask("b"),
    "take a lock": lambda d, _: d.ask("b", how="occupy"),
    "grant a lock": lambda d, r: d.grant(r),
    "take further locks": lambda d, r: d.locks.spread(d.claim, r.id, ("db",)),
    "queue again": lambda d, r: d.locks.requeue(d.claim, r.id, "why", LATER),
    "suspect a grant": lambda d, r: d.locks.suspect(d.claim, r.id, "why", LATER),
    "refuse a button": lambda d, r: d.locks.refuse(d.claim, r.id, "bob", "write", "keep"),
    "keep a grant": lambda d, r: d.locks.revive(d.claim, r.id, LATER),
    "end a lock request": lambda d, r: d.end(r),
}


@pytest.mark.parametrize("doing", LOCKS)
def test_a_failed_change_of_a_lock_says_what_it_was(store, desk, doing):
    request = desk.ask("a")
    with without(store, "lock_groups"), pytest.raises(Transient) as raised:
        LOCKS[doing](desk, request)
    assert raised.value.message.startswith(f"cannot {doing}: ")


WORK = {
    "mark work": lambda w, _: w.touch("repo-8"),
    "claim work": lambda w, _: w.claim("worker", MINUTE),
    "renew a lease": lambda w, c: w.renew(c, MINUTE),
    "read a lease": lambda w, c: w.remaining(c),
    "finish work": lambda w, c: w.finish(c, None),
    "take over work": lambda w, _: w.take_over("worker"),
    "bury a worker": lambda w, _: w.bury("worker", "why"),
    "read deaths": lambda w, _: w.deaths("repo-8"),
    "read rests": lambda w, _: w.resting(),
    "read due work": lambda w, _: w.due_for(),
    "read due work ": lambda w, _: w.due(),
}


@pytest.mark.parametrize("doing", WORK)
def test_a_failed_step_of_work_says_what_it_was(store, doing):
    claim = claimed(store)
    with without(store, "work"), pytest.raises(Transient) as raised:
        WORK[doing](store.work, claim)
    assert raised.value.message.startswith(f"cannot {doing.strip()}: ")


def test_a_failed_look_at_requests_says_so(store, desk):
    with without(store, "lock_requests"), pytest.raises(Transient) as raised:
        desk.ask("a")
    assert raised.value.message.startswith("cannot read lock requests: ")


class TestRefusals:
    """The words of a Conflict say how many are in the way, and name nobody: some may be private."""

    def refused(self, desk, request, permits=ONE):
        with pytest.raises(Conflict) as raised:
            desk.grant(request, permits)
        return raised.value.message

    def test_who_holds_the_group(self, desk):
        wide = {"e2e": 2}
        first, second, third = (desk.ask(name) for name in "abc")
        desk.grant(first, wide)
        desk.grant(second, wide)
        said = self.refused(desk, third, wide)
        assert said == "e2e is held by 2 requests"

    def test_who_asked_earlier(self, desk):
        desk.ask("a")
        said = self.refused(desk, desk.ask("b"))
        assert said == "1 request is before us in the queue of e2e"

    def test_each_group_that_is_in_the_way(self, desk):
        desk.grant(desk.ask("a", "e2e"))
        desk.grant(desk.ask("b", "db"), {"db": 1})
        said = self.refused(desk, desk.ask("c", "e2e", "db"), {"e2e": 1, "db": 1})
        assert said == "e2e is held by 1 request; db is held by 1 request"

    def test_a_group_without_permits(self, desk):
        said = self.refused(desk, desk.ask("a"), {})
        assert said == "the lock group e2e has no permits"

    def test_what_has_ended(self, desk):
        request = desk.ask("a")
        desk.end(request)
        assert self.refused(desk, request) == "the request is cancelled: it has ended"

    def test_what_holds_nothing(self, desk):
        request = desk.ask("a")
        with pytest.raises(Conflict) as raised:
            desk.locks.suspect(desk.claim, request.id, "why", AT)
        said = "the request is queued: it holds nothing"
        assert raised.value.message == said

    def test_what_cannot_be_an_end(self, desk):
        with pytest.raises(ValueError, match=r"^a lock request cannot end as 'held'$"):
            desk.end(desk.ask("a"), "held")

    def test_a_request_for_nothing(self, desk):
        with pytest.raises(ValueError, match=r"^a lock request names at least one group$"):
            desk.locks.request(
                desk.claim, repo_id=7, repo_name="acme/shop", stage="a", promotion="p",
                freight=freight(), groups=(), at=AT,
            )  # fmt: skip


class TestWhatIsStored:
    """Every field of a request, after each change of it."""

    def stored(self, desk, request) -> LockRequest:
        found: LockRequest = desk.live()[request.id]
        return found

    def test_a_new_one(self, desk):
        made = desk.ask("a", "e2e", "db", "e2e")
        assert made == LockRequest(
            made.id,
            7,
            "acme/shop",
            StageName("a"),
            PromotionId("p-a"),
            freight(),
            (GroupName("e2e"), GroupName("db")),
            made.seq,
            "queued",
            AT,
        )
        assert self.stored(desk, made) == made

    def test_another_promotion_brings_its_freight_and_keeps_the_time_of_asking(self, desk):
        first = desk.ask("a")
        other = desk.locks.request(
            desk.claim, repo_id=7, repo_name="acme/store", stage="a", promotion="p2",
            freight=freight(2), groups=("e2e",), at=LATER,
        )  # fmt: skip
        assert (other.id, other.seq, other.requested_at) == (first.id, first.seq, AT)
        said = (other.promotion, other.freight, other.repo_name)
        assert said == ("p2", freight(2), "acme/store")
        assert self.stored(desk, other) == other

    def test_one_more_group_is_asked_for_anew(self, desk):
        desk.ask("a")
        other = desk.ask("a", "e2e", "db", at=LATER)
        assert other.requested_at == LATER

    def test_given_back_it_has_waited_since_then_and_holds_nothing(self, desk):
        request = desk.ask("a")
        desk.ask("b")
        taken = desk.ask("a", how="occupy")
        assert taken.out_of_turn
        desk.locks.suspect(desk.claim, request.id, "held too long", AT)
        again = desk.locks.requeue(desk.claim, request.id, "given back", LATER)
        assert (again.state, again.reason, again.requested_at) == ("queued", "given back", LATER)
        assert (again.granted_at, again.suspect_at, again.tokens) == (None, None, {})
        assert not again.out_of_turn
        assert self.stored(desk, again) == again

    def test_suspect_and_kept_again(self, desk):
        request = desk.grant(desk.ask("a"))
        desk.locks.suspect(desk.claim, request.id, "held too long", LATER)
        told = self.stored(desk, request)
        assert (told.state, told.reason, told.suspect_at) == ("suspect", "held too long", LATER)
        desk.locks.refuse(desk.claim, request.id, "bob", "write", "keep")
        told = self.stored(desk, request)
        assert (told.refused_by, told.refused_role, told.refused_verb) == ("bob", "write", "keep")
        desk.locks.revive(desk.claim, request.id, LATER)
        told = self.stored(desk, request)
        assert (told.state, told.reason, told.suspect_at) == ("held", "", None)
        assert told.granted_at == request.granted_at
        desk.locks.suspect(desk.claim, request.id, "again", LATER)
        told = self.stored(desk, request)
        assert (told.refused_by, told.refused_role) == ("", "")

    def test_a_refusal_of_what_is_not_suspect_is_not_noted(self, desk):
        request = desk.grant(desk.ask("a"))
        desk.locks.refuse(desk.claim, request.id, "bob", "write", "keep")
        assert self.stored(desk, request).refused_by == ""

    @pytest.mark.parametrize(("state", "by"), [("released", ""), ("forced", "mia")])
    def test_an_end(self, store, desk, state, by):
        request = desk.grant(desk.ask("a"))
        desk.locks.end(desk.claim, request.id, state, "why", LATER, by)
        with store.database.read("look") as connection:
            query = "SELECT state, reason, ended_by FROM lock_requests"
            assert connection.execute(text(query)).one() == (state, "why", by)
        # A second end changes nothing.
        desk.locks.end(desk.claim, request.id, "cancelled", "later", LATER, "bob")
        with store.database.read("look") as connection:
            assert connection.execute(text(query)).one() == (state, "why", by)

    def test_a_queued_one_is_ended_as_well(self, desk):
        request = desk.ask("a")
        desk.end(request)
        assert desk.live() == {}

    def test_only_the_stages_own_requests_are_its_current_one(self, desk):
        """What it was granted in its turn stands for newer freight, what ran again for nobody else."""
        held = desk.grant(desk.ask("a"))
        desk.ask("b")
        taken = desk.ask("a", promotion="p2", how="occupy")
        assert taken.id != held.id
        assert desk.ask("a", promotion="p2").id == taken.id
        assert desk.ask("a", promotion="p-a").id == held.id
        assert desk.ask("a", promotion="p3").id == held.id
