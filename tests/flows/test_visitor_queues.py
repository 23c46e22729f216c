"""A stage whose own check was run again: its new freight has a place in the queue meanwhile."""

from __future__ import annotations

from tests.flows.calling import Caller
from tests.flows.harness import REPO, Flow
from tests.flows.lock_clients import Client, own
from tests.flows.locking import live
from tests.flows.words import say

__all__ = ["own"]


def run_again(flow: Flow) -> str:
    """`one` is verified, and Carol runs its check again on what it landed: that."""
    landed = flow.landed("one", flow.newest())
    flow.finish(landed, "one")
    flow.world.start_check(REPO, landed, "one")
    flow.settle()
    assert live(flow) == [("one", "held")]
    return landed


def test_who_asks_later_does_not_pass_new_freight_that_waits_for_its_stages_own_visitor(own: Flow):
    """rules L2, L75: it is granted when the visitor has ended, before those who asked later."""
    landed = run_again(own)
    freight = own.push({"apps/web/a": "2"})
    assert own.state(freight, "one") == "queued"
    client = Client(own, "mixed", "job")
    asked = client.ask().json()
    assert (asked["state"], asked["position"], asked["of"]) == ("queued", 2, 2)

    place = Caller(own, "lock-me").get(client.group)
    assert [(r["kind"], r["name"]) for r in place["holders"]] == [("visitor", "one")]
    assert [(r["kind"], r["name"], r["position"]) for r in place["queue"]] == [
        ("stage", "one", 1),
        ("client", "ci", 2),
    ]
    assert own.title(freight, "lock / mixed").startswith("1st of 1, held by one out of turn since")
    say(own, freight, "/unlock mixed")
    assert live(own) == [("one", "held"), ("one", "queued")]

    own.finish(landed, "one")
    assert own.landed("one", freight)
    assert client.see().json()["state"] == "queued"
    own.finish(own.landed("one", freight), "one")
    assert client.see().json()["state"] == "held"
