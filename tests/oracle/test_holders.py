"""Locks of people and clients, in histories made by hand: each wrong one beside the right one."""

from dataclasses import replace
from datetime import timedelta

from app.core.model.lock_requests import DirectRequest
from app.core.model.names import GroupName
from tests.oracle import holders
from tests.oracle.histories import MINUTE, NOON, line, moment, plan, request, row
from tests.oracle.words import Word

COPY = [{"uses": "copy", "with": {"from": "apps", "to": "web"}}]
FILE = plan({"dev": {"path": "stages/dev", "steps": COPY, "lock": "e2e"}})
LINE = line("abcdefg")
E2E = GroupName("e2e")


def lock(kind="person", who="ann", state="held", number=1, **more):
    fields = {"granted_at": NOON, "tokens": {E2E: 1}, "expires_at": NOON + 60 * MINUTE, **more}
    if state == "queued":
        fields |= {"granted_at": None, "tokens": {}}
    return DirectRequest(
        number, 1, "acme/shop", kind, who, (E2E,), number, state, NOON, timedelta(hours=1), **fields
    )  # fmt: skip


def said(verb, who="ann", role="write", *, order=1, minute=5, force=False):
    at = NOON + minute * MINUTE
    return Word(order, at, verb, who=who, role=role, group="e2e", force=force)


def now(*directs, requests=(), words=(), minute=30, first=None):
    made = moment(FILE, LINE, requests=requests, minute=minute)
    records = replace(made.records, direct=directs)
    return replace(made, records=records, words=words, first=first or {})


def ids(wrong):
    return [words.split(":")[0] for words in wrong]


def test_nobody_is_let_in_beside_a_persons_lock():
    stage = request("dev", "b", number=2)
    assert ids(holders.let_in(now(requests=[stage]), stage)) == []
    assert ids(holders.let_in(now(lock(), requests=[stage]), stage)) == ["I1"]
    overdue = lock(state="suspect")
    assert ids(holders.let_in(now(overdue, requests=[stage]), stage)) == ["I1"]


def test_the_oldest_goes_first_whoever_it_is():
    older, stage = lock(state="queued", number=1), request("dev", "b", number=2)
    assert ids(holders.let_in(now(older, requests=[stage]), stage)) == ["L2"]
    younger = lock(state="queued", number=3)
    assert ids(holders.let_in(now(younger, requests=[stage]), stage)) == []


def test_tokens_rise():
    assert holders.rises(lock(tokens={E2E: 4}), {E2E: 3}) == []
    assert ids(holders.rises(lock(tokens={E2E: 3}), {E2E: 3})) == ["L4"]


def test_a_lock_is_asked_for_by_who_may_write():
    assert holders.made(now(words=[said("lock")]), lock()) == []
    late = now(words=[said("lock", role="read")])
    assert holders.made(replace(late, roles=lambda _login: {"read", "write"}), lock()) == []
    assert ids(holders.made(replace(late, roles=lambda _login: {"read"}), lock())) == ["C26"]
    assert ids(holders.made(now(words=[said("lock", who="zoe")]), lock())) == ["C26"]


def test_a_persons_lock_ends_by_its_holder_or_a_maintainer_and_never_by_time():
    def wrong(*words):
        over = lock(state="released")
        return ids(holders.ended(now(words=words, minute=600), lock(), over, by_client=False))

    assert wrong(said("unlock")) == []
    assert wrong(said("unlock", "max", "maintain")) == []
    assert wrong(said("unlock", "zoe")) == ["C33"]
    assert wrong() == ["C33"]


def test_what_a_client_has_read_ends_by_the_client_or_by_force_alone():
    has, over = lock("client", "ci", read_at=NOON), lock("client", "ci", "released", read_at=NOON)

    def wrong(before, after, *words, by_client=False):
        there = now(words=words, minute=600)
        return ids(holders.ended(there, before, after, by_client=by_client))

    assert wrong(has, over, by_client=True) == []
    assert wrong(has, over, said("unlock", "max", "maintain", force=True)) == []
    assert wrong(has, over) == ["L36"]
    assert wrong(has, over, said("unlock", "max", "maintain")) == ["L36"]
    unread = lock("client", "ci")
    assert wrong(unread, replace(unread, state="released")) == []


def test_a_stages_lock_is_taken_away_by_force_and_a_maintainer_alone():
    taken = request("dev", "b", "forced")
    force = said("unlock", "max", "maintain", force=True)
    assert holders.forced(now(words=[force]), taken) == []
    assert ids(holders.forced(now(words=[replace(force, role="write")]), taken)) == ["C27"]
    assert ids(holders.forced(now(words=[replace(force, force=False)]), taken)) == ["C27"]


def test_an_outdated_token_is_refused():
    has = lock("client", "ci", owner="job", read_at=NOON)
    assert holders.answered(has, "heartbeat", 1, 200, has) == []
    assert holders.answered(has, "heartbeat", 0, 409, has) == []
    assert ids(holders.answered(has, "heartbeat", 0, 200, has)) == ["L37"]
    forced = replace(has, state="forced")
    assert ids(holders.answered(forced, "heartbeat", 1, 200, forced)) == ["L37"]
    suspect = replace(has, state="suspect")
    assert ids(holders.answered(suspect, "heartbeat", 1, 200, suspect)) == ["L36"]


def test_giving_back_twice_changes_nothing():
    over = lock("client", "ci", "released", read_at=NOON)
    assert holders.answered(over, "release", 1, 200, over) == []


def test_what_is_free_is_granted_and_what_is_over_is_not_held_on():
    def owed(*directs, words=(), first=None):
        there = now(*directs, words=words, minute=90, first=first)
        return ids(sentence for _, sentence in holders.owing(there))

    later = NOON + 600 * MINUTE
    assert owed(lock(expires_at=later)) == []
    assert owed(lock()) == ["C33"]
    assert owed(lock("client", "ci")) == ["L36"]
    assert owed(lock(state="queued", expires_at=None)) == ["L34"]
    behind = lock(who="zoe", state="queued", number=2, expires_at=None)
    assert owed(lock(expires_at=later), behind) == []
    since = {("direct", 1): NOON}
    assert owed(lock(expires_at=later), words=[said("unlock")], first=since) == ["C26"]


def test_a_rollback_has_a_grant_beside_a_visitor_as_what_it_ended_had_it():
    """rules K3, I1: it takes no more than that; what the visitor took it may not have."""
    rows = [row("dev", "b", state="cancelled"), row("dev", "a", state="writing", leaves="web@b")]
    was = replace(request("dev", "b", "released", 1), ended_at=NOON, reason="taken-over")
    visits = replace(request("dev", "c", "held", 2), out_of_turn=True)
    heir = request("dev", "a", "held", 3)
    made = moment(FILE, LINE, rows=rows, requests=[was, visits, heir])
    assert ids(holders.let_in(made, heir)) == []
    inherits = replace(was, out_of_turn=True)
    made = moment(FILE, LINE, rows=rows, requests=[inherits, visits, heir])
    assert ids(holders.let_in(made, heir)) == ["I1"]
