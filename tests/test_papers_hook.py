"""hook.md, typed as it is written, on an empty HOME."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.adapters.github.scripted import BASE, serving
from tests.flows.harness import REPO, flowing
from tests.hooks.world import ENV, FILES, PIPELINE
from tests.paper_shell import HOOK, ROOT, SHOWN, Shell, below, consoles, environ, shape, shell

__all__ = ["environ", "shell"]


@pytest.fixture
def server(
    tmp_path: Path,
    environ: Mapping[str, str],
    shell: Shell,
) -> Path:
    """A Git server's repository with the hook, and ann's clone, which the shell stands in."""
    folder, clone = tmp_path / "shop.git", tmp_path / "work/clone"
    bare, into = str(folder), str(clone)
    for words in (["init", "-q", "--bare", "-b", "main", bare], ["clone", "-q", bare, into]):
        subprocess.run(["git", *words], env={**ENV, **environ}, check=True, capture_output=True)
    for path, text in FILES.items():
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_text(text)
    (install,) = [
        t.command
        for t in consoles((ROOT / "hooks/README.md").read_text(encoding="utf-8"))
        if "hook install /srv/git/shop.git --promoter" in t.command
    ]
    for command in (
        f"cd {clone}",
        "git config user.name Ann && git config user.email ann@example.org",
        "git checkout -q -b main && git add . && git commit -qm First && git push -q origin main",
        install.replace("/srv/git/shop.git", str(folder)),
        "export REMOTE_USER=ann",
    ):
        said = shell.run(command)
        assert shell.run("echo $?") == ["0"], (command, said)
    return folder


def edits_dev(shell: Shell) -> None:
    shell.run("echo evil > stages/dev/web/index.html && git commit -qam Evil")


def remote(lines: list[str]) -> list[str]:
    return [line.rstrip() for line in lines if line.startswith("remote: stagelock")]


def test_a_push_is_refused_in_the_papers_words(server: Path, shell: Shell) -> None:
    (shown,) = re.findall(r"```text\n(.*?)```", below(HOOK, "A refusal"), re.DOTALL)
    edits_dev(shell)
    shell.run("export REMOTE_USER=eve")
    said = shell.run("git push origin main")
    assert shell.run("echo $?") == ["1"]
    assert remote(said)[: len(shown.splitlines())] == shown.splitlines()
    assert server.is_dir()


def test_break_glass_works_as_the_paper_types_it(server: Path, shell: Shell) -> None:
    (typed,) = consoles(below(HOOK, "Break-glass"))
    edits_dev(shell)
    assert remote(shell.run(typed.command)) == list(typed.shows)
    assert "INC-12" in (server / "stagelock/audit.jsonl").read_text()


def test_rulesets_are_printed_and_made_as_the_paper_types_it(
    shell: Shell,
    tmp_path: Path,
) -> None:
    printed, applied = consoles(below(HOOK, "Rulesets on github.com"))
    (tmp_path / "work/stagelock.yaml").write_text(PIPELINE)
    shell.run("git init -q . && git remote add origin https://github.com/acme/shop.git")
    shell.run("export STAGELOCK_APP_ID=7")
    assert "What this leaves open:" in shell.run(printed.command)
    with serving() as script:
        content = base64.b64encode(PIPELINE.encode()).decode()
        script.on("GET", BASE, 200, {"default_branch": "main", "private": True})
        script.on("GET", f"{BASE}/contents/stagelock.yaml", 200, {"content": content})
        script.on("GET", f"{BASE}/rulesets", 200, [])
        script.on("POST", f"{BASE}/rulesets", 201, {"id": 1})
        shell.run(f"export STAGELOCK_GITHUB_URL={script.url}")
        made = shell.run(applied.command)
    *first, more = applied.shows
    assert more == "..."
    assert made[: len(first)] == first
    assert len(made) > len(first)


def test_a_lock_is_read_as_the_paper_types_it(
    tmp_path: Path,
    environ: Mapping[str, str],
) -> None:
    (typed,) = consoles(below(HOOK, "Locks"))
    text = SHOWN.replace("e2e:", "web-e2e:").replace("[e2e], path", "[web-e2e], path")
    with flowing(tmp_path / "flow", STAGELOCK_PUBLISH_LOCKS="true") as flow:
        first = flow.repo({"stagelock.yaml": text, "apps/web/a": "1"})
        flow.world.start_check(REPO, flow.landed("web-e2e", first), "e2e")
        flow.settle()
        alice = flow.world.user("alice")
        host = flow.sandbox.url.removeprefix("http://")
        url = f"http://alice:{alice.token}@{host}/{REPO}.git"
        clone = tmp_path / "clone"
        subprocess.run(["git", "clone", "-q", url, clone], env=dict(environ), check=True)
        found = subprocess.run(
            ["bash", "-c", typed.command],
            cwd=clone,
            env=dict(environ),
            capture_output=True,
            text=True,
            check=True,
        )
    lines = found.stdout.rstrip().splitlines()
    assert [shape(line) for line in lines] == [shape(line) for line in typed.shows]
