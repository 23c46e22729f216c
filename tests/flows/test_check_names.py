"""Names of checks as CI gives them: right in titles, texts, `/why`, globs and `verify.checks`."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.flows.harness import ONE_BRANCH, REPO, Flow

NAMES = [
    "test (ubuntu-latest, 3.11)",
    "test [linux, arm64]",
    "a, b and c",
    'say "hi" `now` *or* <never>',
    "🚀 déploy | e2e",
    "x" * 200,
]


def files(*checks: object) -> dict[str, str]:
    """The usual pipeline; e2e awaits these."""
    listed = json.dumps(list(checks), ensure_ascii=False)
    text = ONE_BRANCH.replace("{checks: [e2e]}", f"{{checks: {listed}}}")
    return {"stagelock.yaml": text, "apps/web/index.html": "one"}


def told(flow: Flow, sha: str) -> tuple[str, str]:
    """The title and the summary of e2e's run."""
    run = flow.run(sha, "e2e")
    assert run is not None
    return run.title or "", run.summary or ""


def page(name: str) -> str:
    return f"https://ci.example/{len(name)}/job(1)"


def linked(summary: str, name: str) -> bool:
    """The check's page is linked, with its brackets spelled so that they end no link."""
    return f"]({page(name).replace('(', '%28').replace(')', '%29')})" in summary


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_one_name_is_told_as_one_check_whatever_stands_in_it(flow: Flow, name: str):
    first = flow.repo(files(name))
    there = flow.landed("e2e", first)
    flow.world.start_check(REPO, there, name, details_url=page(name))
    flow.passes(minutes=2)  # a new text of the same state may wait for a minute
    title, summary = told(flow, first)
    assert title.startswith(f"verifying: waiting for {name[:20]}")
    assert len(title) < 70
    assert linked(summary, name)

    flow.finish(there, name, "failure")
    title, summary = told(flow, first)
    assert title.startswith(f"failed: {name[:20]}")
    assert len(title) < 70
    assert linked(summary, name)
    [row] = [p for p in flow.promotions() if p.stage == "e2e"]
    assert [one.name for one in row.about] == [name]

    flow.world.comment(REPO, first, "/why e2e", by="bob")
    flow.settle()
    [reply] = [c.body for c in flow.world.comments(REPO, first) if c.user.login != "bob"]
    assert linked(reply, name)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_in_the_file_means_the_check_of_that_name(flow: Flow, name: str):
    first = flow.repo(files(name))
    flow.finish(flow.landed("e2e", first), name)
    flow.passes(minutes=2)
    assert flow.state(first, "e2e") == "success"


def test_a_glob_means_all_jobs_of_a_matrix_and_those_that_failed_are_named(flow: Flow):
    jobs = [f"test ({system}, {version})" for system in ("linux", "mac") for version in (11, 12)]
    first = flow.repo(files("test (*, *)"))
    there = flow.landed("e2e", first)
    for job in jobs:
        bad = job in jobs[1:3]
        flow.world.finish_check(
            REPO, there, job, "failure" if bad else "success", details_url=page(job)
        )
    flow.passes(minutes=2)

    title, summary = told(flow, first)
    assert title == "failed: test (linux, 12) and test (mac, 11)"
    assert all(linked(summary, job) for job in jobs[1:3])


def test_of_two_apps_with_one_name_each_must_pass_and_the_one_that_failed_is_named(flow: Flow):
    first = flow.repo(files("build"))
    there = flow.landed("e2e", first)
    flow.world.finish_check(REPO, there, "build", "failure", app="jenkins")
    flow.world.finish_check(REPO, there, "build", "success")
    flow.settle()

    assert told(flow, first)[0] == "failed: build by jenkins"
    flow.world.finish_check(REPO, there, "build", "success", app="jenkins")
    flow.settle()
    assert flow.state(first, "e2e") == "success"


def test_the_app_that_is_named_in_the_file_alone_counts(flow: Flow):
    first = flow.repo(files({"name": "build", "app": "jenkins"}))
    there = flow.landed("e2e", first)
    flow.world.finish_check(REPO, there, "build", "failure")
    flow.settle()
    assert flow.state(first, "e2e") == "in_progress"
    flow.world.finish_check(REPO, there, "build", "success", app="jenkins")
    flow.settle()
    assert flow.state(first, "e2e") == "success"


def test_a_check_that_took_its_verification_back_is_named_with_its_time(flow: Flow):
    name = "y" * 200
    below = {
        k: v.replace("stages/prod\n", "stages/prod\n    soak: 1h\n") for k, v in files(name).items()
    }
    first = flow.repo(below)
    there = flow.landed("e2e", first)
    flow.finish(there, name)
    flow.clock.ahead += timedelta(minutes=1)
    flow.finish(there, name, "failure")
    title = told(flow, first)[0]
    assert title.startswith("revoked: yyyyy")
    assert title.endswith("UTC on re-run")
    assert len(title) < 70
