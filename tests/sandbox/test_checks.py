"""Check runs behave and are limited as GitHub's are."""

from __future__ import annotations

from typing import Any

import pytest

from app.sandbox.github.check_rules import validate
from app.sandbox.github.model import Refusal
from app.sandbox.people.world import World
from tests.sandbox.support import Client, Ear

R = "/repos/acme/shop"
BUTTON = {"label": "Retry", "description": "Try it again", "identifier": "retry"}
NOTE = {
    "path": "stagelock.yaml",
    "start_line": 1,
    "end_line": 1,
    "annotation_level": "failure",
    "message": "unknown key",
}


@pytest.fixture
def sha(client: Client, world: World) -> str:
    return str(world.tip("acme/shop", "main"))


def output(**more: Any) -> dict[str, Any]:
    return {"output": {"title": "t", "summary": "s", **more}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"actions": [BUTTON] * 4},
        {"actions": [{**BUTTON, "label": "x" * 21}]},
        {"actions": [{**BUTTON, "description": "x" * 41}]},
        {"actions": [{**BUTTON, "identifier": "x" * 21}]},
        output(summary="é" * 32_768),
        output(text="x" * 65_536),
        output(annotations=[NOTE] * 51),
        output(annotations=[{**NOTE, "annotation_level": "error"}]),
        {"output": {"title": "no summary"}},
        {"status": "completed"},
        {"status": "waiting"},
        {"conclusion": "stale"},
        {"name": ""},
    ],
)
def test_what_github_refuses_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="Invalid request") as no:
        validate({"name": "x", "head_sha": "1" * 40, **wrong}, creating=True)
    assert no.value.status == 422


def test_a_refusal_names_everything_that_is_wrong(client: Client, sha: str) -> None:
    body = {"name": "x", "head_sha": sha, "status": "waiting", "actions": [BUTTON] * 4}
    answer = client.post(f"{R}/check-runs", body)
    assert answer.status == 422
    assert len(answer.json["errors"]) == 2
    unknown = client.post(f"{R}/check-runs", {"name": "x", "head_sha": "0" * 40})
    assert (unknown.status, unknown.json["message"]) == (
        422,
        f"No commit found for SHA: {'0' * 40}",
    )


def test_the_limits_themselves_are_allowed(client: Client, sha: str) -> None:
    body = {
        "name": "x",
        "head_sha": sha,
        "conclusion": "failure",
        "actions": [{"label": "x" * 20, "description": "x" * 40, "identifier": "x" * 20}] * 3,
        **output(summary="x" * 65_535, annotations=[NOTE] * 50),
    }
    made = client.post(f"{R}/check-runs", body)
    assert made.status == 201
    path = f"{R}/check-runs/{made.json['id']}"
    more = client.call("PATCH", path, {"output": {"summary": "s", "annotations": [NOTE] * 50}})
    assert more.json["output"]["annotations_count"] == 100


def test_a_completed_run_never_reopens(client: Client, sha: str) -> None:
    made = client.post(f"{R}/check-runs", {"name": "x", "head_sha": sha, "conclusion": "neutral"})
    path = f"{R}/check-runs/{made.json['id']}"
    assert client.call("PATCH", path, {"status": "in_progress"}).status == 422
    changed = client.call("PATCH", path, {"conclusion": "skipped"})
    assert changed.json["conclusion"] == "skipped"


def test_only_the_app_that_made_a_run_may_change_it(client: Client, world: World, sha: str) -> None:
    run = world.start_check("acme/shop", sha, "build")
    answer = client.call("PATCH", f"{R}/check-runs/{run.id}", {"conclusion": "success"})
    assert answer.status == 403
    assert run.status == "in_progress"


def test_buttons_are_pressed_on_completed_runs_only(client: Client, world: World, sha: str) -> None:
    body = {"name": "x", "head_sha": sha, "status": "in_progress", "actions": [BUTTON]}
    made = client.post(f"{R}/check-runs", body).json
    with pytest.raises(Refusal, match="completed"):
        world.press("acme/shop", (sha, "x"), "retry")
    client.call("PATCH", f"{R}/check-runs/{made['id']}", {"conclusion": "failure"})
    world.press("acme/shop", (sha, "x"), "retry")
    with pytest.raises(Refusal, match="no button"):
        world.press("acme/shop", (sha, "x"), "release")


def test_names_are_not_unique_and_latest_is_the_newest(client: Client, sha: str) -> None:
    for conclusion in ("failure", "success"):
        body = {"name": "x", "head_sha": sha, "conclusion": conclusion, "external_id": conclusion}
        client.post(f"{R}/check-runs", body)
    latest = client.get(f"{R}/commits/{sha}/check-runs?check_name=x").json
    assert [r["conclusion"] for r in latest["check_runs"]] == ["success"]
    every = client.get(f"{R}/commits/{sha}/check-runs?check_name=x&filter=all").json
    assert [r["external_id"] for r in every["check_runs"]] == ["success", "failure"]


def test_an_app_has_one_suite_a_commit_and_it_follows_its_runs(
    client: Client, sha: str, world: World, ear: Ear
) -> None:
    ours = client.credentials.app_id
    suites = client.get(f"{R}/commits/{sha}/check-suites?app_id={ours}").json["check_suites"]
    assert [(s["status"], s["head_branch"]) for s in suites] == [("queued", "main")]
    for name, conclusion in (("a", "success"), ("b", "failure")):
        client.post(f"{R}/check-runs", {"name": name, "head_sha": sha, "conclusion": conclusion})
    suites = client.get(f"{R}/commits/{sha}/check-suites?app_id={ours}").json["check_suites"]
    assert [(s["status"], s["conclusion"]) for s in suites] == [("completed", "failure")]
    world.flush()
    assert ear.events().count("check_suite.completed") == 2


def test_ci_runs_on_the_head_of_a_push_that_touches_its_paths(client: Client, world: World) -> None:
    world.ci.job("build", branch="main", paths=("apps/",))
    touched = world.push("acme/shop", "main", {"apps/web/a": "3"})
    other = world.push("acme/shop", "main", {"apps2": "3"})
    elsewhere = world.push("acme/shop", "topic", {"apps/web/a": "4"}, parent=other)
    world.wait_for(
        lambda: (run := world.check("acme/shop", touched, "build")) and run.conclusion == "success"
    )
    assert world.checks("acme/shop", other, "github-actions") == []
    assert world.checks("acme/shop", elsewhere, "github-actions") == []


def test_jobs_are_ended_by_hand_rerun_and_cancelled(client: Client, world: World) -> None:
    world.ci.job("e2e", lasts=None)
    sha = world.push("acme/shop", "main", {"a": "3"})
    world.ci.finish("acme/shop", sha, "e2e", "failure")
    suite = world.checks("acme/shop", sha, "github-actions")[0].suite_id
    assert client.post(f"{R}/actions/runs/{suite}/rerun-failed-jobs").status == 201
    runs = world.checks("acme/shop", sha, "github-actions")
    assert [run.conclusion for run in runs] == ["failure", None]
    assert client.post(f"{R}/actions/runs/{suite}/rerun-failed-jobs").status == 403
    assert client.post(f"{R}/actions/runs/{suite}/cancel").status == 202
    assert runs[-1].conclusion == "cancelled"
    assert client.post(f"{R}/actions/runs/{suite}/cancel").status == 409
