"""The first hour, typed as it is written: README's five minutes and the tutorial, on an empty HOME."""

from __future__ import annotations

import html
import http.client
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.paper_shell import ROOT, SECONDS, Shell, Typed, consoles, environ, plain, shell

__all__ = ["environ", "shell"]

SHOWN_PORT = "8123"
TERMINAL_ONLY = re.compile(r": fine, \d stages$")
"""Lines that `lint` writes for people alone: this test is none."""


def section(text: str, number: int) -> str:
    found = re.search(rf"^## {number}\. .*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found
    return found[0]


def type_it(shell: Shell, typed: Typed) -> None:
    """Type a command; where the paper shows what comes of it, exactly that comes."""
    found = shell.run(typed.command)
    shows = [line for line in typed.shows if not TERMINAL_ONLY.search(line)]
    if typed.shows:
        assert list(map(plain, found)) == list(map(plain, shows)), typed.command
    else:
        assert shell.run("echo $?") == ["0"], f"{typed.command}: {found}"


class Sandbox:
    """`stagelock sandbox --repo .` in a second terminal."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._file = folder.parent / "sandbox.out"
        with self._file.open("w") as out:
            self.process = subprocess.Popen(
                ["stagelock", "sandbox", "--repo", "."],
                cwd=folder,
                env=dict(environ),
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self.wait(lambda: "Look around" in self.text())
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.text())
        assert found
        self.port = int(found[1])

    def text(self) -> str:
        return self._file.read_text()

    def wait(self, condition: Callable[[], object]) -> None:
        start = time.monotonic()
        while not condition():
            assert self.process.poll() is None, self.text()
            assert time.monotonic() - start < SECONDS, self.text()
            time.sleep(0.1)

    def _has(self, wanted: str) -> bool:
        return any(wanted in plain(line) for line in self.text().splitlines())

    def tells(self, *lines: str) -> None:
        """Wait until each of *lines* is in the timeline, whatever the order."""
        for line in lines:
            wanted = plain(line).strip()
            self.wait(partial(self._has, wanted))

    def post(self, form: str, who: str, **fields: str) -> int:
        """Press a button of the page as that person."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"who={who}"}
        link.request("POST", f"/acme/rehearsal/_{form}", urlencode(fields), headers)
        status = link.getresponse().status
        link.close()
        return status

    def page(self, path: str) -> str:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        link.request("GET", f"/acme/rehearsal{path}")
        text = link.getresponse().read().decode()
        link.close()
        return text

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(SECONDS)


def timeline(lines: tuple[str, ...]) -> list[str]:
    return [line for line in lines if re.match(r"\s+\d+\.\d+s", line)]


def test_the_tutorial_is_true_word_by_word(
    shell: Shell, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    paper = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    for typed in consoles(section(paper, 1)):
        type_it(shell, typed)
    shop = tmp_path / "work/shop"
    (file,) = re.findall(r"^```yaml\n(.*?)^```", section(paper, 2), re.MULTILINE | re.DOTALL)
    (shop / "stagelock.yaml").write_text(file)
    for number in (2, 3):
        for typed in consoles(section(paper, number)):
            type_it(shell, typed)

    (played,) = consoles(section(paper, 4))
    assert played.command == f"stagelock sandbox --repo . --port {SHOWN_PORT}"
    sandbox = Sandbox(shop, {**environ, "PATH": environ["PATH"]})
    try:
        sandbox.tells(*timeline(played.shows))
        for typed in consoles(section(paper, 5)):
            shell.run(typed.command.replace(SHOWN_PORT, str(sandbox.port)))
            assert shell.run("echo $?") == ["0"], typed.command
        told = re.findall(r"^ +\d+\.\d+s  .*$", section(paper, 5), re.MULTILINE)
        assert len(told) > 5
        sandbox.tells(*told)

        people_decide(paper, shell, sandbox)
    finally:
        sandbox.close()


def people_decide(paper: str, shell: Shell, sandbox: Sandbox) -> None:
    """Step 6: a question, a refusal, and the merge."""
    said = sandbox.post("comment", "bob", number="1", body="/why prod")
    assert said == 303
    why, refusal = quoted(section(paper, 6))
    sandbox.wait(lambda: why in bare(sandbox.page("/pull/1")))
    sandbox.post("comment", "carol", number="1", body="/promote prod")
    sandbox.wait(lambda: refusal in bare(sandbox.page("/pull/1")))
    assert sandbox.post("merge", "bob", number="1", method="merge") == 303
    sandbox.tells("   1.0s  * bob       merged #1", "   1.0s  + prod      verified  (0123456)")
    for typed in consoles(section(paper, 6)):
        if typed.command.startswith("git pull"):
            shell.run(typed.command.replace(SHOWN_PORT, str(sandbox.port)))
    log = shell.run("git log --format=%s")
    shown = [line.partition(" ")[2] for line in consoles_of_log(section(paper, 6))]
    assert {plain(line) for line in shown if "#" not in line} <= {plain(line) for line in log}


def quoted(text: str) -> list[str]:
    """The replies that the paper quotes, as words alone."""
    found = re.findall(r"(?:^>.*\n)+", text, re.MULTILINE)
    return [" ".join(re.sub(r"^>|[*`]", "", one, flags=re.MULTILINE).split()) for one in found]


def bare(page: str) -> str:
    """The words of a page."""
    words = " ".join(re.sub(r"<[^>]*>", "", page).split())
    return html.unescape(words)


def consoles_of_log(text: str) -> tuple[str, ...]:
    return next(t.shows for t in consoles(text) if t.command == "git log --oneline")


REPOSITORIES = {
    "a readme": {"README.md": "x\n"},
    "a program": {
        "cmd/main.go": "package main\n",
        "deploy/values.yaml": "image: {tag: v1}\n",
        ".github/workflows/test.yml": "on: push\njobs: {}\n",
        "Makefile": "all:\n",
    },
}


@pytest.mark.parametrize("name", REPOSITORIES)
def test_readmes_five_minutes_work_in_any_repository(
    tmp_path: Path, environ: Mapping[str, str], name: str
) -> None:
    paper = (ROOT / "README.md").read_text(encoding="utf-8")
    step = paper.partition("5. Rehearse a repository")[2].partition("\n6. ")[0]
    (file,) = re.findall(r"^   ```yaml\n(.*?)^   ```", step, re.MULTILINE | re.DOTALL)
    folder = tmp_path / "own"
    for path, text in {**REPOSITORIES[name], "stagelock.yaml": _dedented(file)}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    names = ["-c", "user.name=You", "-c", "user.email=you@example.com"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], [*names, "commit", "-qm", "Mine"]):
        subprocess.run(["git", *words], cwd=folder, env=dict(environ), check=True)
    commands = re.findall(r"`\.venv/bin/(stagelock [a-z]+ --repo DIR)`", step)
    assert [command.split()[1] for command in commands] == ["init", "lint", "plan", "sandbox"]

    said = {}
    for command in commands[1:]:  # the file is there: what `init` proposes is tried elsewhere
        words = command.replace("DIR", str(folder)).split()
        words += ["--once"] if "sandbox" in words else []
        found = subprocess.run(
            words, env=dict(environ), capture_output=True, text=True, check=False, timeout=SECONDS
        )
        assert found.returncode == 0, found.stdout + found.stderr
        said[words[1]] = found.stdout + found.stderr
    assert said["lint"] == ""
    assert "env/staging" in said["plan"]
    assert "nothing to promote" not in said["plan"]
    assert re.search(r"\+ staging +verified", said["sandbox"])
    assert re.search(r"#1 open: Promote everything \w+ to production", said["sandbox"])


def _dedented(text: str) -> str:
    return "".join(line.removeprefix("   ") + "\n" for line in text.splitlines())
