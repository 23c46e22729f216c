"""A repository whose looks die is left alone for a while, and people are told on GitHub."""

from __future__ import annotations

import urllib.request
from datetime import timedelta

from sqlalchemy import text

from app.engine.checkruns.quarantine import quarantined
from app.wiring import owner_prefix
from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.processes import PATIENCE

DEV = ONE_BRANCH.partition("  e2e:\n")[0]
FILES = {"stagelock.yaml": DEV, "apps/web/index.html": "one"}
TITLE = "Stagelock cannot work on this repository: 2 attempts failed"


def dies(flow: Flow, why: str = "not done after 10 min") -> None:
    """A work process takes the repository, and dies; its parent tells of it."""
    store, prefix = flow.app.store, f"{owner_prefix(flow.app.settings)}77-"
    [record] = store.repos.all()
    store.work.touch(f"repo-{record.id}")
    claim = store.work.claim(f"{prefix}x", timedelta(minutes=1))
    assert claim is not None
    assert claim.key == f"repo-{record.id}"
    quarantined(store, store.work.bury(prefix, why))


def rests_no_more(flow: Flow) -> None:
    with flow.app.store.database.write("end a rest") as connection:
        connection.execute(text("UPDATE work SET rests_until = 1 WHERE rests_until IS NOT NULL"))


def readyz(flow: Flow) -> str:
    url = flow.webhook.replace("/github/webhook", "/readyz")
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return str(answer.read().decode())


def test_a_single_death_is_told_to_nobody_and_the_next_look_goes_on(flow: Flow):
    first = flow.repo(FILES)
    dies(flow)

    flow.settle()

    run = flow.run(flow.tip(), "config")
    assert run is None or run.title != TITLE
    assert flow.state(first, "dev") == "success"


def test_after_two_deaths_it_rests_and_says_so_until_a_look_comes_to_its_end(flow: Flow):
    flow.repo(FILES)
    flow.world.push(REPO, "main", {"apps/web/index.html": "two"})
    flow.world.flush()
    second = flow.tip()
    dies(flow)
    dies(flow)

    flow.settle()

    run = flow.run(second, "config")
    assert run is not None
    assert (run.conclusion, run.title) == ("failure", TITLE)
    assert "the last one: not done after 10 min" in (run.summary or "")
    assert "To do:" in (run.summary or "")
    assert flow.state(second, "dev") == ""
    assert readyz(flow).startswith("ready\n1 repository rests: looks at it broke off")

    rests_no_more(flow)
    flow.settle()

    run = flow.run(second, "config")
    assert run is not None
    assert (run.conclusion, run.title) == ("success", "Stagelock works on this repository again")
    assert flow.landed("dev", second)
    assert readyz(flow) == "ready\n"
    flow.look()
    assert flow.run(second, "config") == run
