"""Joining by a token, in histories made by hand: each wrong answer beside the right one."""

from dataclasses import replace
from datetime import timedelta

from tests.oracle import joined
from tests.oracle.histories import request

GRANT = {1: {"e2e": ("e2e-2",)}}


def ids(wrong):
    return [words.split(":")[0] for words in wrong]


def test_the_grants_token_and_permit_are_told_and_an_outdated_one_is_refused():
    told = {"token": 4, "permit": "e2e-2"}
    assert joined.shown("e2e", 4, GRANT, 200, told) == []
    assert ids(joined.shown("e2e", 4, GRANT, 409, {})) == ["L18"]
    assert ids(joined.shown("e2e", 4, GRANT, 200, {**told, "permit": None})) == ["L18"]
    assert joined.shown("e2e", 3, {}, 409, {}) == []
    assert ids(joined.shown("e2e", 3, {}, 200, told)) == ["L18"]


def test_a_part_lasts_as_long_as_the_grant():
    assert joined.again("heartbeat", "e2e", 4, 200, right=True) == []
    assert joined.again("heartbeat", "e2e", 4, 409, right=False) == []
    assert ids(joined.again("heartbeat", "e2e", 4, 200, right=False)) == ["L18"]
    assert ids(joined.again("heartbeat", "e2e", 4, 404, right=True)) == ["L18"]


def test_joining_holds_nothing_new_and_ends_nothing():
    one = request("dev", "b")
    assert joined.changed({1: one}, {1: one}, 1) == []
    assert ids(joined.changed({1: one}, {}, 1)) == ["L18"]
    assert ids(joined.changed({}, {1: one}, 1)) == ["L18"]
    assert ids(joined.changed({1: one}, {1: replace(one, state="released")}, 1)) == ["L18"]


def test_a_grant_does_not_end_while_somebody_who_joined_it_works_on():
    one = request("dev", "b")
    over = replace(one, state="released")
    assert joined.left_alone(one, timedelta(seconds=5)) == []
    assert ids(joined.left_alone(over, timedelta(seconds=5))) == ["L76"]
    assert joined.left_alone(over, timedelta(minutes=2)) == []
    assert joined.left_alone(replace(over, state="forced"), timedelta()) == []
