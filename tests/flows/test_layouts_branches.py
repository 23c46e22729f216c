"""A branch a stage, both layouts in one pipeline, and pull requests into a stage's branch."""

from __future__ import annotations

import pytest

from tests.flows.harness import REPO, Flow

HOOKED = True

BRANCHES = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    branch: env/dev
  e2e:
    needs: [dev]
    branch: env/e2e
    lock: floor
    verify: {checks: [e2e]}
  prod:
    needs: [e2e]
    branch: env/prod
  copy:
    needs: [dev]
    path: stages/copy
    steps:
      - {uses: copy, with: {from-stage: dev, from: apps/web, to: web}}
locks: {floor: {permits: 1}}
"""
FILES = {"stagelock.yaml": BRANCHES, "apps/web/a": "one", "README.md": "not watched"}
REVIEWED = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {branch: env/dev}
  prod: {needs: [dev], branch: env/prod, via: pull-request}
"""


def test_each_stage_has_a_branch_of_its_own_tree(flow: Flow):
    """Root commits with an empty tree first; only what is watched; then the very same tree."""
    first = flow.repo(FILES)
    flow.finish(flow.tip("env/e2e"), "e2e")

    trees = {flow.world.tree_id(REPO, f"env/{name}") for name in ("dev", "e2e", "prod")}
    assert trees == {flow.world.tree_id(REPO, "env/dev")}
    assert flow.world.tree(REPO, "env/prod") == {"apps/web/a": b"one"}
    assert flow.world.tree(REPO, "main", "stages") == {"stages/copy/web/a": b"one"}
    for name in ("dev", "e2e", "prod"):
        promoted, root = flow.world.log(REPO, f"env/{name}")
        assert promoted.message.startswith(f"Promote web {first[:7]} to {name}\n")
        assert root.parents == ()
        assert flow.world.tree(REPO, root.sha) == {}
        assert flow.state(first, name) == flow.state(promoted.sha, name) == "success"
    assert flow.state(first, "lock / floor") == "success"


def test_newer_freight_leaves_github_folders_alone_and_rests(flow: Flow):
    """`.github/` of a stage's branch is its own; a file that went is gone downstream."""
    flow.repo(FILES)
    flow.finish(flow.tip("env/e2e"), "e2e")
    flow.world.push(REPO, "env/prod", {".github/workflows/x.yml": "on: push"}, "bob")
    flow.settle()
    second = flow.push({"apps/web/a": None, "apps/web/b": "two", ".github/y": "z"})
    flow.finish(flow.tip("env/e2e"), "e2e")

    assert flow.world.tree(REPO, "env/prod") == {
        ".github/workflows/x.yml": b"on: push",
        "apps/web/b": b"two",
    }
    assert flow.state(second, "prod") == "success"
    before, writes = flow.world.branches(REPO), len(flow.writes())
    for _ in range(3):
        flow.sweep()
    flow.look()
    assert flow.world.branches(REPO) == before
    assert flow.writes()[writes:] == []
    assert len(flow.records().freights) == 2


@pytest.mark.parametrize("method", ["squash", "rebase"])
def test_squash_and_rebase_into_a_stage_branch_are_recognised(flow: Flow, method: str):
    first = flow.repo({**FILES, "stagelock.yaml": REVIEWED})
    [pull] = flow.world.pulls(REPO)
    assert (pull.base, pull.head) == ("env/prod", "stagelock/prod")
    assert flow.state(pull.head_sha, "plan") == "success"

    flow.world.merge(REPO, pull.number, method, by="bob")
    flow.settle()

    assert flow.state(first, "prod") == "success"
    assert flow.world.tree(REPO, "env/prod") == {"apps/web/a": b"one"}
    assert flow.world.tree_id(REPO, "env/prod") == flow.world.tree_id(REPO, "env/dev")
    assert sorted(flow.world.branches(REPO)) == ["env/dev", "env/prod", "main"]
    second = flow.push({"apps/web/a": "two"})
    [newer] = flow.world.pulls(REPO, "open")
    assert newer.title == f"Promote web {second[:7]} to prod"
