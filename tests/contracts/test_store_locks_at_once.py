"""Locks under competition: several repositories, claims, processes, and further groups."""

import multiprocessing
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.model.names import GroupName, PromotionId, StageName
from app.errors import Conflict, Missing
from app.sql.store.store import SqlStore
from tests.contracts.desk import LATER, ONE
from tests.contracts.facts import AT, LEASE, claimed, freight, promotion
from tests.processes import PATIENCE


def test_groups_of_the_same_name_in_two_repositories_are_two_groups(store, desk):
    desk.grant(desk.ask("a"))
    claim = claimed(store, "repo-8")
    other = store.locks.request(
        claim,
        repo_id=8,
        repo_name="acme/other",
        stage="a",
        promotion="q",
        freight=freight(),
        groups=["e2e"],
        at=AT,
    )

    assert store.locks.grant(claim, other.id, ONE, AT).tokens == {"e2e": 1}
    assert {request.repo_id for request in store.history.load(7).requests} == {7}


def test_a_change_of_a_group_makes_its_repositories_look_again(store, desk):
    request = desk.ask("a")

    def moved():
        """Whether the work was marked since it was claimed."""
        store.work.finish(desk.claim, None)
        again = store.work.claim("worker", LEASE)
        if again is None:
            store.work.touch("repo-7")
            desk.claim = store.work.claim("worker", LEASE)
            return False
        desk.claim = again
        return True

    assert moved()
    assert not moved()
    desk.ask("a")
    assert not moved(), "nothing changed"
    desk.grant(request)
    assert moved()
    desk.grant(request)
    assert not moved()
    desk.locks.suspect(desk.claim, request.id, "why", AT)
    assert moved()
    desk.locks.revive(desk.claim, request.id, AT)
    assert moved()
    desk.end(request)
    assert moved()
    desk.end(request)
    assert not moved()


def test_an_unknown_request_is_missing(desk):
    with pytest.raises(Missing, match="no lock request 99"):
        desk.locks.end(desk.claim, 99, "released", "why", AT)


def test_a_request_for_nothing_is_a_mistake(desk):
    with pytest.raises(ValueError, match="at least one"):
        desk.locks.request(
            desk.claim,
            repo_id=7,
            repo_name="acme/shop",
            stage="a",
            promotion="p",
            freight=freight(),
            groups=[],
            at=AT,
        )


CALLS = {
    "request": lambda desk, one: desk.ask("b"),
    "occupy": lambda desk, one: desk.ask("b", how="occupy"),
    "grant": lambda desk, one: desk.grant(one),
    "spread": lambda desk, one: desk.locks.spread(desk.claim, one.id, ["db"]),
    "requeue": lambda desk, one: desk.locks.requeue(desk.claim, one.id, "", AT),
    "suspect": lambda desk, one: desk.locks.suspect(desk.claim, one.id, "", AT),
    "refuse": lambda desk, one: desk.locks.refuse(desk.claim, one.id, "bob", "write", "keep"),
    "revive": lambda desk, one: desk.locks.revive(desk.claim, one.id, AT),
    "end": lambda desk, one: desk.end(one),
}
BEFORE = {
    "spread": ("grant",), "requeue": ("grant",), "suspect": ("grant",),
    "refuse": ("grant", "suspect"), "revive": ("grant", "suspect"),
}  # fmt: skip
"""What was done to the request before, so that the call changes something."""


@pytest.mark.parametrize("name", CALLS)
def test_whatever_changes_a_group_marks_its_repository_dirty(store, desk, name):
    """rule L5"""
    one = desk.ask("a")
    for earlier in BEFORE.get(name, ()):
        CALLS[earlier](desk, one)
    store.work.finish(desk.claim, None)
    desk.claim = store.work.claim("worker", LEASE)
    before = desk.live()

    CALLS[name](desk, one)

    assert desk.live() != before
    store.work.finish(desk.claim, None)
    assert store.work.claim("worker", LEASE).key == desk.claim.key


@pytest.mark.parametrize("name", ["grant", "requeue", "spread"])
def test_what_changes_nothing_marks_nothing(store, desk, name):
    one = desk.ask("a", "e2e", "db")
    if name != "requeue":
        desk.grant(one)
    store.work.finish(desk.claim, None)
    desk.claim = store.work.claim("worker", LEASE)

    CALLS[name](desk, one)

    store.work.finish(desk.claim, None)
    assert store.work.claim("worker", LEASE) is None


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_an_outdated_claim_changes_no_lock(store, desk, call):
    one = desk.ask("a")
    store.work.finish(desk.claim, timedelta())
    store.work.claim("worker", LEASE)

    with pytest.raises(Conflict, match="no longer ours"):
        call(desk, one)

    assert list(desk.live().values()) == [one]


LONG = timedelta(minutes=10)
"""A lease that is nowhere renewed: until all rounds are over."""


def _compete(url, number, rounds, results):
    """Take both groups of repository 7 in turn, each process under a claim of its own."""
    store = SqlStore(url)
    key = f"repo-{100 + number}"
    store.work.touch(key)
    while (claim := store.work.claim(f"w{number}", LONG)) is None or claim.key != key:
        if claim is not None:
            store.work.finish(claim, timedelta())
    both = [GroupName("e2e"), GroupName("db")]
    groups = both if number % 2 else both[::-1]
    log = []
    for attempt in range(rounds):
        request = store.locks.request(
            claim,
            repo_id=7,
            repo_name="acme/shop",
            stage=StageName(f"s{number}"),
            promotion=PromotionId(f"p{number}-{attempt}"),
            freight=freight(),
            groups=groups,
            at=AT,
        )
        while True:
            try:
                granted = store.locks.grant(claim, request.id, ONE, AT)
                break
            except Conflict:
                continue
        live = [one for one in store.history.load(7).requests if one.state == "held"]
        log.append((granted.tokens, [one.id for one in live] == [granted.id]))
        store.locks.end(claim, request.id, "released", "", AT)
    store.close()
    results.put(log)


def test_processes_that_compete_for_two_groups_never_hold_at_once_nor_block_each_other(store, url):
    spawn = multiprocessing.get_context("spawn")
    results = spawn.Queue()
    processes = [spawn.Process(target=_compete, args=(url, n, 5, results)) for n in range(3)]
    for process in processes:
        process.start()
    logs = [entry for _ in processes for entry in results.get(timeout=2 * PATIENCE)]
    for process in processes:
        process.join()

    assert all(alone for _, alone in logs)
    for group in ("e2e", "db"):
        assert sorted(tokens[group] for tokens, _ in logs) == list(range(1, 16))


def test_no_token_is_given_twice_however_requests_end(desk):
    seen = []
    for number, state in enumerate(["released", "forced", "cancelled", "released"]):
        held = desk.grant(desk.ask(f"s{number}"))
        seen.append(held.tokens["e2e"])
        again = desk.locks.requeue(desk.claim, held.id, "", AT)
        seen.append(desk.grant(replace(again)).tokens["e2e"])
        desk.end(again, state)

    assert seen == sorted(set(seen))


class TestTakingFurtherGroups:
    """A grant whose stage names further groups since an edit takes them, too."""

    def test_beyond_their_permits_with_tokens_of_their_own(self, desk):
        other = desk.grant(desk.ask("a", "db"))
        mine = desk.grant(desk.ask("b"))

        spread = desk.locks.spread(desk.claim, mine.id, ("db",))

        assert spread.groups == ("e2e", "db")
        assert spread.tokens == {"e2e": mine.tokens["e2e"], "db": other.tokens["db"] + 1}
        assert desk.live()[mine.id] == spread

    def test_nothing_is_granted_there_until_both_fit(self, desk):
        other = desk.grant(desk.ask("a", "db"))
        mine = desk.grant(desk.ask("b"))
        waiting = desk.ask("c", "db")
        desk.locks.spread(desk.claim, mine.id, ("db",))

        desk.end(other)
        with pytest.raises(Conflict, match="db is held by 1 request"):
            desk.grant(waiting)
        desk.end(mine)
        assert desk.grant(waiting).state == "held"

    def test_done_twice_it_is_done_once(self, desk):
        mine = desk.grant(desk.ask("b"))

        first = desk.locks.spread(desk.claim, mine.id, ("db", "e2e"))

        assert desk.locks.spread(desk.claim, mine.id, ("db",)) == first

    def test_a_suspect_grant_takes_them_and_stays_suspect(self, desk):
        mine = desk.grant(desk.ask("b"))
        desk.locks.suspect(desk.claim, mine.id, "why", LATER)

        assert desk.locks.spread(desk.claim, mine.id, ("db",)).state == "suspect"

    def test_a_request_that_holds_nothing_takes_nothing(self, desk):
        queued = desk.ask("b")

        with pytest.raises(Conflict, match="holds nothing"):
            desk.locks.spread(desk.claim, queued.id, ("db",))


def test_a_group_that_is_taken_away_costs_no_place(desk):
    first, second = desk.ask("a", "e2e", "db"), desk.ask("b")

    fewer = desk.ask("a", "e2e", at=LATER)

    assert (fewer.groups, fewer.seq) == (("e2e",), first.seq)
    assert fewer.seq < second.seq


def test_the_promotion_of_a_suspect_grant_is_loaded_however_much_came_after_it(desk):
    held = desk.grant(desk.ask("a"))
    desk.locks.suspect(desk.claim, held.id, "its job may run", LATER)
    rows = [promotion("p-a", stage="a", state="failed")]
    rows += [promotion(f"n{n}", stage="a", state="verified") for n in range(250)]
    desk.store.history.save_promotions(desk.claim, 7, rows)

    records = desk.store.history.load(7)

    assert records.promotions[0].id == "p-a"
    assert [request.state for request in records.requests] == ["suspect"]
