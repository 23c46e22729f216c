"""A repository's records are restored at once and once, while nobody works on the database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.locks.quota import Quota
from app.core.model.comments import CommandRecord
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import ALL, DirectRequest, LockRequest
from app.core.model.names import GroupName, PromotionId, StageName
from app.core.model.records import Freight, Hold
from app.core.model.repository_change import RepoRecord
from app.core.model.run_records import RunRecord
from app.core.rebuild import Restored, floor
from app.errors import Conflict
from app.sql.store.store import SqlStore
from tests.contracts.facts import AT, LEASE, claimed, freight, promotion, sha

REPO = RepoRecord(7, "acme", "shop", 3, "main", comments_since=AT, awaiting=True)
RUN = RunRecord("stagelock / dev", sha(1), 1, "dev:p1:1", 5, "queued", "rebuilt", AT, AT)
ANSWERED = CommandRecord(
    "issue-5", 5, "issue", "/why dev", "ada", AT, pull=2, outcome="so", told=True, answered_at=AT
)
GRANT = LockRequest(
    0,
    7,
    "acme/shop",
    StageName("e2e"),
    PromotionId("p2"),
    freight(),
    (GroupName("left"), GroupName("right")),
    0,
    "suspect",
    AT,
    {GroupName("left"): 17},
    AT,
    AT,
)
IDLE, SHARED = GroupName("idle"), GroupName("org-5/e2e")


def whoever(group):
    """The unknown holder of a group."""
    return DirectRequest(
        0,
        7,
        "acme/shop",
        "unknown",
        "",
        (group,),
        0,
        "suspect",
        AT,
        timedelta(),
        suspect_at=AT,
        weights={group: ALL},
    )


HOLD = Hold(StageName("dev"), "rebuilt, please confirm", "", AT)
MADE = Restored(
    at=AT,
    config=sha(9),
    freights=(Freight(freight(1), AT), Freight(freight(2), AT)),
    promotions=(promotion("p1"), promotion("p2", stage="e2e")),
    requests=(GRANT,),
    counters={GroupName("left"): 117, GroupName("right"): 100, GroupName("idle"): 100},
    runs=(RUN,),
    holds=(HOLD,),
    answered=(ANSWERED,),
)


@pytest.fixture
def rebuilding(store):
    return store.rebuilding()


@pytest.fixture
def claim(rebuilding):
    return rebuilding.claim(7, "rebuild", LEASE)


def test_everything_is_there_after_a_restore(store, rebuilding, claim):
    rebuilding.restore(claim, REPO, MADE)

    records = store.history.load(7)
    assert store.repos.get(7) == REPO
    assert (records.freights, records.promotions) == (MADE.freights, MADE.promotions)
    assert (records.runs, records.holds) == ((RUN,), (HOLD,))
    [request] = records.requests
    assert (request.state, request.groups) == ("suspect", ("left", "right"))
    assert dict(request.tokens) == {"left": 17}
    assert store.history.open_commands(7) == ()
    assert not store.history.add_command(7, ANSWERED)


def test_the_lost_database_had_introduced_the_plan(store, rebuilding, claim):
    rebuilding.restore(claim, REPO, MADE)

    known = store.history.load(7).introduction
    assert known is not None
    assert known.told


def test_tokens_go_on_above_what_counts_as_given(store, rebuilding, claim):
    rebuilding.restore(claim, REPO, MADE)

    asked = store.locks.request(
        claim,
        repo_id=7,
        repo_name="acme/shop",
        stage="dev",
        promotion="p1",
        freight=freight(),
        groups=["left", "idle"],
        at=AT,
    )
    granted = store.locks.grant(claim, asked.id, {"left": 2, "idle": 1}, AT)
    assert dict(granted.tokens) == {"left": 118, "idle": 101}


def test_an_unknown_holder_keeps_everybody_out_until_a_person_ends_it(store, rebuilding, claim):
    [holder] = rebuilding.restore(claim, REPO, replace(MADE, unknown=(whoever(IDLE),)))
    assert dict(holder.tokens) == {IDLE: 100}
    [stored] = store.history.load(7).direct
    assert stored == holder

    client = replace(whoever(IDLE), kind="client", asker="ci", state="queued", weights={})
    asked = store.direct_locks.ask(client, Quota())
    assert store.direct_locks.take(asked.id, {IDLE: 2}, AT).state == "queued"
    with pytest.raises(ValueError, match="OVER is no event for a unknown's request"):
        store.locks.end(claim, holder.id, "released", LockReason.ENDED, AT)

    store.locks.end(claim, holder.id, "forced", LockReason.BUTTON, AT, by="mia")
    taken = store.direct_locks.take(asked.id, {IDLE: 2}, AT)
    assert (taken.state, dict(taken.tokens)) == ("held", {IDLE: 102})


def test_a_group_of_the_organisation_has_one_unknown_holder_and_none_again(store, rebuilding):
    made = replace(MADE, counters={SHARED: 100}, unknown=(whoever(SHARED),), requests=())
    first, second = (rebuilding.claim(number, "rebuild", LEASE) for number in (7, 8))
    [holder] = rebuilding.restore(first, REPO, made)
    store.locks.end(first, holder.id, "forced", LockReason.BUTTON, AT, by="mia")
    assert rebuilding.restore(second, replace(REPO, id=8, name="api"), made) == ()


def test_groups_that_come_later_and_requests_begin_above_all_that_was_lost(
    store, rebuilding, claim
):
    later = AT + timedelta(days=7300)
    made = replace(MADE, at=later, unknown=(whoever(IDLE),))
    [holder] = rebuilding.restore(claim, REPO, made)
    client = replace(whoever(GroupName("new")), kind="client", state="queued", weights={})
    asked = store.direct_locks.ask(client, Quota())
    taken = store.direct_locks.take(asked.id, {GroupName("new"): 1}, AT)
    assert taken.tokens["new"] == floor(later) + 1
    assert floor(later) < holder.id < asked.id


def test_a_repository_is_restored_once(store, rebuilding, claim):
    assert rebuilding.known(7) == "nothing"
    rebuilding.restore(claim, REPO, MADE)
    assert rebuilding.known(7) == "rebuilt"
    assert rebuilding.known(8) == "nothing"

    with pytest.raises(Conflict):
        rebuilding.restore(claim, REPO, MADE)
    assert len(store.history.load(7).requests) == 1


def test_what_is_known_is_left_alone(store, rebuilding):
    """Somebody started the server over the empty database first."""
    claim = claimed(store)
    store.history.mint(claim, 7, Freight(freight(5), AT))
    assert rebuilding.known(7) == "records"

    with pytest.raises(Conflict):
        rebuilding.restore(claim, REPO, MADE)
    assert [f.id for f in store.history.load(7).freights] == [freight(5)]


def test_an_outdated_claim_restores_nothing(store, rebuilding):
    claim = claimed(store, lease=timedelta())
    assert store.work.claim("heir", LEASE) is not None

    with pytest.raises(Conflict):
        rebuilding.restore(claim, REPO, MADE)
    assert rebuilding.known(7) == "nothing"


def test_a_repository_that_is_worked_on_is_not_claimed(store, rebuilding, claim):
    assert claim is not None
    assert rebuilding.claim(7, "another", LEASE) is None
    store.work.finish(claim, None)
    again = rebuilding.claim(7, "another", LEASE)
    assert again is not None
    assert again.fence > claim.fence


def test_alone_is_alone(url, store, rebuilding):
    other = SqlStore(url)
    try:
        with rebuilding.alone() as alone:
            assert alone
            with other.at_work() as free:
                assert not free
            with other.rebuilding().alone() as second:
                assert not second
        with other.at_work() as free:
            assert free
            with rebuilding.alone() as alone:
                assert not alone
    finally:
        other.close()


def test_who_leaves_is_gone_at_once(url, store, rebuilding):
    """PostgreSQL ends a closed session, and its lock, only when it notices: often a bit later."""
    other = SqlStore(url)
    try:
        for _ in range(20):
            with rebuilding.alone() as alone:
                assert alone
            with other.at_work() as free:
                assert free
            other.close()
    finally:
        other.close()


def test_many_work_at_once(url, store):
    other = SqlStore(url)
    try:
        with store.at_work() as one, other.at_work() as two:
            assert one
            assert two
    finally:
        other.close()


@pytest.mark.postgres
def test_a_session_that_lost_its_lock_is_still_seen(emptied_postgres):
    """A restart of the server takes advisory locks away, not the processes that held them."""
    mine, other = SqlStore(emptied_postgres), SqlStore(emptied_postgres)
    try:
        other.work.touch("sweep")
        with mine.rebuilding().alone() as alone:
            assert not alone
        other.close()
        with mine.rebuilding().alone() as alone:
            assert alone
    finally:
        mine.close()
        other.close()
