"""Where freight comes from: another branch, every path, merges, and never our own work."""

from __future__ import annotations

from tests.flows.harness import REPO, Flow

ELSEWHERE = """\
version: 1
warehouses:
  web: {branch: sources, paths: [web]}
  all: {}
stages:
  site: {freight: web, path: site}
  everything: {freight: all, branch: env/all}
"""


def minted(flow: Flow, warehouse: str) -> list[str]:
    return [f.id.sha for f in flow.records().freights if f.id.warehouse == warehouse]


def test_a_warehouse_on_another_branch_and_one_without_paths(flow: Flow):
    """`all` watches every path of main but what is below a stage's path there."""
    first = flow.repo({"stagelock.yaml": ELSEWHERE, "a.txt": "1"})
    assert minted(flow, "web") == []
    source = flow.world.push(REPO, "sources", {"web/i": "one", "b": "2"}, parent=first)
    flow.settle()

    assert minted(flow, "web") == [source]
    assert minted(flow, "all") == [first]
    assert flow.world.tree(REPO, "main", "site") == {"site/i": b"one"}
    assert flow.state(source, "site") == "success"
    assert flow.world.tree(REPO, "env/all") == {
        "a.txt": b"1",
        "stagelock.yaml": ELSEWHERE.encode(),
    }
    second = flow.push({"a.txt": "2"})
    assert minted(flow, "all") == [first, second]
    assert flow.world.tree(REPO, "env/all", "site") == {"site/i": b"one"}


ONE = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  prod: {needs: [dev], path: stages/prod}
"""


def test_merges_and_reverts_of_our_commits_make_no_freight(flow: Flow):
    """Invariant 3: what counts is the change along first parents, outside the stages' paths."""
    first = flow.repo({"stagelock.yaml": ONE, "apps/web/a": "1"})
    tip = flow.tip()
    flow.world.push(REPO, "topic", {"docs/x": "1"}, parent=first)
    docs = flow.world.open_pull(REPO, "topic")
    flow.world.update_branch(REPO, docs.number)  # brings our commits into theirs
    flow.world.merge(REPO, docs.number)
    flow.settle()
    assert minted(flow, "web") == [first]

    flow.push({"stages/prod/a": None}, "Revert what was promoted")
    flow.push({"stages/prod/a": "1"}, "Revert the revert")
    assert minted(flow, "web") == [first]

    flow.world.push(REPO, "feature", {"apps/web/a": "2"}, parent=tip)
    feature = flow.world.open_pull(REPO, "feature")
    merged = flow.world.merge(REPO, feature.number)
    flow.settle()
    assert minted(flow, "web") == [first, merged]
    assert flow.world.tree(REPO, "main", "stages") == {"stages/dev/a": b"2", "stages/prod/a": b"2"}
    assert flow.state(merged, "prod") == "success"
