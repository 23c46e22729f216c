"""The pull request that brings a repository's first `stagelock.yaml`: what would it do at once?"""

from __future__ import annotations

from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.proposing import propose

APP = {"apps/web/index.html": "one"}
FIRST: dict[str, str | bytes | None] = {"stagelock.yaml": ONE_BRANCH}


def test_the_pull_request_that_brings_the_first_file_is_linted_and_planned(flow: Flow):
    flow.repo({**APP, "stages/prod/web/index.html": "old"})

    head = propose(flow, FIRST)

    config, plan = flow.run(head, "config"), flow.run(head, "plan")
    assert config is not None
    assert plan is not None
    assert (config.conclusion, plan.conclusion) == ("success", "success")
    assert "- Stage `prod` is added" in (config.summary or "")
    assert "until then nothing is promoted" in (config.summary or "")
    text = plan.summary or ""
    assert plan.title == "the first stagelock.yaml: will promote to dev, e2e"
    assert "| `dev` | gets web " in text
    assert "once verified in dev" in text
    assert (
        "| `prod` | holds content no freight explains (1 file): nothing happens until /promote prod |"
        in text
    )


def test_what_it_said_of_the_first_look_is_what_the_first_look_does(flow: Flow):
    flow.repo({**APP, "stages/prod/web/index.html": "old"})
    propose(flow, FIRST)

    flow.world.merge(REPO, 1)
    flow.settle()

    assert flow.world.tree(REPO, "main", "stages/dev") == {"stages/dev/web/index.html": b"one"}
    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/index.html": b"old"}


def test_a_first_file_that_is_invalid_fails_before_it_is_merged_and_has_no_plan(flow: Flow):
    flow.repo(APP)

    head = propose(flow, {"stagelock.yaml": "version: 1\nstages: [1]\n"})

    config = flow.run(head, "config")
    assert config is not None
    assert config.conclusion == "failure"
    assert "has no effect" in (config.summary or "")
    assert flow.run(head, "plan") is None


def test_an_invalid_file_without_a_version_before_it_is_mended_under_the_linters_eyes(flow: Flow):
    flow.repo({**APP, "stagelock.yaml": "version: 1\nstages: [1]\n"})

    head = propose(flow, FIRST)

    assert flow.state(head, "config") == "success"
    assert flow.state(head, "plan") == "success"


def test_other_pull_requests_of_a_repository_without_a_file_stay_without_runs(flow: Flow):
    flow.repo(APP)

    head = propose(flow, {"apps/web/index.html": "two"})

    assert flow.world.checks(REPO, head) == []


def test_a_first_file_that_goes_to_another_branch_has_no_plan(flow: Flow):
    flow.repo(APP)
    flow.world.branch(REPO, "other")

    head = flow.world.push(REPO, "topic", FIRST, author="bob", parent=flow.tip())
    flow.world.open_pull(REPO, "topic", "other", by="bob")
    flow.settle()

    assert flow.run(head, "plan") is None
