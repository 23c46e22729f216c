"""Every attempt to push asks every gate anew: the repeated one, and each part of a batch."""

from __future__ import annotations

from datetime import timedelta

from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import filled, pipeline
from tests.flows.pushing import promoted, unanswered
from tests.flows.words import say

TWO = {"stagelock.yaml": pipeline(filled("a") + filled("b")), "apps/web/i": "1"}


def test_of_a_batch_in_doubt_nobody_lands_below_another_whose_gate_has_closed(flow: Flow):
    """Two commits of one push; the stage of the lower one is held before it is repeated."""
    flow.repo({"stagelock.yaml": TWO["stagelock.yaml"]})
    unanswered(flow, times=1)
    with flow.clock.still():
        first = flow.push({"apps/web/i": "1"})
        assert {p.state for p in flow.promotions()} == {"writing"}
        say(flow, first, "/hold a not now")
    for _ in range(4):
        flow.passes(minutes=1)

    assert promoted(flow) == ["b"]
    say(flow, first, "/resume a")
    assert sorted(promoted(flow)) == ["a", "b"]


def test_withdrawn_freight_is_not_written_by_a_repeated_push(flow: Flow):
    """A secret was pushed by mistake, and forced away before our push was repeated."""
    text = pipeline(filled("live").replace("path: stages/live", "branch: env/live"))
    flow.repo({"stagelock.yaml": text, "apps/web/i": "1"})
    before = flow.tip()
    unanswered(flow)
    flow.push({"apps/web/i": "a secret"})
    flow.world.push(REPO, "main", {"docs/a": "x"}, parent=before, force=True)
    for _ in range(4):
        flow.passes(minutes=1)

    assert flow.world.tree(REPO, "env/live", "web") == {"web/i": b"1"}
    newer = flow.push({"apps/web/i": "2"})
    assert flow.state(newer, "live") == "success"


def test_each_attempt_is_stored_with_its_own_beginning(flow: Flow):
    flow.repo({"stagelock.yaml": TWO["stagelock.yaml"]})
    unanswered(flow, times=3)
    flow.push({"apps/web/i": "1"})
    [one, *_] = [p.intent for p in flow.promotions()]
    assert one is not None
    flow.passes(seconds=20)
    [two, *_] = [p.intent for p in flow.promotions()]
    assert two is not None
    assert two.commit == one.commit
    assert two.stored_at - one.stored_at >= timedelta(seconds=20)
    assert two.made_at == one.made_at
