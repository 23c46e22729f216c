"""`stagelock rebuild` as it is typed: what it refuses and says, killed in the middle, on PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.model.promotion_ids import promotion_id
from tests.flows.harness import REPO, Flow, flowing
from tests.flows.rebuilding import FILES, PIPELINE, known, lose
from tests.keys import openssh_key

SMALL = PIPELINE.replace("    verify: {checks: [e2e]}\n", "").replace("    lock: floor\n", "")


def command(flow: Flow, *words: str) -> subprocess.CompletedProcess[str]:
    """The real command, in a process of its own."""
    argv = [sys.executable, "-m", "app", "rebuild", *words]
    env = {**os.environ, **flow.environ}
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=120)


def killed_after_its_first_line(flow: Flow) -> str:
    """`kill -9` in the middle of it; the line."""
    argv = [sys.executable, "-m", "app", "rebuild"]
    env = {**os.environ, **flow.environ}
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.kill()
    return line


def test_no_forged_trailer_is_believed_and_a_killed_rebuild_is_run_again(flow: Flow):
    """Anybody can copy a message, or compute a promotion's id; nobody else has our check runs."""
    flow.world.create_repo("acme/aside", files=dict(FILES))
    first = flow.repo({**FILES, "stagelock.yaml": SMALL})
    real = flow.landed("dev", first)
    message = next(c.message for c in flow.world.log(REPO, "main") if c.sha == real)
    copied = flow.world.push(REPO, "main", {"stages/dev/web/a": "evil"}, message=message)
    freight = FreightId(WarehouseName("web"), Sha(first))
    made_up = promotion_id(flow.world.repo(REPO).id, StageName("prod"), freight, 1)
    words = message.replace("Stage: dev", "Stage: prod") + "Stagelock-Fence: floor=99999\n"
    words = re.sub("Promotion: .*", f"Promotion: {made_up}", words)
    forged = flow.world.push(REPO, "main", {"stages/prod/web/a": "evil"}, message=words)

    lose(flow)
    with flow.app.store.at_work():
        refused = command(flow)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "a server or work process uses this database" in refused.stderr
    assert "rebuilt" in killed_after_its_first_line(flow)
    done = command(flow, "--format", "json")

    assert done.returncode == 0, done.stderr
    reports = {r["repository"]: r for r in json.loads(done.stdout)}
    assert {r["outcome"] for r in reports.values()} <= {"rebuilt", "earlier"}
    assert set(reports) == {REPO, "acme/aside"}
    told = [r for r in reports.values() if r["outcome"] == "rebuilt" and r["repository"] == REPO]
    assert all(set(r["doubted"]) == {copied, forged} for r in told)
    assert {(p.stage, p.landed) for p in flow.promotions()} == {
        ("dev", real),
        ("e2e", flow.landed("e2e", first)),
    }
    again = command(flow)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (
        0,
        "2 repositories: 2 rebuilt earlier",
    )


def forget_runs(flow: Flow, sha: str) -> None:
    """GitHub never heard of our check runs on a commit: the server died between push and run."""
    for number, run in list(flow.sandbox.hub.runs.items()):
        if run.head_sha == sha and run.name.startswith("stagelock / "):
            del flow.sandbox.hub.runs[number]


@pytest.mark.postgres
def test_it_is_rebuilt_on_postgresql_and_a_signature_is_believed(
    tmp_path: Path, migrated_postgres: Callable[[], str]
):
    key = openssh_key()
    with flowing(tmp_path, migrated_postgres(), STAGELOCK_SIGNING_KEY=key) as flow:
        first = flow.repo(FILES)
        running = flow.landed("e2e", first)
        before = known(flow)
        forget_runs(flow, running)
        flow.app.close()
        flow.environ = {**flow.environ, "STAGELOCK_DATABASE_URL": migrated_postgres()}
        done = command(flow)
        assert done.returncode == 0, done.stderr
        assert f"{REPO}: rebuilt\n" in done.stdout
        assert "  lock floor: suspect for e2e until its checks are known\n" in done.stdout
        flow.boot()
        assert known(flow) == before
        flow.world.finish_check(REPO, running, "e2e", "success")
        flow.look()
        assert [r.state for r in flow.requests()] == ["released"]
        assert flow.state(first, "e2e") == "success"
