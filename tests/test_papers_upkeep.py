"""operating.md's upkeep: install from the source, the reverse proxy, backups that are restored."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from app.web.application import BODY_LIMIT
from tests.flows.harness import ONE_BRANCH, REPO, Flow, flowing
from tests.paper_shell import OPERATING, ROOT, below, consoles, environ
from tests.paper_texts import BACKUPS

__all__ = ["environ"]

GITHUB_WAITS = 10.0
LARGEST = 25 * 1024 * 1024
"""How long GitHub waits for an answer (seconds), and its largest payload (bytes).

https://docs.github.com/webhooks/webhook-events-and-payloads
"""


def copied(into: Path) -> Path:
    """The files that a checkout has, and nothing that was made beside them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    for name in listed.stdout.decode().split("\0")[:-1]:
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, into / name)
    return into


def test_what_is_installed_has_all_that_it_needs(
    tmp_path: Path,
    environ: Mapping[str, str],
) -> None:
    """The paper's last `pip install`; what it needs from others is there already."""
    typed = [t.command for t in consoles(below(OPERATING, "Run the server"))]
    (command,) = [one for one in typed if one.endswith(" .")]
    _, _, words = command.partition("pip install ")
    site, source = tmp_path / "site", copied(tmp_path / "source")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--target", str(site)]
    subprocess.run([*pip, *words.split()], cwd=source, check=True, env=dict(environ), timeout=120)
    shutil.rmtree(source)

    env = {**environ, "PYTHONPATH": str(site)}

    def run(*words: str) -> str:
        called = [sys.executable, "-m", "app", *words]
        done = subprocess.run(
            called, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        assert "\\n" not in done.stderr  # a line is a line
        return done.stdout

    assert (site / "bin/stagelock").is_file()
    assert run("--version").startswith("stagelock ")
    run("migrate")
    assert (Path(environ["HOME"]) / ".local/share/stagelock/stagelock.db").is_file()
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "x.git"], check=True)
    run("hook", "install", str(tmp_path / "x.git"), "--promoter", "stagelock")


def test_the_reverse_proxy_lets_through_what_github_sends_and_nothing_else() -> None:
    (block,) = re.findall(r"```nginx\n(.*?)```", OPERATING, re.DOTALL)
    assert re.findall(r"^location (.*) \{$", block, re.MULTILINE) == ["= /github/webhook"]
    size = re.search(r"client_max_body_size (\d+)m;", block)
    wait = re.search(r"proxy_read_timeout (\d+)s;", block)
    assert size is not None
    assert wait is not None
    assert LARGEST < int(size[1]) * 1024 * 1024 <= BODY_LIMIT
    assert float(wait[1]) > GITHUB_WAITS


def backed_up(folder: Path) -> Path:
    """The copy that the paper's command makes, beside the database."""
    (command,) = [t.command for t in consoles(BACKUPS) if t.command.startswith("sqlite3 ")]
    assert command == 'sqlite3 stagelock.db ".backup copy.db"'
    if shutil.which("sqlite3"):
        subprocess.run(["sh", "-c", command], cwd=folder, check=True, timeout=90)
    else:  # what that command calls
        with (
            closing(sqlite3.connect(folder / "stagelock.db")) as source,
            closing(sqlite3.connect(folder / "copy.db")) as target,
        ):
            source.backup(target)
    return folder / "copy.db"


def restored(flow: Flow, copy: Path) -> None:
    """Stop, put the copy in the database's place, start."""
    flow.app.close()
    for part in ("stagelock.db", "stagelock.db-wal", "stagelock.db-shm"):
        copy.with_name(part).unlink(missing_ok=True)
    shutil.copy(copy, copy.with_name("stagelock.db"))
    flow.boot()


def test_an_old_copy_that_is_restored_undoes_and_repeats_nothing(tmp_path: Path) -> None:
    """It was made while e2e held the lock; since then two freights went all the way."""
    with flowing(tmp_path) as flow:
        first = flow.repo({"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"})
        copy = backed_up(tmp_path / "data")
        flow.finish(flow.landed("e2e", first), "e2e")
        second = flow.push({"apps/web/index.html": "two"})
        flow.finish(flow.landed("e2e", second), "e2e")
        assert flow.state(second, "prod") == "success"
        trees, subjects = flow.world.tree(REPO, "main", "stages"), flow.subjects()

        restored(flow, copy)
        flow.sweep()
        flow.passes(minutes=2)

        assert flow.world.tree(REPO, "main", "stages") == trees
        assert flow.subjects() == subjects
        assert [r.state for r in flow.requests()] == ["released"]  # its check was asked
        third = flow.push({"apps/web/index.html": "three"})
        flow.finish(flow.landed("e2e", third), "e2e")
        assert [flow.state(third, stage) for stage in ("dev", "e2e", "prod")] == ["success"] * 3
