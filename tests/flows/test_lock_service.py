"""The lock as a service: clients of the HTTP API queue with the stages, over real HTTP, from the contract's words."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from pathlib import Path

from app.core.model.names import GroupName
from tests.flows.calling import Caller, served
from tests.flows.harness import REPO, Flow
from tests.flows.lock_clients import FILES, Client, flow, own
from tests.flows.words import replies, say
from tests.processes import PATIENCE

__all__ = ["flow", "own"]

KEYS = {"id", "state", "token", "permit", "position", "of", "holder", "expires_at"}


def test_a_free_group_is_granted_at_once_renewed_and_given_back(flow: Flow):
    client = Client(flow, "free", "job-1")
    answer = client.ask(reason="smoke test", ttl="90s")
    now = flow.clock()
    granted = answer.json()

    assert answer.status_code == 200
    assert granted.keys() == KEYS
    assert (granted["state"], granted["position"], granted["of"]) == ("held", None, None)
    assert isinstance(granted["token"], int)
    assert granted["permit"] is None
    until = (datetime.fromisoformat(granted["expires_at"]) - now).total_seconds()
    assert 80 < until < 95
    assert client.where.endswith(f"/free/requests/{granted['id']}")

    [holder] = client.call.get(client.group)["holders"]
    assert (holder["kind"], holder["name"], holder["reason"]) == ("client", "ci", "smoke test")
    assert (holder["id"], holder["token"]) == (granted["id"], granted["token"])
    assert granted["holder"] == holder

    renewed = client.post("heartbeat", granted["token"])
    assert renewed.status_code == 200
    assert renewed.json()["expires_at"] > granted["expires_at"]

    given = client.post("release", granted["token"])
    assert (given.status_code, given.json()["state"]) == (200, "released")
    again = client.post("release", granted["token"])
    assert (again.status_code, again.json()) == (200, given.json())
    late = client.post("heartbeat", granted["token"])
    assert (late.status_code, late.json()["error"]) == (409, "conflict")
    assert client.see().json()["state"] == "released"
    assert client.call.get(client.group)["holders"] == []


def test_the_second_is_queued_and_granted_in_its_turn(flow: Flow):
    first, second, third = (Client(flow, "queue", name) for name in ("a", "b", "c"))
    held = first.ask().json()
    answer = second.ask()
    assert answer.status_code == 202
    queued = answer.json()
    assert (queued["state"], queued["token"]) == ("queued", None)
    assert (queued["position"], queued["of"]) == (1, 1)
    assert queued["holder"]["id"] == held["id"]
    assert (third.ask().json()["position"], second.see().json()["of"]) == (2, 2)

    first.post("release", held["token"])
    flow.settle()
    granted = second.see().json()
    assert (granted["state"], granted["position"]) == ("held", None)
    assert granted["token"] > held["token"]
    assert third.see().json()["position"] == 1

    left = third.post("release", None)
    assert (left.status_code, left.json()["state"]) == (200, "cancelled")
    assert third.post("release", None).status_code == 200
    assert second.post("release", None).status_code == 409, "leaving is for who waits"
    assert second.post("release", granted["token"]).status_code == 200


def test_a_request_is_named_by_its_owner_within_its_token(flow: Flow):
    client = Client(flow, "same", "run-7")
    granted = client.ask().json()
    again = client.ask()
    assert again.status_code == 200
    assert (again.json()["id"], again.json()["token"]) == (granted["id"], granted["token"])

    stranger = Client(flow, "same", "run-7", token="lock-you")
    other = stranger.ask()
    assert other.status_code == 202
    assert other.json()["id"] != granted["id"]
    stranger.where = client.where
    assert stranger.see().status_code == 404
    assert stranger.post("heartbeat", granted["token"]).status_code == 404
    assert stranger.post("release", granted["token"]).status_code == 404

    client.post("release", granted["token"])
    anew = client.ask().json()
    assert anew["id"] != granted["id"]


def test_a_waiting_answer_comes_with_the_change_and_others_are_answered_meanwhile(flow: Flow):
    first, second = Client(flow, "long", "a"), Client(flow, "long", "b")
    held = first.ask().json()
    second.ask()
    assert second.see(wait=1).json()["state"] == "queued", "nothing changed in that time"
    found: list[str] = ["queued"]

    def wait() -> None:
        while found[-1] == "queued":  # that nobody holds it for a moment is a change, too
            found.append(second.see(wait=60).json()["state"])

    waiting = threading.Thread(target=wait)
    waiting.start()
    for _ in range(20):
        assert first.post("heartbeat", held["token"]).status_code == 200
    assert waiting.is_alive()
    begun = time.monotonic()
    first.post("release", held["token"])
    flow.settle()
    waiting.join(PATIENCE)

    assert found[-1] == "held"
    assert time.monotonic() - begun < 50


def test_a_grant_that_came_between_two_questions_is_told_at_once(flow: Flow):
    first, second = Client(flow, "busy", "a"), Client(flow, "busy", "b")
    held = first.ask().json()
    second.ask()
    first.post("release", held["token"])
    flow.settle()
    begun = time.monotonic()
    assert second.see(wait=60).json()["state"] == "held"
    assert second.see().json()["state"] == "held"
    assert time.monotonic() - begun < 50


def test_two_permits_let_two_in(flow: Flow):
    clients = [Client(flow, "wide", name) for name in "abc"]
    assert [client.ask().status_code for client in clients] == [200, 200, 202]
    assert Client(flow, "wide", "d").ask(permits=3).json()["fields"].keys() == {"permits"}


def test_named_permits_are_told_and_all_of_them_may_be_taken(flow: Flow):
    first, second, whole = (Client(flow, "named", name) for name in "abc")
    one, two = first.ask().json(), second.ask().json()
    assert (one["permit"], two["permit"]) == ("e2e-1", "e2e-2")
    group = first.call.get(first.group)
    assert (group["permits"], group["free"]) == (["e2e-1", "e2e-2"], 0)
    assert [holder["permit"] for holder in group["holders"]] == ["e2e-1", "e2e-2"]

    assert whole.ask(permits="all").status_code == 202
    first.post("release", one["token"])
    flow.settle()
    assert whole.see().json()["state"] == "queued", "it waits until the group is empty"
    second.post("release", two["token"])
    flow.settle()
    assert whole.see().json()["permit"] == "e2e-1,e2e-2"


def test_a_grant_is_joined_by_showing_its_token(flow: Flow):
    outer, inner = Client(flow, "join", "outer"), Client(flow, "join", "inner", token="lock-you")
    held = outer.ask().json()
    answer = inner.ask(join=held["token"])
    joined = answer.json()

    assert answer.status_code == 200
    assert (joined["state"], joined["token"]) == ("held", held["token"])
    assert len(outer.call.get(outer.group)["holders"]) == 1, "nothing new is held"
    assert inner.post("heartbeat", held["token"]).status_code == 200
    given = inner.post("release", held["token"])
    assert (given.status_code, given.json()["state"]) == (200, "released")
    assert outer.see().json()["state"] == "held", "its release ends its part only"

    assert inner.ask(join=held["token"] + 1).status_code == 409
    outer.post("release", held["token"])
    assert inner.post("heartbeat", held["token"]).status_code == 409
    assert inner.ask(join=held["token"]).status_code == 409


def test_a_client_waits_for_a_stage_and_the_stage_for_the_client(flow: Flow):
    [stage] = [r for r in flow.requests() if r.state == "held"]
    client = Client(flow, "mixed", "job")
    assert client.ask().json()["holder"]["kind"] == "stage"
    first = flow.newest()
    flow.finish(flow.landed("one", first), "one")
    granted = client.see().json()
    assert granted["state"] == "held"
    assert granted["token"] > stage.tokens[GroupName("mixed")]

    second = flow.push({"apps/web/a": "2"})
    run = flow.run(second, "one")
    assert run is not None
    assert run.status == "queued"
    assert "ci" in (run.title or "")
    client.post("release", granted["token"])
    flow.settle()
    assert flow.landed("one", second)


def test_time_ends_what_nobody_asks_for_and_suspects_what_nobody_renews(own: Flow):
    known, unread, gone = (Client(own, "busy", name) for name in ("known", "unread", "gone"))
    held = known.ask(ttl=10).json()
    assert held["state"] == "held"
    unread.ask(ttl=10)
    gone.ask(ttl=10)

    own.passes(seconds=11)
    assert [c.see().json()["state"] for c in (known, unread, gone)] == [
        "suspect",
        "cancelled",
        "cancelled",
    ]
    assert known.call.get(known.group)["free"] == 0, "its job may still run"
    assert known.post("heartbeat", held["token"]).json()["state"] == "held"

    unread.ask(ttl="20m")
    known.post("release", held["token"])
    own.settle()
    [holder] = known.call.get(known.group)["holders"]
    assert holder["state"] == "held"
    own.passes(minutes=21)
    assert known.call.get(known.group)["holders"] == []
    assert unread.see().json()["state"] == "released", "unused, not suspect"


def test_a_client_that_renews_for_longer_than_max_hold_is_suspect_until_a_person_or_its_end(
    own: Flow,
):
    """A job that hangs under `stagelock lock` renews for ever: it blocks on, and people are told."""
    hangs = Client(own, "busy", "hangs")
    held = hangs.ask(ttl="30m").json()
    own.passes(minutes=29)
    assert hangs.see().json()["state"] == "held"
    own.passes(minutes=2)  # `max-hold` is 30 minutes
    assert hangs.see().json()["state"] == "suspect"
    beat = hangs.post("heartbeat", held["token"])
    assert (beat.status_code, beat.json()["state"]) == (200, "suspect"), (
        "alive is no answer to that"
    )
    assert hangs.see().json()["state"] == "suspect"
    assert hangs.post("heartbeat", held["token"] - 1).status_code == 409

    assert hangs.post("release", held["token"]).json()["state"] == "released"


def test_who_holds_a_group_that_has_gone_from_the_file_goes_on_as_before(tmp_path: Path):
    """An edit of the file ends no grant: its holder asks again, renews, reads, gives back."""
    with served(tmp_path) as flow:
        flow.repo(FILES)
        first, second = Client(flow, "wide", "first"), Client(flow, "wide", "second", "lock-you")
        before = first.ask(ttl="20m", permits=2).json()
        assert second.ask().json()["state"] == "queued"
        flow.push({"stagelock.yaml": FILES["stagelock.yaml"].replace("  wide:", "  slim:")})

        again = first.ask(ttl="20m", permits=2)
        assert (again.status_code, again.json()["id"]) == (200, before["id"])
        assert (again.json()["token"], again.json()["state"]) == (before["token"], "held")
        assert first.post("heartbeat", before["token"]).json()["state"] == "held"
        assert first.see().json()["state"] == "held"
        assert second.see().json()["state"] == "rejected"
        assert second.ask().status_code == 404, "it takes in nobody any more"
        joined = second.ask(join=before["token"])
        assert (joined.status_code, joined.json()["token"]) == (200, before["token"])
        assert first.post("release", before["token"]).json()["state"] == "released"
        assert first.ask().status_code == 404


def test_what_to_do_about_several_suspect_grants_names_each_by_its_token(tmp_path: Path):
    """A line that is typed as it stands: without the token it would only be asked back."""
    with served(tmp_path) as flow:
        first = flow.repo(FILES)
        tokens = [Client(flow, "wide", name).ask(ttl=10).json()["token"] for name in "ab"]
        flow.passes(seconds=30)

        say(flow, first, "/stagelock status", by="alice")
        [text] = replies(flow, first)
        for token in tokens:
            assert f"`/unlock wide#{token} --force reason`" in text
            say(flow, first, f"/unlock wide#{token} --force reason", by="alice")

        assert Caller(flow).get(f"/locks/{REPO}/wide", follow_redirects=True)["free"] == 2
