"""Shapes of a pipeline: every freight in turn, stages that write nothing, any of several."""

from __future__ import annotations

from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import filled, pipeline

HOOKED = True


def test_queue_all_takes_every_freight_in_turn(flow: Flow):
    """`latest` would skip the middle one while the first is being verified."""
    checked = "    verify: {checks: [t]}\n"
    first = flow.repo(
        {
            "stagelock.yaml": pipeline(
                filled("all", f"    queue: all\n{checked}") + filled("latest", checked)
            ),
            "apps/web/a": "1",
        }
    )
    second = flow.push({"apps/web/a": "2"})
    third = flow.push({"apps/web/a": "3"})
    flow.finish(flow.landed("all", first), "t")
    flow.finish(flow.landed("latest", first), "t")
    flow.finish(flow.landed("all", second), "t")
    flow.finish(flow.landed("latest", third), "t")
    flow.finish(flow.landed("all", third), "t")

    order = [s for s in flow.subjects()[::-1] if s.endswith("to all")]
    assert order == [f"Promote web {sha[:7]} to all" for sha in (first, second, third)]
    latest = [s for s in flow.subjects()[::-1] if s.endswith("to latest")]
    assert latest == [f"Promote web {sha[:7]} to latest" for sha in (first, third)]
    assert flow.state(third, "all") == flow.state(third, "latest") == "success"


def test_control_flow_stages_and_any_of_several(flow: Flow):
    """`gate` writes nothing and passes on what both tests passed; `fast` needs one of them."""
    steps = "    steps:\n      - {uses: copy, with: {from: apps/web, to: web}}\n"
    text = pipeline(
        filled("one", "    verify: {checks: [one]}\n")
        + filled("two", "    verify: {checks: [two]}\n")
        + "  gate: {needs: [one, two]}\n"
        + f"  prod:\n    needs: [gate]\n    path: stages/prod\n{steps}"
        + f"  fast:\n    needs-any: [one, two]\n    path: stages/fast\n{steps}"
    )
    first = flow.repo({"stagelock.yaml": text, "apps/web/a": "1"})
    assert flow.state(first, "gate") == flow.state(first, "fast") == "queued"

    flow.finish(flow.landed("two", first), "two")
    assert flow.state(first, "fast") == "success"
    assert flow.state(first, "gate") == "queued"
    assert flow.world.tree(REPO, "main", "stages/prod") == {}

    tip = flow.tip()
    flow.finish(flow.landed("one", first), "one")
    assert flow.state(first, "gate") == flow.state(first, "prod") == "success"
    assert flow.world.log(REPO, "main")[0].parents == (tip,)
    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/a": b"1"}
