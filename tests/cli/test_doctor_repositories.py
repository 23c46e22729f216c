"""`stagelock doctor`: what stands in the repositories between us and our work."""

from __future__ import annotations

import pytest

from tests.cli.doctored import PIPELINE, SHOP, wrong


def protect(server, **how):
    """As the healthy server's main is, but for what *how* says."""
    usual = {
        "allowed": ["stagelock[bot]", "alice"],
        "required_checks": ["stagelock / plan"],
        "required_app": server.app_id,
    }
    server.world.protect(SHOP, "main", **{**usual, **how})


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"required_checks": ["build"]}, "is not required on main"),
        ({"required_app": None}, "any App may report it"),
        ({"required_app": 15368}, "another App has to report it"),
    ],
)
def test_a_plan_that_is_not_required_or_not_ours(server, ask, how, said):
    protect(server, **how)

    found = ask()

    assert wrong(found) == {"plan required"}
    assert said in found["plan required"][1]
    assert f"{server.sandbox.url}/{SHOP}/settings/rules" in found["plan required"][1]


def test_a_rule_that_would_refuse_our_pushes(server, ask):
    protect(server, allowed=["alice"])

    found = ask()

    assert wrong(found) == {"push rules"}
    assert "update, required status checks on main" in found["push rules"][1]
    assert "bypass list" in found["push rules"][1]


BRANCHES = """\
version: 1
warehouses: {all: {}}
stages:
  dev: {branch: env/dev}
"""


def test_branches_that_would_be_deleted_with_their_pull_request(server, ask):
    server.sandbox.hub.repo(SHOP).deletes_heads = True
    assert wrong(ask()) == set()

    server.world.push(SHOP, "main", {"stagelock.yaml": BRANCHES})
    server.world.flush()
    found = ask()

    assert wrong(found) == {"auto-delete"}
    assert "env/dev" in found["auto-delete"][1]

    server.sandbox.hub.repo(SHOP).deletes_heads = False
    assert wrong(ask()) == set()


WORKFLOW = """\
on: {push: {branches: [main], paths: [PATHS]}}
concurrency: e2e
jobs:
  deploy: {environment: prod, runs-on: x, steps: []}
"""


def workflow(server, text):
    server.world.push(SHOP, "main", {".github/workflows/deploy.yml": text})
    server.world.flush()


def test_a_concurrency_that_spans_an_environment_with_reviews(server, ask):
    workflow(server, WORKFLOW.replace("PATHS", "apps/**"))
    assert wrong(ask()) == set()

    server.sandbox.hub.repo(SHOP).reviewed.add("prod")
    found = ask()

    assert wrong(found) == {"concurrency"}
    assert "deploy.yml" in found["concurrency"][1]


@pytest.mark.parametrize("paths", ["stages/**", "'**'", "stages/dev/web/**"])
def test_a_workflow_that_every_promotion_starts_and_no_stage_awaits(server, ask, paths):
    workflow(server, WORKFLOW.replace("PATHS", paths))

    found = ask()

    assert wrong(found) == {"workflows"}
    assert "deploy.yml" in found["workflows"][1]
    assert "paths-ignore" in found["workflows"][1]


def test_a_workflow_that_a_stage_awaits_is_meant_to_run(server, ask):
    awaited = PIPELINE.replace("  prod:", "    verify: {checks: [deploy]}\n  prod:")
    server.world.push(SHOP, "main", {"stagelock.yaml": awaited})
    workflow(server, WORKFLOW.replace("PATHS", "stages/dev/**"))

    assert wrong(ask()) == set()


def test_a_workflow_that_a_stage_starts_needs_the_permission_to_start_it(server, ask):
    started = PIPELINE.replace("  prod:", "    verify: {workflow: e2e.yml}\n  prod:")
    server.world.push(SHOP, "main", {"stagelock.yaml": started})
    assert wrong(ask()) == set()
    server.world.set_permissions("stagelock", actions="read")

    found = ask()

    assert wrong(found) == {"workflows"}
    assert "e2e.yml" in found["workflows"][1]
    assert "actions: write" in found["workflows"][1]


def test_a_workflow_that_ignores_the_outputs_is_fine(server, ask):
    text = WORKFLOW.replace("paths: [PATHS]", "paths-ignore: ['stages/**']")
    workflow(server, text)

    assert wrong(ask()) == set()


def test_what_github_does_not_let_us_ask_is_not_known(server, ask):
    server.sandbox.world.faults.add("GET", "/rules/branches/", "denied", times=99)

    found = ask()

    assert wrong(found) == set()
    assert found["plan required"][0] == found["push rules"][0] == "unknown"


def test_a_server_without_a_pipeline_has_nothing_to_say_of_one(server, ask):
    server.world.push(SHOP, "main", {"stagelock.yaml": None})
    server.world.flush()

    found = ask()

    assert wrong(found) == set()
    assert found["plan required"] == ("unknown", "no repository has a valid stagelock.yaml ")


def test_a_repository_that_cannot_be_asked_hides_nothing_of_another(server, ask):
    server.world.create_repo("acme/api", {"stagelock.yaml": PIPELINE})
    server.sandbox.world.faults.add("GET", "/repos/acme/shop/rules/branches/", "denied", times=99)

    found = ask()

    assert wrong(found) == {"plan required"}
    assert "acme/api" in found["plan required"][1]
