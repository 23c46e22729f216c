"""Invariant 17 by the second, in time that only the test's clock counts; `endless` has the laws."""

from __future__ import annotations

from datetime import timedelta

from app.sandbox.github.model import Run
from tests.crash import endless
from tests.flows.harness import Flow, flowing

SECONDS = 12


def unfinished(flow: Flow) -> list[tuple[str, Run]]:
    landed = endless.landings(flow.world, "e2e")
    found = ((c.sha, flow.world.check(endless.REPO, c.sha, "e2e")) for c in landed)
    return [(sha, run) for sha, run in found if run is not None and run.status != "completed"]


def passes(flow: Flow, seconds: int) -> None:
    """Time passes: jobs that began long enough ago end, and what was to wake up does."""
    flow.clock.ahead += timedelta(seconds=seconds)
    for sha, run in unfinished(flow):
        if run.started_at is not None and run.started_at <= flow.clock() - endless.VERIFYING:
            flow.world.ci.finish(endless.REPO, sha, "e2e")
    flow.look()


def test_a_push_every_second_starves_no_stage_and_no_stage_is_written_too_often(tmp_path):
    """Some seconds of it; `make endurance` lets a minute pass on real processes."""
    with flowing(tmp_path) as flow, flow.clock.still():
        flow.world.ci.job("e2e", paths=("stages/e2e",), lasts=None)
        changes = {path: text or "" for path, text in endless.change(0).items()}
        first = {"stagelock.yaml": endless.PIPELINE, **changes}
        flow.repo(first, endless.REPO)
        begun = flow.clock()
        pushed = []
        for number in range(1, SECONDS + 1):
            change = endless.change(number)
            pushed.append(flow.world.push(endless.REPO, "main", change, message="A change"))
            passes(flow, 1)
        for _ in range(SECONDS):
            wanted = flow.world.tree_id(endless.REPO, pushed[-1], "apps/web")
            if flow.world.tree_id(endless.REPO, "main", "stages/prod") == wanted:
                break
            passes(flow, 3)

        assert endless.broken(flow.world, pushed, flow.clock() - begun) == []
        assert len(endless.landings(flow.world, "prod")) >= 2
