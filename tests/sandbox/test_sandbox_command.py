"""`stagelock sandbox`: the demo tells its whole story, is the README's, and says by its code how it went."""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import main
from app.sandbox.demo.narration import StoryError, Teller
from app.sandbox.demo.story import Story
from app.sandbox.serve.server import Sandbox
from tests.paper_shell import plain

ROOT = Path(__file__).parents[2]
SECONDS = 240.0
"""Of a slow machine; the story takes one."""
LINK = re.compile(r"\s+http://127\.0\.0\.1:\d+\S*$")


def told(line: str) -> str:
    """As in the README: without the link behind it, and with everybody's own times left out."""
    return re.sub(r"\d\d:\d\d UTC", "HH:MM UTC", plain(LINK.sub("", line)))


def readmes() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    [block] = re.findall(
        r"^```text\n(.*?\nA change travels\n.*?)^```", text, re.MULTILINE | re.DOTALL
    )
    return [told(line) for line in block.splitlines() if line.strip()]


def test_the_demo_tells_all_that_the_readme_shows_and_leaves_nothing_behind(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "app", "sandbox", "--once"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TMPDIR": str(tmp_path)},
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    lines = [told(line) for line in done.stdout.splitlines() if line.strip()]
    shown = readmes()
    assert lines[lines.index(shown[0]) :] == shown
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_is_not_seen_ends_the_story_and_is_named(tmp_path: Path):
    """The stand-in alone, with no App beside it: nothing is ever promoted."""
    with Sandbox(tmp_path / "github") as sandbox:
        story = Story(sandbox.world, Teller(io.StringIO(), sandbox.url), 0.5)

        with pytest.raises(StoryError, match="dev"):
            story.settle(ROOT / "manifests/demo")


def test_a_port_in_use_is_a_usage_error_that_names_it(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert main(["sandbox", "--once", "--port", str(port)]) == 2

    assert capsys.readouterr().err == (
        f"stagelock sandbox: port {port} cannot be used: Address already in use\n"
    )


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_port_that_is_none_is_a_usage_error(port, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["sandbox", "--once", "--port", port])

    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert port in said
    assert "Traceback" not in said


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_that_is_no_repository_is_a_usage_error(tmp_path, there, capsys):
    folder = tmp_path / "none"
    if there:
        folder.mkdir()

    assert main(["sandbox", "--once", "--repo", str(folder)]) == 2

    assert str(folder) in capsys.readouterr().err
