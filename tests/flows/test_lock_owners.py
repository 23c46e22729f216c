"""One owner of one token names one unfinished request of a group, however it is asked for."""

from __future__ import annotations

from tests.flows.calling import Caller
from tests.flows.harness import Flow
from tests.flows.lock_clients import FILES, Client, flow, own
from tests.flows.words import say

__all__ = ["flow", "own"]


def group(client: Client) -> tuple[int, int]:
    """How many hold it, and how many wait."""
    told = Caller(client.flow, "read-me").get(client.group)
    return len(told["holders"]), len(told["queue"])


def test_who_waits_and_then_joins_waits_no_more(own: Flow):
    """rule L104"""
    base, client = Client(own, "free", "base"), Client(own, "free", "one")
    token = base.ask().json()["token"]
    assert client.ask().json()["state"] == "queued"
    waited = client.where
    joined = client.ask(join=token)
    assert (joined.status_code, joined.json()["token"]) == (200, token)
    assert group(client) == (1, 0)
    assert client.ask(join=token).json()["id"] == joined.json()["id"]
    client.where, mine = waited, client.where
    assert client.see().json()["state"] == "cancelled"
    client.where = mine
    assert client.post("release", token).json()["state"] == "released"


def test_who_has_joined_and_asks_again_is_told_of_the_part(own: Flow):
    """rule L104: also where the group has gone from the file, and with another grant's token."""
    base, client = Client(own, "wide", "base"), Client(own, "wide", "one")
    other = Client(own, "wide", "other", "lock-you").ask().json()["token"]
    token = base.ask().json()["token"]
    joined = client.ask(join=token).json()
    assert client.ask().json() == joined
    assert client.ask(join=other).json()["id"] == joined["id"]
    assert group(client) == (2, 0)
    assert client.ask(join=99).status_code == 409

    wide = "  wide: {permits: 2, max-hold: 30m}\n"
    own.push({"stagelock.yaml": FILES["stagelock.yaml"].replace(wide, "")})
    assert client.ask().json()["id"] == joined["id"]
    client.post("release", token)
    assert client.ask().status_code == 404, "nothing new is made there"


def test_who_holds_and_shows_its_own_token_is_told_of_its_grant(own: Flow):
    """rule L104"""
    base = Client(own, "free", "base")
    granted = base.ask().json()
    assert base.ask(join=granted["token"]).json()["id"] == granted["id"]
    assert base.post("release", granted["token"]).json()["state"] == "released"
    assert group(base) == (0, 0)


def test_a_repeated_release_gives_the_same_answer_whoever_holds_it_now(own: Flow):
    """rule L105: what has ended tells of no holder."""
    first, second = Client(own, "free", "first"), Client(own, "free", "second")
    token = first.ask().json()["token"]
    second.ask()
    given = first.post("release", token)
    own.settle()
    assert second.see().json()["state"] == "held"
    again = first.post("release", token)
    assert (again.status_code, again.json()) == (200, given.json())
    assert first.see().json() == given.json()
    assert given.json()["holder"] is None


def test_what_was_taken_away_is_given_back_by_nobody_who_joined_it(own: Flow):
    """rules C27, L106: its token is outdated."""
    base, client = Client(own, "join", "base"), Client(own, "join", "one")
    early = Client(own, "join", "early")
    token = base.ask().json()["token"]
    for one in (client, early):
        one.ask(join=token)
    given = early.post("release", token).json()
    say(own, own.newest(), "/unlock join --force it hangs", by="alice")
    for one in (base, client):
        refused = one.post("release", token)
        assert (refused.status_code, refused.json()["error"]) == (409, "conflict")
        assert "the request is forced: it holds nothing" in refused.json()["message"]
        assert one.see().json()["state"] == "forced"
    assert early.post("release", token).json() == given, "what it gave back itself stays so"
