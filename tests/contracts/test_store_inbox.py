"""The inbox, the repositories and the budget keep their promises on every database."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.model.repository_change import RepoChange, RepoRecord
from app.core.state.budget_shares import Importance
from app.observe.gauges import GAUGES
from app.ports.gauge import Served
from tests.contracts.facts import AT, LEASE, delivery, sha


def test_a_delivery_is_stored_as_it_came_and_marks_its_work(store):
    sent = delivery("a", body=b"\x00\xff{}")

    assert store.inbox.record(sent, "repo-7") is True

    assert list(store.inbox.pending(7, None)) == [sent]
    assert store.work.claim("w", LEASE).key == "repo-7"


def test_a_delivery_that_concerns_no_work_marks_none(store):
    store.inbox.record(delivery("a"), None)

    assert store.work.claim("w", LEASE) is None


def test_a_known_delivery_that_was_never_done_marks_again(store):
    """GitHub delivers again because we failed: then we look again."""
    store.inbox.record(delivery("a"), "repo-7")
    store.work.finish(store.work.claim("w", LEASE), None)

    assert store.inbox.record(delivery("a", body=b"other"), "repo-7") is False

    assert store.work.claim("w", LEASE) is not None
    assert [each.body for each in store.inbox.pending(7, None)] == [b"{}"]


def test_a_delivery_that_is_done_changes_nothing(store):
    store.inbox.record(delivery("a"), None)
    store.inbox.done(["a", "unknown"])
    store.inbox.done([])

    assert store.inbox.record(delivery("a"), "repo-7") is False

    assert store.work.claim("w", LEASE) is None
    assert list(store.inbox.pending(7, None)) == []


def test_pending_deliveries_are_those_of_the_repository_or_of_the_installation_alone(store):
    store.inbox.record(delivery("late", at=AT + timedelta(seconds=1)), None)
    store.inbox.record(delivery("early"), None)
    store.inbox.record(delivery("other", repo_id=8), None)
    store.inbox.record(delivery("installation", repo_id=None), None)

    assert [one.guid for one in store.inbox.pending(7, 3)] == ["early", "late"]
    assert [one.guid for one in store.inbox.pending(None, 3)] == ["installation"]


def gauges(store):
    """By name and labels; by its name alone where a gauge has no labels."""
    return {
        (gauge.name, *gauge.labels) if gauge.labels else gauge.name: gauge.value
        for gauge in store.gauges()
    }


def test_only_old_deliveries_that_are_done_are_deleted(store):
    for guid, at in (("old", AT), ("open", AT), ("new", AT + timedelta(days=2))):
        store.inbox.record(delivery(guid, at=at), None)
    store.inbox.done(["old", "new"])

    assert store.inbox.prune(AT + timedelta(days=1)) == 1

    assert gauges(store)["deliveries_pending"] == 1


def test_hostile_text_is_stored_nevertheless(store):
    """JSON may spell NUL and half a surrogate pair; PostgreSQL keeps neither."""
    store.inbox.record(delivery("a\x00", event="\ud800"), None)

    assert [one.event for one in store.inbox.pending(7, None)] == ["\ufffd"]


REPO = RepoRecord(7, "acme", "shop", 3, "main", {"main": sha(1)}, AT, "", awaiting=True)


def test_a_repository_comes_back_as_it_was_saved(store):
    store.repos.add(REPO)

    assert store.repos.get(7) == REPO
    assert store.repos.get(8) is None


def test_a_repository_that_is_known_is_not_added_again(store):
    assert store.repos.add(REPO)
    assert not store.repos.add(replace(REPO, name="other"))

    assert list(store.repos.all()) == [REPO]


def test_single_columns_of_a_repository_change_and_the_others_stay(store):
    """A tick and an uninstall write to one row at once: neither overwrites the other."""
    store.repos.add(REPO)

    assert store.repos.change(7, RepoChange(unavailable="uninstalled"))
    assert store.repos.change(7, RepoChange(tips={"main": sha(2)}, awaiting=False))

    now = replace(REPO, unavailable="uninstalled", tips={"main": sha(2)}, awaiting=False)
    assert store.repos.get(7) == now


def test_what_a_row_says_already_is_no_news(store):
    store.repos.add(REPO)

    assert not store.repos.change(7, RepoChange(tips=REPO.tips, owner=REPO.owner, awaiting=True))
    assert not store.repos.change(7, RepoChange())
    assert not store.repos.change(8, RepoChange(owner="other"))


def test_what_was_learnt_through_an_old_installation_changes_nothing(store):
    store.repos.add(REPO)
    store.repos.change(7, RepoChange(installation_id=5), installation_id=3)

    assert not store.repos.change(7, RepoChange(unavailable="uninstalled"), installation_id=3)
    assert not store.repos.change(7, RepoChange(installation_id=3), installation_id=3)

    assert store.repos.get(7) == replace(REPO, installation_id=5)


def test_writers_of_different_columns_at_once_lose_nothing(store):
    store.repos.add(REPO)
    changes = [RepoChange(tips={"main": sha(9)}), RepoChange(unavailable="uninstalled")] * 10

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda change: store.repos.change(7, change), changes))

    assert store.repos.get(7) == replace(REPO, tips={"main": sha(9)}, unavailable="uninstalled")


def test_repositories_are_found_by_installation(store):
    store.repos.add(REPO)
    store.repos.add(replace(REPO, id=8, installation_id=4))

    assert [one.id for one in store.repos.of_installation(4)] == [8]


def age(store, seconds):
    """Let time pass, as far as the budget can tell."""
    with store.database.write("age") as connection:
        moved = text("UPDATE budget_spends SET at = at - :micros")
        connection.execute(moved, {"micros": int(seconds * 1_000_000)})


def test_sixty_a_minute_are_free_and_then_it_says_how_long(store):
    assert [store.budget.spend(1) for _ in range(57)] == [0.0] * 57
    assert 50 < store.budget.spend(1) <= 60  # the last ones are for answers
    assert [store.budget.spend(1, Importance.REPLY) for _ in range(3)] == [0.0] * 3

    assert 50 < store.budget.spend(1, Importance.REPLY) <= 60
    assert store.budget.spend(2) == 0.0


def test_a_refused_one_takes_nothing_and_the_window_slides(store):
    for _ in range(30):
        store.budget.spend(1)
    age(store, 40)
    for _ in range(27):
        store.budget.spend(1)
    assert 0 < store.budget.spend(1) <= 20
    age(store, 21)

    assert [store.budget.spend(1) for _ in range(30)] == [0.0] * 30
    assert store.budget.spend(1) > 0


def test_four_hundred_an_hour(store):
    for round_ in range(40):
        what = Importance.URGENT if round_ < 38 else Importance.REPLY
        for _ in range(10):
            assert store.budget.spend(1, what) == 0.0
        age(store, 61)

    assert 3600 - 40 * 61 - 10 < store.budget.spend(1, Importance.REPLY) <= 3600 - 40 * 61 + 61
    age(store, 3600 - 40 * 61 + 61)
    assert store.budget.spend(1, Importance.REPLY) == 0.0


def test_answers_leave_most_of_the_budget_to_what_promotions_need(store):
    for _ in range(100):
        store.budget.spend(1, Importance.RECEIPT)
    for _ in range(100):
        store.budget.spend(1, Importance.REPLY)
    assert 50 < store.budget.spend(1, Importance.REPLY) <= 60

    made = [store.budget.spend(1, Importance.BEGINNING) for _ in range(100)].count(0.0)
    urgent = [store.budget.spend(1) for _ in range(100)].count(0.0)

    assert (made, urgent) == (27, 6)


def test_whatever_promotions_have_used_something_is_left_for_an_answer(store):
    assert [store.budget.spend(1, Importance.BEGINNING) for _ in range(70)].count(0.0) == 51
    assert [store.budget.spend(1) for _ in range(70)].count(0.0) == 6

    assert store.budget.spend(1, Importance.RECEIPT) == 0.0
    assert store.budget.spend(1, Importance.REPLY) == 0.0


@pytest.mark.parametrize("state", ["in-review", "verified"])
def test_gauges_count_what_there_is(store, state):
    from tests.contracts.facts import claimed, promotion

    store.history.save_promotions(claimed(store), 7, [promotion("p", state=state)])

    assert gauges(store)["promotions", state] == 1
    assert gauges(store)["work_due"] == 0
    assert gauges(store)["work_leases", "held"] == 1
    store.work.touch("repo-9")
    assert gauges(store)["work_due"] == 1
    assert gauges(store)["work_oldest_due_seconds"] >= 0


def test_gauges_tell_what_is_left_of_each_budget_and_where_freights_are(store):
    since = AT.isoformat()
    stays = {f"prod web@{sha(2)}": ("waiting", "soaking", since)}
    store.repos.add(replace(REPO, stays=stays))
    for _ in range(2):
        store.budget.spend(3)

    found = gauges(store)

    assert (found["budget_left", "3", "minute"], found["budget_left", "3", "hour"]) == (55, 378)
    assert found["freights", "waiting", "soaking"] == 1
    assert found["freights_oldest_seconds", "waiting", "soaking"] > 0
    assert found["repositories", "served"] == 1
    assert found["lock_requests", "queued"] == found["lock_requests", "suspect"] == 0


def test_who_is_left_alone_is_served_no_more_and_has_no_budget(store):
    """Rule N39."""
    store.repos.add(REPO)
    served = store.served()
    assert (REPO.id in served.repositories, REPO.installation_id in served.installations) == (
        True,
        True,
    )

    store.repos.change(REPO.id, RepoChange(unavailable="uninstalled"))

    assert store.served() == Served()
    assert not [name for name in gauges(store) if name[0] == "budget_left"]


def test_every_gauge_has_its_name_and_its_labels_in_the_table(store):
    store.repos.add(replace(REPO, stays={"a b": ("waiting", "soaking", AT.isoformat())}))
    found = store.gauges()

    of_this_machine = {"mirrors", "mirrors_bytes", "disk_free_bytes"}
    assert {gauge.name for gauge in found} | {"promotions"} | of_this_machine == set(GAUGES)
    assert all(len(gauge.labels) == len(GAUGES[gauge.name][1]) for gauge in found)
