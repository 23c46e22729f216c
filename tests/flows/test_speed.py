"""Gates of time: the tick asks to be woken exactly when they open, and then it promotes."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text

from tests.flows.harness import Flow
from tests.flows.pipelines import filled, pipeline

SOAKING = {
    "stagelock.yaml": pipeline(
        filled("dev") + "  prod: {needs: [dev], path: stages/prod, soak: 2h, at-most-every: 6h}\n"
    ),
    "apps/web/a": "1",
}


def due_in(flow: Flow) -> timedelta:
    """When the work table looks at the repository again by itself."""
    database = flow.app.store.database
    with database.read("look") as connection:
        micros = connection.execute(
            text("SELECT run_at FROM work WHERE key LIKE 'repo-%'")
        ).scalar_one()
    now = flow.clock() - flow.clock.ahead
    return timedelta(microseconds=micros) - (now - datetime.fromtimestamp(0, now.tzinfo))


def near(found: timedelta, wanted: timedelta) -> bool:
    """Ticks take their time: some seconds of it."""
    return wanted - timedelta(seconds=60) < found <= wanted + timedelta(seconds=1)


def test_soak_and_at_most_every_wake_the_stage_when_they_have_passed(flow: Flow):
    first = flow.repo(SOAKING)
    assert flow.state(first, "dev") == "success"
    run = flow.run(first, "prod")
    assert run is not None
    assert run.status == "queued"
    assert near(due_in(flow), timedelta(hours=2))

    flow.passes(minutes=119)
    assert flow.state(first, "prod") == "queued"
    flow.passes(minutes=2)
    assert flow.state(first, "prod") == "success"

    second = flow.push({"apps/web/a": "2"})
    flow.passes(hours=3)
    assert flow.state(second, "prod") == "queued"
    assert near(due_in(flow), timedelta(hours=3))
    flow.passes(minutes=181)
    assert flow.state(second, "prod") == "success"
