"""The main job: a push travels through dev, a locked e2e and prod, in one branch."""

from __future__ import annotations

from app.sandbox.demo.launch import SLUG
from tests.flows.harness import ONE_BRANCH, REPO, Flow

HOOKED = True
EVERY_TIME = True

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one", "README.md": "hello"}


def test_a_push_travels_through_all_stages_in_order(flow: Flow):
    """The trees of e2e and prod are the very objects that dev's promotion wrote."""
    first = flow.repo(FILES)
    assert flow.world.tree(REPO, "main", "stages/dev") == {"stages/dev/web/index.html": b"one"}
    assert flow.state(first, "dev") == "success"
    assert flow.state(first, "e2e") == "in_progress"
    assert flow.state(first, "lock / e2e-env") == "in_progress"
    assert flow.state(first, "prod") == "queued"

    flow.finish(flow.landed("e2e", first), "e2e")

    wrote = flow.world.tree_id(REPO, flow.landed("dev", first), "stages/dev/web")
    for stage in ("dev", "e2e", "prod"):
        assert flow.world.tree_id(REPO, "main", f"stages/{stage}/web") == wrote
    assert flow.subjects() == [
        f"Promote web {first[:7]} to prod",
        f"Promote web {first[:7]} to e2e",
        f"Promote web {first[:7]} to dev",
        "Initial commit",
    ]
    assert flow.state(first, "lock / e2e-env") == "success"
    assert flow.state(first, "prod") == "success"


def test_a_repository_at_rest_is_left_alone(flow: Flow):
    """
    No ref moves and nothing is written by REST, whatever looks at it again and for however long:
    also not where a pull request waits for people, and newer freight for a check.
    """
    text = ONE_BRANCH.replace(
        "    path: stages/prod\n", "    path: stages/prod\n    via: pull-request\n"
    )
    first = flow.repo({**FILES, "stagelock.yaml": text})
    flow.finish(flow.landed("e2e", first), "e2e")
    flow.push({"apps/web/index.html": "two"})
    flow.passes(minutes=2)  # what is written at most once a minute
    branches, writes = flow.world.branches(REPO), len(flow.writes())
    assert "stagelock/prod" in branches

    flow.sweep()
    flow.look()
    for one in [d for d in flow.world.deliveries if not d.redelivery]:
        flow.world.courier.redeliver(flow.world.hub.app(SLUG), one.id)
    flow.passes(minutes=50)
    assert flow.writes()[writes:] == []

    flow.passes(minutes=10)  # the second freight's check never came
    flow.passes(minutes=2)
    writes = len(flow.writes())
    for days in (1, 11):
        flow.passes(days=days)
        flow.sweep()
    assert flow.writes()[writes:] == []
    assert flow.world.branches(REPO) == branches


def test_a_promotion_without_a_lock_needs_at_most_six_writes(flow: Flow):
    """A push to a pipeline of one stage: commit by Git, the rest by REST."""
    config = ONE_BRANCH.partition("  e2e:\n")[0]
    flow.repo({"stagelock.yaml": config, "apps/web/index.html": "one"})
    before = len(flow.writes())

    flow.push({"apps/web/index.html": "two"})

    assert 1 <= len(flow.writes()[before:]) <= 6
