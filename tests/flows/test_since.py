"""Runs and `/why` say since when a gate waits, from what was recorded (rules C17, C56)."""

from __future__ import annotations

import re
from datetime import timedelta

from app.core.text.markup import moment
from app.sandbox.demo.launch import SLUG
from tests.flows.drifting import PATH, begun, edit
from tests.flows.harness import Flow
from tests.flows.pipelines import WEB, filled, pipeline
from tests.flows.reverting import revert, verified_bad


def row(flow: Flow, on: str, stage: str, gate: str) -> list[str]:
    """The gate's cells in the run's table, which is that of `/why`."""
    text = flow.summary(on, stage)
    found = re.search(rf"^\| {gate} \|.*$", text, re.MULTILINE)
    assert found is not None, text
    return [cell.strip() for cell in found[0].strip("|").split("|")]


def around(flow: Flow) -> set[str]:
    """The last minutes, as texts name them: a test may meet the end of one."""
    return {moment(flow.clock() - timedelta(minutes=ago)) for ago in range(3)}


def test_what_was_taken_back_waits_since_the_push_that_took_it_back(flow: Flow):
    bad = verified_bad(flow)
    flow.passes(minutes=20)
    revert(flow, bad, {"apps/web/index.html": "one"})
    then = around(flow)

    flow.passes(hours=3)

    gate, answer, _, since, _ = row(flow, bad, "prod", "reverted")
    assert (gate, answer) == ("reverted", "**wait**")
    assert since in then


def test_a_hand_edit_blocks_since_its_first_push(flow: Flow):
    begun(flow, "block")
    flow.passes(minutes=20)
    edit(flow, "b", "hot")
    then = around(flow)
    flow.passes(hours=1)
    edit(flow, "b", "hotter")
    sha = flow.push({"apps/web/a": "2"})

    flow.passes(hours=3)

    gate, answer, why, since, _ = row(flow, sha, "prod", "drift")
    assert (gate, answer) == ("drift", "**wait**")
    assert f"{PATH}/b" in why
    assert since in then


def test_what_a_stage_lacks_has_no_since_where_nobody_recorded_one(flow: Flow):
    """GitHub tells what an App may do now, and not since when: nothing is invented."""
    first = flow.repo({"stagelock.yaml": pipeline(filled("live", "    auto: false\n")), **WEB})
    flow.world.set_permissions(SLUG, contents="read")
    flow.sweep()

    gate, answer, _, since, _ = row(flow, first, "live", "permission")
    assert (gate, answer, since) == ("permission", "**wait**", "")
