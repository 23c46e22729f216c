"""Locks of external services, in histories made by hand: each wrong one beside the right one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.model.names import GroupName
from app.core.model.service_claims import ServiceClaim
from tests.oracle import holders, outside
from tests.oracle.histories import MINUTE, NOON, job, line, moment, plan, request
from tests.oracle.pipeline import read

DEV = {"path": "stages/dev", "steps": [], "lock": ["e2e"]}
USE = ("rooms", "e2e")
FILE = replace(plan({"dev": DEV}), outside={"e2e": USE})
GRANT = request("dev", "b")
OURS = "stagelock-1-a"


def claim(owner=OURS, state="held", *, since=NOON):
    return ServiceClaim(1, 1, 1, since, *USE, owner, "t", state, None)


def now(*claims, held=OURS, requests=(GRANT,), minute=30, apart=0, file=FILE, **there):
    made = moment(file, line("abc"), requests=requests, minute=minute)
    found = outside.Outside(held={USE: held} if held else {}, **there)
    records = replace(made.records, claims=claims)
    return replace(made, records=records, outside=found, apart=timedelta(seconds=apart))


def ids(wrong):
    return [words.split(":")[0] for words in wrong]


def test_the_service_of_a_group_and_what_is_locked_there_are_read_from_the_file():
    services = (None, "rooms", {"name": "rooms"}, {"name": "rooms", "resource": "x"})
    groups = {f"g{n}": {"service": given} for n, given in enumerate(services)}
    document = f'{{"warehouses": {{}}, "stages": {{}}, "locks": {groups}}}'
    found = read(document.replace("'", '"').replace("None", "null").encode())
    assert found is not None
    assert found.outside == {"g1": ("rooms", "g1"), "g2": ("rooms", "g2"), "g3": ("rooms", "x")}


def test_who_is_let_in_has_the_lock_at_the_service():
    assert ids(outside.let_in(now(claim()), GRANT, [USE])) == []
    assert ids(outside.let_in(now(claim(), held="nightly"), GRANT, [USE])) == ["L31"]
    assert ids(outside.let_in(now(claim(), held=""), GRANT, [USE])) == ["L31"]
    assert ids(outside.let_in(now(), GRANT, [USE])) == ["L31"]


def test_what_was_granted_to_an_earlier_request_or_goes_back_is_not_its_own():
    assert ids(outside.let_in(now(claim(since=NOON - MINUTE)), GRANT, [USE])) == ["L31"]
    assert ids(outside.let_in(now(claim(state="ending")), GRANT, [USE])) == ["L31"]


@pytest.mark.parametrize(("state", "wrong"), [("held", []), ("lost", ["L41"])])
def test_what_was_taken_away_there_counts_until_we_were_told(state, wrong):
    made = now(claim(state=state), held="nightly", taken={OURS})
    assert ids(outside.written(made, GRANT, [USE])) == wrong
    assert ids(outside.written(now(claim(), held="nightly"), GRANT, [USE])) == ["L41"]


def test_what_lapsed_there_counts_no_more_but_by_a_clock_that_is_off():
    lapsed = {OURS: NOON + 30 * MINUTE}
    assert ids(outside.written(now(claim(), held="", lapsed=lapsed), GRANT, [USE])) == ["L41"]
    made = now(claim(), held="", lapsed=lapsed, apart=90)
    assert ids(outside.written(made, GRANT, [USE])) == []


def test_what_had_no_answer_is_looked_at_before_it_is_asked_for_again():
    assert ids(outside.asks(OURS, USE, unsure=True)) == ["L27"]
    assert ids(outside.asks(OURS, USE, unsure=False)) == []


def test_what_a_grant_needs_is_not_given_back():
    over = replace(GRANT, state="released")
    assert outside.goes_on(now(claim()), OURS) == (GRANT, USE)
    assert outside.goes_on(now(claim(), requests=[over]), OURS) is None
    assert outside.goes_on(now(claim(since=NOON - MINUTE)), OURS) is None
    assert ids(outside.gives_back(GRANT, USE, [USE])) == ["L41"]


def test_what_was_asked_for_before_the_file_took_the_service_away_goes_back():
    assert ids(outside.gives_back(GRANT, USE, [])) == []


def test_nothing_is_forgotten_that_is_held_or_may_still_be_granted():
    assert ids(outside.forgotten(now(), OURS, [])) == ["L27"]
    assert ids(outside.forgotten(now(held=""), OURS, [OURS])) == ["L27"]
    assert ids(outside.forgotten(now(held=""), OURS, [])) == []


def test_what_nobody_needs_goes_back_as_soon_as_the_service_answers():
    over = replace(GRANT, state="released")

    def owed(made):
        return ids(words for _, words in outside.owing(made))

    assert owed(now(claim())) == []
    assert owed(now(claim(), requests=[over])) == ["L27"]
    assert owed(now(claim(), held="nightly", requests=[over])) == []
    away = {"rooms": NOON + 28 * MINUTE}
    assert owed(now(claim(), requests=[over], trouble=away)) == []


def test_who_waits_for_a_service_alone_says_so():
    queued = replace(GRANT, state="queued", granted_at=None)
    busy = now(held="nightly", requests=[queued])
    assert ids(outside.silent(busy, queued, ["waiting for rooms: e2e; held by nightly"])) == []
    assert ids(outside.silent(busy, queued, ["waiting for its lock"])) == ["L31"]
    assert ids(outside.silent(now(held="", requests=[queued]), queued, ["x"])) == []


def test_a_place_of_a_client_waits_for_the_service_and_then_for_nothing():
    client = replace(job("queued"), kind="client", groups=(GroupName("e2e"),), expires_at=None)

    def owed(made):
        shown = replace(made, records=replace(made.records, direct=(client,)))
        return ids(words for _, words in holders.owing(shown))

    assert owed(now(held="nightly", requests=[])) == []
    assert owed(now(held="", requests=[])) == ["L34"]
