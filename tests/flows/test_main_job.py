"""The main job: a push travels through dev, a locked e2e and prod, in one branch."""

from __future__ import annotations

from tests.flows.harness import ONE_BRANCH, REPO, Flow

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
    """No promotion commit, no REST write, however often it is looked at."""
    first = flow.repo(FILES)
    flow.finish(flow.landed("e2e", first), "e2e")
    tip, writes = flow.tip(), len(flow.writes())

    for _ in range(3):
        flow.sweep()
        flow.look()

    assert flow.tip() == tip
    assert flow.writes()[writes:] == []


def test_a_promotion_without_a_lock_needs_at_most_six_writes(flow: Flow):
    """A push to a pipeline of one stage: commit by Git, the rest by REST."""
    config = ONE_BRANCH.partition("  e2e:\n")[0]
    flow.repo({"stagelock.yaml": config, "apps/web/index.html": "one"})
    before = len(flow.writes())

    flow.push({"apps/web/index.html": "two"})

    assert 1 <= len(flow.writes()[before:]) <= 6
