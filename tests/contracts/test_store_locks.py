"""The locks keep their promises on every database."""

import multiprocessing
from dataclasses import replace
from datetime import timedelta

import pytest

from app.errors import Conflict, Missing
from app.sql.store.store import SqlStore
from tests.contracts.facts import AT, LEASE, claimed, freight, promotion

LATER = AT + timedelta(minutes=1)
ONE = {"e2e": 1, "db": 1}


class Desk:
    """Asks for locks of repository 7 under one claim."""

    def __init__(self, store):
        self.locks = store.locks
        self.store = store
        self.claim = claimed(store)

    def ask(self, stage, *groups, promotion=None, at=AT, how="request"):
        return getattr(self.locks, how)(
            self.claim,
            repo_id=7,
            repo_name="acme/shop",
            stage=stage,
            promotion=promotion or f"p-{stage}",
            freight=freight(),
            groups=groups or ("e2e",),
            at=at,
        )

    def grant(self, request, permits=ONE):
        return self.locks.grant(self.claim, request.id, permits, LATER)

    def end(self, request, state="released", by=""):
        self.locks.end(self.claim, request.id, state, "why", LATER, by)

    def live(self):
        return {one.id: one for one in self.store.history.load(7).requests}


@pytest.fixture
def desk(store):
    return Desk(store)


def test_a_request_queues_behind_those_before_it(desk):
    first, second = desk.ask("a", "e2e", "db"), desk.ask("b")

    assert first.state == second.state == "queued"
    assert first.seq < second.seq
    assert first.groups == ("e2e", "db")
    assert list(desk.live().values()) == [first, second]


def test_asking_again_returns_the_same_request(desk):
    first = desk.ask("a")

    assert desk.ask("a", at=LATER) == first


def test_another_promotion_of_a_queued_stage_takes_over_its_place(desk):
    first, second = desk.ask("a"), desk.ask("b")

    newer = desk.ask("a", promotion="p-newer", at=LATER)

    assert (newer.id, newer.seq, newer.promotion) == (first.id, first.seq, "p-newer")
    assert desk.live() == {first.id: newer, second.id: second}


def test_asking_for_one_more_group_goes_to_the_end_of_the_queue(desk):
    """Those who wait for that group asked earlier."""
    desk.ask("a")
    waiting = desk.ask("b", "db")

    wider = desk.ask("a", "e2e", "db", promotion="p-newer")

    assert wider.seq > waiting.seq
    assert wider.groups == ("e2e", "db")
    assert desk.ask("a", "db", promotion="p-third").seq == wider.seq


def test_another_promotion_of_a_stage_that_holds_sees_the_grant(desk):
    held = desk.grant(desk.ask("a"))

    assert desk.ask("a", promotion="p-newer") == held


def test_a_grant_gives_all_groups_with_a_token_each(desk):
    granted = desk.grant(desk.ask("a", "e2e", "db"))

    assert (granted.state, granted.granted_at) == ("held", LATER)
    assert granted.tokens == {"e2e": 1, "db": 1}
    assert list(desk.live().values()) == [granted]


def test_asking_for_a_grant_again_gives_the_same_tokens(desk):
    granted = desk.grant(desk.ask("a"))

    assert desk.grant(granted) == granted


def test_a_full_group_is_not_granted_and_says_who_holds_it(desk):
    desk.grant(desk.ask("a"))
    second = desk.ask("b", "db", "e2e")

    with pytest.raises(Conflict, match="e2e is held by acme/shop a"):
        desk.grant(second)

    assert desk.live()[second.id] == second, "all or nothing: `db` was not taken either"


def test_nobody_is_granted_before_an_earlier_one(desk):
    desk.grant(desk.ask("a"))
    wide, late = desk.ask("b", "e2e", "db"), desk.ask("c", "db")

    with pytest.raises(Conflict, match="acme/shop b is before us in the queue of db"):
        desk.grant(late)
    desk.end(wide, "cancelled")
    assert desk.grant(late).state == "held"


def test_as_many_hold_as_there_are_permits(desk):
    for stage in ("a", "b"):
        assert desk.grant(desk.ask(stage), {"e2e": 2}).state == "held"

    with pytest.raises(Conflict):
        desk.grant(desk.ask("c"), {"e2e": 2})


def test_a_group_without_permits_is_never_granted(desk):
    with pytest.raises(Conflict, match="has no permits"):
        desk.grant(desk.ask("a"), {})


@pytest.mark.parametrize("state", ["released", "cancelled", "superseded", "rejected"])
def test_an_ended_request_frees_its_place_and_is_kept_with_its_promotion(desk, state):
    held = desk.grant(desk.ask("a"))
    desk.store.history.save_promotions(desk.claim, 7, [promotion("p-a", stage="a")])

    desk.end(held, state, by="ada")

    ended = desk.live()[held.id]
    assert (ended.state, ended.reason, ended.ended_at, ended.ended_by) == (
        state,
        "why",
        LATER,
        "ada",
    )
    assert ended.tokens == {"e2e": 1}
    assert desk.grant(desk.ask("b")).tokens == {"e2e": 2}


def test_what_has_ended_cannot_end_again_nor_come_back(desk):
    held = desk.grant(desk.ask("a"))
    desk.end(held)
    desk.end(held, "forced")
    desk.end(held)

    with pytest.raises(Conflict):
        desk.grant(held)
    with pytest.raises(Conflict):
        desk.locks.requeue(desk.claim, held.id, "why", AT)
    with pytest.raises(Conflict):
        desk.locks.suspect(desk.claim, held.id, "why", AT)
    with pytest.raises(Conflict):
        desk.locks.revive(desk.claim, held.id, AT)
    assert desk.ask("a").id != held.id


def test_a_state_that_is_no_end_is_refused(desk):
    with pytest.raises(ValueError, match="held"):
        desk.end(desk.ask("a"), "held")


def test_a_forced_end_outdates_the_token(desk):
    desk.end(desk.grant(desk.ask("a")), "forced")

    assert desk.store.history.load(7).tokens == {"e2e": 2}
    assert desk.grant(desk.ask("b")).tokens == {"e2e": 3}


def test_a_suspect_grant_still_blocks_and_can_be_revived(desk):
    held, waiting = desk.grant(desk.ask("a")), desk.ask("b")
    desk.locks.suspect(desk.claim, held.id, "too long", LATER)
    suspect = desk.live()[held.id]
    assert (suspect.state, suspect.suspect_at, suspect.reason) == ("suspect", LATER, "too long")
    with pytest.raises(Conflict):
        desk.grant(waiting)

    desk.locks.revive(desk.claim, held.id, LATER)

    assert desk.live()[held.id] == held


def test_a_queued_request_cannot_turn_suspect(desk):
    with pytest.raises(Conflict, match="holds nothing"):
        desk.locks.suspect(desk.claim, desk.ask("a").id, "why", AT)


def test_a_grant_given_back_queues_at_the_end_and_gets_a_new_token(desk):
    held, waiting = desk.grant(desk.ask("a")), desk.ask("b")

    again = desk.locks.requeue(desk.claim, held.id, "nobody merged", LATER)

    assert (again.state, again.tokens, again.granted_at) == ("queued", {}, None)
    assert again.seq > waiting.seq
    assert desk.locks.requeue(desk.claim, held.id, "nobody merged", LATER) == again
    with pytest.raises(Conflict):
        desk.grant(again)
    desk.end(desk.grant(waiting))
    assert desk.grant(again).tokens == {"e2e": 3}


def test_what_landed_out_of_turn_takes_a_permit_even_of_a_full_group(desk):
    desk.grant(desk.ask("a"))

    occupied = desk.ask("b", how="occupy")

    assert (occupied.state, occupied.out_of_turn, occupied.tokens) == ("held", True, {"e2e": 2})
    assert desk.ask("b", how="occupy") == occupied
    with pytest.raises(Conflict):
        desk.grant(desk.ask("c"), {"e2e": 2})


def test_a_queued_request_whose_promotion_landed_out_of_turn_is_the_one_that_holds(desk):
    queued = desk.ask("a")

    occupied = desk.ask("a", how="occupy")

    assert occupied.id == queued.id
    assert [one.state for one in desk.live().values()] == ["held"]


def test_a_stage_that_holds_can_be_occupied_by_a_second_promotion(desk):
    """The first one's checks still run: both count."""
    held = desk.grant(desk.ask("a"))

    occupied = desk.ask("a", promotion="p-merged", how="occupy")

    assert occupied.id != held.id
    assert len(desk.live()) == 2
    assert desk.ask("a").id == held.id
    assert desk.ask("a", promotion="p-merged").id == occupied.id


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
    assert {one.repo_id for one in store.history.load(7).requests} == {7}


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
    with pytest.raises(Missing):
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
    "requeue": lambda desk, one: desk.locks.requeue(desk.claim, one.id, "", AT),
    "suspect": lambda desk, one: desk.locks.suspect(desk.claim, one.id, "", AT),
    "revive": lambda desk, one: desk.locks.revive(desk.claim, one.id, AT),
    "end": lambda desk, one: desk.end(one),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_an_outdated_claim_changes_no_lock(store, desk, call):
    one = desk.ask("a")
    store.work.finish(desk.claim, timedelta())
    store.work.claim("worker", LEASE)

    with pytest.raises(Conflict, match="no longer ours"):
        call(desk, one)

    assert list(desk.live().values()) == [one]


def _compete(url, number, rounds, results):
    """Take both groups of repository 7 in turn, each process under a claim of its own."""
    store = SqlStore(url)
    key = f"repo-{100 + number}"
    store.work.touch(key)
    while (claim := store.work.claim(f"w{number}", LEASE)) is None or claim.key != key:
        if claim is not None:
            store.work.finish(claim, timedelta())
    groups = ["e2e", "db"] if number % 2 else ["db", "e2e"]
    log = []
    for attempt in range(rounds):
        request = store.locks.request(
            claim,
            repo_id=7,
            repo_name="acme/shop",
            stage=f"s{number}",
            promotion=f"p{number}-{attempt}",
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
    logs = [entry for _ in processes for entry in results.get(timeout=60)]
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
        with pytest.raises(Conflict, match="db is held by acme/shop b"):
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
