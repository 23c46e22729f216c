"""A rehearsal plays the checks that a pipeline awaits, and tells what it sees."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.config import parse
from app.core.model.pipeline import CheckRule
from app.sandbox.demo.narration import Teller
from app.sandbox.demo.rehearsal import REPO, awaited, example, rehearse
from app.sandbox.demo.watching import Watch
from app.sandbox.serve.server import Sandbox
from tests.sandbox.support import git

PIPELINE = """\
version: 1
warehouses:
  web:
    paths: [apps/web/]
    checks: [build]
stages:
  dev:
    path: stages/dev
    steps: [{uses: copy, with: {from: apps/web, to: web}}]
  e2e:
    needs: [dev]
    path: stages/e2e
    lock: e2e
    verify: {checks: [e2e]}
  prod:
    needs: [e2e]
    path: stages/prod
    auto: false
locks:
  e2e: {permits: 1}
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    git("init", "-q", "-b", "main", folder)
    (folder / "apps/web").mkdir(parents=True)
    (folder / "apps/web/index.html").write_text("1\n")
    (folder / "stagelock.yaml").write_text(PIPELINE)
    git("add", ".", cwd=folder)
    git("commit", "-q", "-m", "Start", cwd=folder)
    return folder


def pipeline(text: str = PIPELINE):
    found = parse(text.encode(), "main").pipeline
    assert found
    return found


def test_each_awaited_check_is_played_where_its_workflow_would_run():
    played = {job.name: (job.branch, job.paths) for job in awaited(pipeline(), "main")}
    assert played == {"build": ("main", ("apps/web",)), "e2e": ("main", ("stages/e2e",))}


def test_a_check_of_two_stages_is_one_job():
    """Two runs of one name on a commit would not be what Actions does."""
    text = PIPELINE.replace("    auto: false\n", "    verify: {checks: [e2e]}\n")
    jobs = [job for job in awaited(pipeline(text), "main") if job.name == "e2e"]
    assert [job.paths for job in jobs] == [("stages/e2e", "stages/prod")]


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (CheckRule("e2e"), "e2e"),
        (CheckRule("e2e-*"), "e2e-sandbox"),
        (CheckRule("e2e [ab]?"), "e2e ax"),
        (CheckRule("e2e", "github-actions"), "e2e"),
        (CheckRule("e2e", "jenkins"), None),
        (CheckRule("[!a]b"), None),
    ],
)
def test_a_wildcard_is_filled_in_and_another_app_cannot_be_played(rule, name):
    assert example(rule) == name


def test_nothing_that_is_told_holds_a_password(sandbox: Sandbox, clone: Path):
    out = io.StringIO()
    rehearse(sandbox.world, Teller(out, sandbox.url), clone)
    assert f"git push {sandbox.url.replace('://', '://alice:@')}/{REPO}.git" in out.getvalue()
    assert all(sandbox.world.user(who).token not in out.getvalue() for who in ("alice", "bob"))


def test_a_name_suffices_only_where_the_command_says_so(sandbox: Sandbox, clone: Path):
    rehearse(sandbox.world, Teller(io.StringIO(), sandbox.url), clone)
    host = sandbox.url.removeprefix("http://")
    for people in ("alice:@", "bob:@"):
        assert git("ls-remote", f"http://{people}{host}/{REPO}.git", ok=False).returncode
    sandbox.hub.names_suffice = True
    git("ls-remote", f"http://alice:@{host}/{REPO}.git")
    for nobody in ("", "mallory:@", "stagelock[bot]:@", "alice:wrong@"):
        assert git("ls-remote", f"http://{nobody}{host}/{REPO}.git", ok=False).returncode


def test_a_push_of_a_person_is_told_once(sandbox: Sandbox, clone: Path):
    sandbox.world.register_app("stagelock", None, "secret", {"checks": "write"})
    out = io.StringIO()
    teller = Teller(out, sandbox.url)
    rehearse(sandbox.world, teller, clone)
    watch = Watch(sandbox.world, teller, REPO)
    out.seek(0)
    out.truncate()
    sandbox.world.push(REPO, "main", {"apps/web/index.html": "2\n"}, message="Version 2")
    watch.look()
    watch.look()
    assert out.getvalue().count("Version 2") == 1


def test_a_push_is_told_also_where_it_was_promoted_before_anybody_looked(
    sandbox: Sandbox, clone: Path
):
    sandbox.world.register_app("stagelock", None, "secret", {"checks": "write"})
    out = io.StringIO()
    teller = Teller(out, sandbox.url)
    rehearse(sandbox.world, teller, clone)
    watch = Watch(sandbox.world, teller, REPO)
    sandbox.world.push(REPO, "main", {"apps/web/index.html": "2\n"}, message="Version 2")
    ours = "Promote web to dev\n\nStagelock-Promotion: abc\n"
    sandbox.world.push(REPO, "main", {"stages/dev/web/index.html": "2\n"}, message=ours)
    watch.look()
    watch.look()
    assert out.getvalue().count(" to main: Version 2") == 1
    assert "Promote web to dev" not in out.getvalue()


def test_a_rehearsal_travels_until_it_waits_for_a_person(clone: Path):
    done = subprocess.run(
        [sys.executable, "-m", "app", "sandbox", "--repo", clone, "--once"],
        capture_output=True,
        text=True,
        timeout=110,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rest = done.stdout.partition("At rest")[2]
    assert "dev       verified" in rest
    assert "e2e       verified" in rest
    assert "ready for prod: /promote prod" in rest
