"""`stagelock rulesets`: printed for people and for import, or made by an administrator's token."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.github.rules import CREATE, UPDATE
from tests.adapters.github.scripted import BASE, Reply, serving
from tests.flows.losing import loses, was_lost

FILE = """version: 1
warehouses: {web: {paths: [apps/web]}}
stages:
  dev: {path: stages/dev}
  prod: {needs: [dev], branch: env/prod, via: pull-request}
"""
NAMES = [
    "Stagelock: promotion branches",
    "Stagelock: branches of stages that people merge into",
    "Stagelock: plan",
    "Stagelock: promoted paths",
]
TOKEN = "ghp_canary0token0of0an0administrator000"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def github():
    with serving() as script:
        content = base64.b64encode(FILE.encode()).decode()
        script.on("GET", BASE, 200, {"default_branch": "main", "private": True})
        script.on("GET", f"{BASE}/contents/stagelock.yaml", 200, {"content": content})
        script.on("GET", f"{BASE}/rulesets", 200, [])
        script.on("POST", f"{BASE}/rulesets", 201, {"id": 1})
        yield script


@pytest.fixture
def rulesets(tmp_path):
    (tmp_path / "stagelock.yaml").write_text(FILE)

    def run(*words, **environ):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("STAGELOCK_", "GH_"))}
        kept.pop("GITHUB_TOKEN", None)
        env = {**kept, "PYTHONPATH": str(ROOT), "STAGELOCK_APP_ID": "7", **environ}
        command = [sys.executable, "-m", "app", "rulesets", *words]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False, env=env, timeout=60
        )

    return run


def test_they_are_printed_with_what_they_leave_open(rulesets):
    done = rulesets()

    assert done.returncode == 0, done.stderr
    assert [
        line.partition("  ")[0] for line in done.stdout.splitlines() if line[:5] == "Stage"
    ] == (NAMES)
    assert "What this leaves open:" in done.stdout


def test_as_json_each_is_what_the_settings_page_imports(rulesets):
    found = json.loads(rulesets("--format", "json", STAGELOCK_APP_ID="9").stdout)

    assert [one["name"] for one in found] == NAMES
    assert {actor["actor_id"] for one in found for actor in one["bypass_actors"]} == {9}


def test_apply_makes_them_for_the_file_on_the_default_branch(rulesets, github, tmp_path):
    (tmp_path / "stagelock.yaml").unlink()

    done = rulesets("--apply", "acme/shop", GH_TOKEN=TOKEN, STAGELOCK_GITHUB_URL=github.url)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"{name}: made" for name in NAMES]
    made = github.calls("POST", f"{BASE}/rulesets")
    assert [call.body["name"] for call in made] == NAMES


def test_a_repository_without_the_file_gets_none(rulesets, github):
    github.again("GET", f"{BASE}/contents/stagelock.yaml")

    done = rulesets("--apply", "acme/shop", GH_TOKEN=TOKEN, STAGELOCK_GITHUB_URL=github.url)

    assert (done.returncode, done.stdout) == (2, "")
    assert "acme/shop has no stagelock.yaml on main" in done.stderr
    assert github.calls("POST", f"{BASE}/rulesets") == []


def test_a_public_repository_gets_what_works_there_and_old_ones_are_named(rulesets, github):
    github.again("GET", BASE)
    github.on("GET", BASE, 200, {"default_branch": "main", "private": False})
    github.again("GET", f"{BASE}/rulesets")
    github.on("GET", f"{BASE}/rulesets", 200, [{"id": 4, "name": "Stagelock: branches of stages"}])

    done = rulesets("--apply", "acme/shop", GH_TOKEN=TOKEN, STAGELOCK_GITHUB_URL=github.url)

    assert done.returncode == 0
    assert "promoted paths: left out: public repositories have no push rulesets" in done.stdout
    assert "branches of stages: no longer needed" in done.stdout


def test_a_refusal_is_told_and_the_others_are_made_all_the_same(rulesets, github):
    github.again("POST", f"{BASE}/rulesets")
    for status in (201, 201, 201):
        github.on("POST", f"{BASE}/rulesets", status, {"id": 1})
    github.on("POST", f"{BASE}/rulesets", 422, {"message": "Push rulesets are not available"})

    done = rulesets("--apply", "acme/shop", GH_TOKEN=TOKEN, STAGELOCK_GITHUB_URL=github.url)

    assert done.returncode == 1
    assert done.stdout.count(": made") == 3
    assert "promoted paths: refused: " in done.stdout
    assert "need GitHub Team or Enterprise" in done.stdout
    assert TOKEN not in done.stdout + done.stderr


LOST = {"message": "Server Error"}


def known(github, *rulesets):
    """What GitHub has by now."""
    names = [{"id": ruleset["id"], "name": ruleset["name"]} for ruleset in rulesets]
    github.again("GET", f"{BASE}/rulesets", Reply(200, names))
    for ruleset in rulesets:
        github.again("GET", f"{BASE}/rulesets/{ruleset['id']}", Reply(200, ruleset))


@pytest.mark.parametrize("act", ["nothing", "deletes it"])
@loses(CREATE)
def test_what_was_made_and_not_answered_is_not_made_twice(rulesets, github, act):
    words = {"GH_TOKEN": TOKEN, "STAGELOCK_GITHUB_URL": github.url}
    github.again("POST", f"{BASE}/rulesets", Reply(502, LOST))
    done = rulesets("--apply", "acme/shop", **words)
    assert done.returncode == 3
    assert "run it again, nothing is done twice" in done.stdout + done.stderr
    was_lost(CREATE)

    first = github.calls("POST", f"{BASE}/rulesets")[0].body
    github.seen.clear()
    known(github, *([] if act == "deletes it" else [{"id": 1, **first}]))
    github.again("POST", f"{BASE}/rulesets", Reply(201, {"id": 9}))
    done = rulesets("--apply", "acme/shop", **words)

    there = act == "nothing"
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == f"{NAMES[0]}: {'unchanged' if there else 'made'}"
    made = [call.body["name"] for call in github.calls("POST", f"{BASE}/rulesets")]
    assert made == NAMES[there:]


@pytest.mark.parametrize("act", ["nothing", "edits it again"])
@loses(UPDATE)
def test_what_was_brought_up_to_date_and_not_answered_is_looked_at_again(rulesets, github, act):
    words = {"GH_TOKEN": TOKEN, "STAGELOCK_GITHUB_URL": github.url}
    rulesets("--apply", "acme/shop", **words)
    right = {"id": 1, **github.calls("POST", f"{BASE}/rulesets")[0].body}
    known(github, {**right, "enforcement": "disabled"})
    github.again("PUT", f"{BASE}/rulesets/1", Reply(502, LOST))
    assert rulesets("--apply", "acme/shop", **words).returncode == 3
    was_lost(UPDATE)

    edited = act == "edits it again"
    known(github, {**right, "enforcement": "evaluate"} if edited else right)
    github.again("PUT", f"{BASE}/rulesets/1", Reply(200, right))
    github.seen.clear()
    done = rulesets("--apply", "acme/shop", **words)

    assert done.returncode == 0
    said = "updated" if edited else "unchanged"
    assert done.stdout.splitlines()[0] == f"{NAMES[0]}: {said}"
    assert len(github.calls("PUT", f"{BASE}/rulesets/1")) == edited


@pytest.mark.parametrize(
    ("words", "environ", "code", "said"),
    [
        ((), {"STAGELOCK_APP_ID": ""}, 2, "set STAGELOCK_APP_ID, or give --app-id"),
        (("none.yaml",), {}, 2, "there is no file none.yaml"),
        (("--apply", "acme/shop"), {}, 2, "in GH_TOKEN"),
        (("--apply", "acme"), {}, 2, "'acme' is not OWNER/NAME"),
        (("--repo", "/none"), {}, 2, "there is no folder /none"),
    ],
)
def test_what_is_missing_is_said(rulesets, words, environ, code, said):
    done = rulesets(*words, **environ)

    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def test_a_file_with_problems_gets_none(rulesets, tmp_path):
    (tmp_path / "bad.yaml").write_text("version: 1\nstages: {dev: {path: x, need: []}}\n")

    done = rulesets("bad.yaml")

    assert (done.returncode, done.stdout) == (1, "")
    assert "bad.yaml:2:" in done.stderr
