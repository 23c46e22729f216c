"""Clients that share a grant by its token: it is held to the end of the last of them."""

from __future__ import annotations

from app.core.model.names import GroupName
from tests.flows.calling import Caller
from tests.flows.harness import Flow
from tests.flows.lock_clients import Client, flow, own
from tests.flows.words import replies, say

__all__ = ["flow", "own"]


def shared(flow: Flow, group: str, *owners: str) -> tuple[Client, list[Client], int]:
    """Somebody holds *group*, and *owners* have joined: (they, those, the token)."""
    base = Client(flow, group, "base")
    token = base.ask().json()["token"]
    parts = [Client(flow, group, owner, token="lock-you") for owner in owners]
    for part in parts:
        assert part.ask(join=token).json()["state"] == "held"
    return base, parts, token


def test_nobody_is_let_in_while_one_that_joined_works_on(own: Flow):
    """rule L76: the base's release ends its part only, and the last one's the grant."""
    base, (first, second), token = shared(own, "join", "shard-1", "shard-2")
    given = base.post("release", token)
    assert (given.status_code, given.json()["state"]) == (200, "released")
    assert base.post("release", token).json() == given.json()
    assert base.see().json()["state"] == "released"
    assert base.post("heartbeat", token).status_code == 409

    other = Client(own, "join", "next")
    assert other.ask().json()["state"] == "queued"
    first.post("release", token)
    assert second.post("heartbeat", token).json()["state"] == "held"
    assert other.see().json()["state"] == "queued"
    second.post("release", token)
    own.settle()
    assert other.see().json()["state"] == "held"


def test_each_that_joined_is_a_request_of_its_own_and_its_end_is_remembered(own: Flow):
    """rule L77: the other's part goes on."""
    base, (first, second), token = shared(own, "join", "shard-1", "shard-2")
    assert first.where != second.where
    where = first.where
    assert first.ask(join=token).json()["id"] == where.rsplit("/", 1)[1], "asked again: the same"
    given = first.post("release", token)
    assert given.json()["state"] == first.see().json()["state"] == "released"
    assert first.post("release", token).json() == given.json()
    beat = first.post("heartbeat", token)
    assert (beat.status_code, beat.json()["error"]) == (409, "conflict")
    assert second.see().json()["state"] == base.see().json()["state"] == "held"
    assert first.ask(join=token).json()["state"] == "held"
    assert first.where != where, "after its end it is a new one"


def test_a_part_is_read_renewed_and_given_back_with_its_own_token_alone(own: Flow):
    """rule L77"""
    _, (part,), token = shared(own, "join", "shard")
    stranger = Client(own, "join", "shard")
    stranger.where = part.where
    assert stranger.see().status_code == stranger.post("release", token).status_code == 404


def test_one_that_joined_and_fell_silent_leaves_a_suspect_grant_and_its_next_word_holds_it(
    own: Flow,
):
    """rules L36, L76: its job may still run."""
    base, (part,), token = shared(own, "join", "shard")
    base.post("release", token)
    other = Client(own, "join", "next")
    other.ask(ttl="30m")
    own.passes(seconds=70)
    assert part.see().json()["state"] == "suspect"
    assert other.see().json()["state"] == "queued"
    assert part.post("heartbeat", token).json()["state"] == "held"
    own.passes(seconds=70)
    part.post("release", token)
    own.settle()
    assert other.see().json()["state"] == "held"


def test_what_a_person_takes_away_is_over_for_those_who_joined(own: Flow):
    """rules C27, L76"""
    base, (part,), token = shared(own, "join", "shard")
    base.post("release", token)
    say(own, own.newest(), f"/unlock join#{token} --force it hangs", by="alice")
    assert part.post("heartbeat", token).status_code == 409
    assert part.see().json()["state"] == "forced"


def test_a_person_who_unlocks_is_told_that_others_work_on(own: Flow):
    """rules C33, L76"""
    say(own, own.newest(), "/lock join I look", by="bob")
    [holder] = Caller(own, "lock-me").get(Client(own, "join", "x").group)["holders"]
    part = Client(own, "join", "shard")
    part.ask(join=holder["token"])
    say(own, own.newest(), "/unlock join", by="bob")
    assert (
        "has given `join` back. Clients that joined that grant work on"
        in replies(own, own.newest())[-1]
    )
    other = Client(own, "join", "next")
    assert other.ask().json()["state"] == "queued"
    part.post("release", holder["token"])
    own.settle()
    assert other.see().json()["state"] == "held"


def test_the_same_owner_asks_anew_while_others_share_what_it_has_given_back(own: Flow):
    """rule L35: after its end a new one is made, behind them."""
    base, (part,), token = shared(own, "join", "shard")
    base.post("release", token)
    where = base.where
    assert base.ask().json()["state"] == "queued"
    assert base.where != where
    part.post("release", token)
    own.settle()
    assert base.see().json()["state"] == "held"


def test_a_stages_grant_lasts_to_the_end_of_what_joined_it_by_its_token(own: Flow):
    """rule L76: its check has passed, and a process that was let in goes on."""
    landed = own.landed("one", own.newest())
    [stage] = [r for r in own.requests() if r.state == "held"]
    token = stage.tokens[GroupName("mixed")]
    part = Client(own, "mixed", "inside")
    assert part.ask(join=token).status_code == 200
    own.finish(landed, "one")
    assert own.state(own.newest(), "one") == "success"
    other = Client(own, "mixed", "next", token="lock-you")
    assert other.ask().json()["state"] == "queued"
    part.post("release", token)
    own.settle()
    assert other.see().json()["state"] == "held"


def test_one_that_fell_silent_keeps_no_stages_grant_whose_check_has_ended(own: Flow):
    """rule L76: that its job has ended is known."""
    landed = own.landed("one", own.newest())
    [stage] = [r for r in own.requests() if r.state == "held"]
    part = Client(own, "mixed", "inside")
    part.ask(join=stage.tokens[GroupName("mixed")])
    own.finish(landed, "one")
    other = Client(own, "mixed", "next", token="lock-you")
    assert other.ask(ttl="30m").json()["state"] == "queued"
    own.passes(seconds=70)
    assert other.see().json()["state"] == "held"
