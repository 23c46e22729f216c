"""Where the base requires up-to-date heads, ours is brought up to date once all else is green."""

from __future__ import annotations

from tests.flows.harness import REPO, Flow

HOOKED = True

FILES = {
    "stagelock.yaml": """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  prod:
    needs: [dev]
    path: stages/prod
    via: pull-request
""",
    "apps/web/index.html": "one",
}


def test_a_head_that_must_be_up_to_date_is_brought_up_to_date(flow: Flow):
    """Otherwise nobody could ever merge it: GitHub would refuse, and we never rewrite else."""
    flow.repo(FILES)
    flow.world.protect(REPO, "main", up_to_date=True, refuses_pushes=False)
    pull = flow.world.pulls(REPO)[0]
    before = pull.head_sha

    moved = flow.push({"README.md": "something else"})

    assert pull.head_sha != before
    assert moved in {c.sha for c in flow.world.log(REPO, pull.head_sha)}
    assert flow.state(pull.head_sha, "plan") == "success"
    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()
    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/index.html": b"one"}


def test_it_is_brought_up_to_date_once_and_not_after_each_push(flow: Flow):
    """Its checks and approvals would be lost again and again, and it would never be merged."""
    flow.repo(FILES)
    flow.world.protect(REPO, "main", up_to_date=True, refuses_pushes=False)
    pull = flow.world.pulls(REPO)[0]
    before = pull.head_sha
    flow.push({"README.md": "something else"})
    once = pull.head_sha
    assert once != before

    flow.push({"README.md": "and again"})

    assert pull.head_sha == once


def test_a_head_that_need_not_be_up_to_date_stays(flow: Flow):
    """Its checks and approvals would be lost for nothing."""
    flow.repo(FILES)
    pull = flow.world.pulls(REPO)[0]
    before = pull.head_sha

    flow.push({"README.md": "something else"})

    assert pull.head_sha == before


def test_a_foreign_head_with_our_outputs_and_more_is_not_merged(flow: Flow):
    """Otherwise anybody's change could ride along, past every review of their own."""
    first = flow.repo(FILES)

    flow.world.push(REPO, "stagelock/prod", {"evil.txt": "ride along"}, author="bob")
    flow.settle()

    run = flow.run(first, "prod")
    assert run is not None
    assert run.conclusion == "failure"
    assert "Bob" in (run.summary or "")
