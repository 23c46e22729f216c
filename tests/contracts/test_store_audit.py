"""The audit is found again, and what is old is forgotten, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.model.comments import CommandRecord
from app.core.model.names import FreightId, StageName, WarehouseName
from app.core.model.records import Order
from app.core.model.repository_change import RepoChange, RepoRecord
from app.core.model.run_records import RunRecord
from app.sql.schema.columns import metadata
from app.sql.store import retention
from tests.contracts.facts import AT, claimed, freight, promotion, sha

DAY = timedelta(days=1)
NOW = AT + 1000 * DAY
REPO = RepoRecord(7, "Acme", "Shop", 3, "main", comments_since=NOW)


def count(store, name):
    with store.database.read("count") as connection:
        return connection.execute(select(func.count()).select_from(metadata.tables[name])).scalar()


@pytest.fixture
def told(store):
    """Three entries of two repositories, one of which we know."""
    store.repos.add(REPO)
    store.history.audit(None, 7, "aaaaaaaa", AT, {"kind": "run", "title": "verified"})
    store.history.audit(None, 8, "bbbbbbbb", AT + DAY, {"kind": "command"})
    store.history.audit(None, 7, "cccccccc", AT + 2 * DAY, {"kind": "command"})
    return store


def events(found):
    return [entry.event for entry in found]


def test_an_id_opens_its_entry(told):
    (entry,) = told.audit.find("aaaaaaaa")

    assert (entry.repo_id, entry.repo, entry.at) == (7, "Acme/Shop", AT)
    assert entry.entry == {"kind": "run", "title": "verified"}
    assert told.audit.find("dddddddd") == []


def test_the_newest_come_first_and_may_be_fewer(told):
    assert events(told.audit.newest()) == ["cccccccc", "bbbbbbbb", "aaaaaaaa"]
    assert events(told.audit.newest(most=1)) == ["cccccccc"]
    assert events(told.audit.newest(since=AT + DAY)) == ["cccccccc", "bbbbbbbb"]


@pytest.mark.parametrize("repo", ["7", "acme/shop", "ACME/Shop"])
def test_one_repository_is_asked_for_by_its_number_or_its_name(told, repo):
    assert events(told.audit.newest(repo=repo)) == ["cccccccc", "aaaaaaaa"]


@pytest.mark.parametrize("repo", ["9", "acme/other", "acme", "x' OR 1=1 --", "٣"])
def test_a_repository_that_is_not_known_has_none(told, repo):
    assert told.audit.newest(repo=repo) == []


def test_a_repository_that_was_forgotten_keeps_its_entries(told):
    (entry,) = told.audit.find("bbbbbbbb")

    assert (entry.repo_id, entry.repo) == (8, "")


def test_old_entries_are_forgotten(told):
    assert told.forget(AT + DAY + retention.AUDIT + timedelta(seconds=1)) == 2

    assert events(told.audit.newest()) == ["cccccccc"]


def test_finished_check_runs_are_forgotten_but_not_those_that_invite(store):
    claim = claimed(store)
    for name, status, ready in (
        ("a", "completed", False),
        ("b", "completed", True),
        ("c", "queued", False),
    ):
        run = RunRecord(name, sha(1), 1, "x", 5, status, "d", AT, AT, ready)
        store.history.save_run(claim, 7, run)

    assert store.forget(NOW) == 1

    assert count(store, "runs") == 2


def test_only_attempts_that_wrote_nothing_and_were_followed_by_another_are_forgotten(store):
    """The newest attempt of a freight, what landed, and what is recent may be asked for."""
    claim = claimed(store)
    old = {"state": "cancelled", "ended_at": AT}
    tries = [
        promotion("tried-1", **old),
        promotion("landed", **old, landed=sha(5)),
        promotion("tried-2", **old),
        replace(promotion("other", **old), freight=freight(2)),
    ]
    newer = [
        replace(promotion(f"n{n}", state="verified", ended_at=AT), freight=freight(10 + n))
        for n in range(20)
    ]
    store.history.save_promotions(claim, 7, [promotion("open", state="waiting"), *tries, *newer])

    assert store.forget(AT + 10 * DAY) == 0, "they are not old enough"
    assert store.forget(NOW) == 1

    assert store.history.promotion(7, "tried-1") is None
    for name in ("open", "landed", "tried-2", "other", "n0"):
        assert store.history.promotion(7, name) is not None


def test_a_great_many_old_rows_go_a_small_part_at_a_time(store):
    claim = claimed(store)
    rows = [promotion(f"p{n}", state="cancelled", ended_at=AT) for n in range(300)]
    store.history.save_promotions(claim, 7, rows)

    most, old = retention.MOST, 300 - 20
    assert [store.forget(NOW) for _ in range(4)] == [most, most, old - 2 * most, 0]


def test_what_is_due_no_more_when_it_would_be_deleted_stays(told):
    """It is looked for without a lock: whoever changed it meanwhile is believed."""
    [audit] = [kind for kind in retention.KINDS if kind.table == "audit"]
    late = NOW + retention.AUDIT
    oldest, *_ = retention.found(told.database, audit, late)

    assert retention.drop(told.database, audit, AT, [oldest]) == 0
    assert retention.drop(told.database, audit, late, [oldest]) == 1
    assert retention.drop(told.database, audit, late, [oldest]) == 0


def test_where_nothing_is_due_nobody_waits_for_the_clean_up(store):
    with store.database.write("keep everybody waiting"):
        assert store.forget(NOW) == 0


def test_lock_requests_go_with_their_promotions_and_tokens_stay(store):
    claim = claimed(store)
    wanted = {"repo_id": 7, "repo_name": "a/b", "stage": "dev", "freight": freight(), "at": AT}
    for name in ("gone", "kept"):
        request = store.locks.request(claim, promotion=name, groups=["g"], **wanted)
        store.locks.grant(claim, request.id, {"g": 1}, AT)
        store.locks.end(claim, request.id, "released", "", AT)
    store.history.save_promotions(claim, 7, [promotion("kept")])

    assert store.forget(NOW) == 1

    assert (count(store, "lock_requests"), count(store, "lock_request_groups")) == (1, 1)
    request = store.locks.request(claim, promotion="new", groups=["g"], **wanted)
    assert store.locks.grant(claim, request.id, {"g": 1}, AT).tokens == {"g": 3}


def test_a_comment_that_may_be_listed_again_is_remembered(store):
    """Else an old `/promote` would take effect once more."""
    claim = claimed(store)
    store.repos.add(replace(REPO, comments_since=AT))
    done = CommandRecord("issue-1", 1, "issue", "/promote dev", "ada", AT, answered_at=AT)
    open_one = CommandRecord("issue-2", 2, "issue", "/promote dev", "ada", AT)
    for command in (done, open_one):
        store.history.add_command(7, command)
        store.history.save_command(claim, 7, command)

    assert store.forget(NOW) == 0
    store.repos.change(7, RepoChange(comments_since=NOW))
    assert store.forget(NOW) == 1

    assert [c.key for c in store.history.open_commands(7)] == ["issue-2"]


def test_orders_are_forgotten_long_after_they_took_effect(store):
    claim = claimed(store)
    for key in ("one", "two"):
        order = Order(
            0, "promote", StageName("dev"), FreightId(WarehouseName("web"), sha(1)), "ada", AT
        )
        store.history.add_order(claim, 7, order, key)
    store.history.spend_orders(claim, 7, [store.history.load(7).orders[0].id], AT)

    assert store.forget(NOW) == 1

    assert len(store.history.load(7).orders) == 1


def test_a_great_many_are_forgotten_in_parts(store, monkeypatch):
    monkeypatch.setattr(retention, "MOST", 2)
    for n in range(5):
        store.history.audit(None, 7, f"e{n}", AT, {})

    assert [store.forget(NOW) for _ in range(4)] == [2, 2, 1, 0]
