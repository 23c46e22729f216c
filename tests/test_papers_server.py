"""operating.md's server, typed as it is written, on an empty HOME."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.core.model.webhook_events import HANDLED_EVENTS
from app.sandbox.demo.launch import PERMISSIONS, SLUG
from app.sandbox.people.apps import new_private_key
from app.sandbox.serve.server import Sandbox
from tests.flows.harness import REPO, flowing
from tests.hooks.world import FILES
from tests.keys import private_pem
from tests.paper_shell import OPERATING, SHOWN, Typed, below, consoles, environ, shape
from tests.processes import Running, killed

__all__ = ["environ"]

INSTALLS = ("python3 -m venv", "/opt/stagelock/bin/pip")
"""What fetches packages: README's first steps do the same, and `make demo` and the image."""


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Sandbox]:
    """A GitHub with the organisation of the paper: three repositories, one with a pipeline."""
    with Sandbox(tmp_path / "github") as sandbox:
        yield sandbox


def registered(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """What the form gives an operator, and where that GitHub is."""
    made = sandbox.world.register_app(SLUG, None, "s", PERMISSIONS, sorted(HANDLED_EVENTS))
    for name, files in (("shop", FILES), ("api", {"a": "1"}), ("lib", {"a": "1"})):
        sandbox.world.create_repo(f"acme/{name}", files=dict(files))
    key = folder / "app.pem"
    key.write_text(made.private_key_pem)
    return {
        "STAGELOCK_APP_ID": str(made.app_id),
        "STAGELOCK_PRIVATE_KEY": str(key),
        "STAGELOCK_WEBHOOK_SECRET": "a long random text",
        "STAGELOCK_GITHUB_URL": sandbox.url,
        "STAGELOCK_GITHUB_API_URL": sandbox.api_url,
        "STAGELOCK_PORT": "0",
    }


@pytest.fixture
def start() -> Iterator[Callable[[Mapping[str, str]], Running]]:
    running: list[Running] = []

    def begin(env: Mapping[str, str]) -> Running:
        running.append(Running(["serve"], dict(env)))
        return running[-1]

    yield begin
    killed(running)


def test_the_server_starts_as_operating_says(
    github: Sandbox,
    tmp_path: Path,
    environ: Mapping[str, str],
    start: Callable[[Mapping[str, str]], Running],
) -> None:
    typed = [t for t in consoles(below(OPERATING, "Run the server")) if not installs(t)]
    *exports, serve = typed
    wanted = [re.fullmatch(r"export (\w+)=\S+", t.command) for t in exports]
    known = registered(github, tmp_path)
    assert {one[1] for one in wanted if one} == {
        "STAGELOCK_APP_ID",
        "STAGELOCK_PRIVATE_KEY",
        "STAGELOCK_WEBHOOK_SECRET",
    }
    assert serve.command == "/opt/stagelock/bin/stagelock serve"

    running = start({**environ, **known}).wait_until_ready()
    running.wait_for(lambda: len(running.out) >= len(serve.shows), "it does not say all of it")

    # Two processes say them, so either may come first.
    assert sorted(map(shape, running.out)) == sorted(map(shape, serve.shows))
    assert (Path(environ["HOME"]) / ".local/share/stagelock").is_dir()
    answers = re.findall(r"^\| `(/\w+)` \| `(\d+) (\w+)`", OPERATING, re.MULTILINE)
    assert len(answers) == 2
    for path, status, word in answers:
        running.wait_for(lambda path=path, status=status: running.get(path)[0] == int(status), path)
        assert running.get(path)[1].decode().startswith(word)


def installs(typed: Typed) -> bool:
    return typed.command.startswith(INSTALLS)


def refusals() -> dict[str, tuple[str, str]]:
    """The table of what the start refuses: by its first words, what it says and its exit codes."""
    rows = re.findall(
        r"^\| `(.+?)` \| .* \| ([\d, ]*) ?\|$",
        below(OPERATING, "What the start refuses"),
        re.MULTILINE,
    )
    return {said: (said, codes.strip()) for said, codes in rows}


WRONG: dict[str, Callable[[dict[str, str], Path], dict[str, str]]] = {
    "GitHub knows no such App": lambda _env, _at: {"STAGELOCK_APP_ID": "99999999"},
    "is no key of the App": lambda _env, _at: {"STAGELOCK_PRIVATE_KEY": new_private_key()},
    "is a key of the wrong kind": lambda _env, _at: {
        "STAGELOCK_PRIVATE_KEY": private_pem(Ed25519PrivateKey.generate())
    },
    "is not GitHub's API": lambda env, _at: {
        "STAGELOCK_GITHUB_API_URL": f"{env['STAGELOCK_GITHUB_URL']}/nowhere"
    },
    "no connection to the database": lambda _env, _at: {
        "STAGELOCK_DATABASE_URL": "postgresql://stagelock@127.0.0.1:9/stagelock"
    },
    "is no address of this machine": lambda _env, _at: {"STAGELOCK_HOST": "192.0.2.1"},
    "cannot be made": lambda _env, at: {"STAGELOCK_DATA_DIR": str(at / "app.pem" / "data")},
}
ELSEWHERE = {
    "behind this version",
    "which is in use",
    "the clock of this machine",
    "does not answer",
}
"""Held with the same words by `test_serve` and `test_startup`, or below."""


def test_each_row_of_what_the_start_refuses_is_tried() -> None:
    for said in refusals():
        assert [word for word in (*WRONG, *ELSEWHERE) if word in said], said


@pytest.mark.parametrize("word", WRONG)
def test_the_start_refuses_in_the_papers_words(
    github: Sandbox,
    tmp_path: Path,
    environ: Mapping[str, str],
    start: Callable[[Mapping[str, str]], Running],
    word: str,
) -> None:
    known = registered(github, tmp_path)
    refused_as_written(start({**environ, **known, **WRONG[word](known, tmp_path)}), word)


def refused_as_written(running: Running, word: str) -> None:
    """It ends with one of the row's codes, and with the row's words."""
    said, codes = next(refusal for text, refusal in refusals().items() if word in text)
    assert str(running.ended()) in codes.split(", ")
    wanted = re.compile(r".+?".join(map(re.escape, re.split(r"\.\.\.|\d+", said))), re.DOTALL)
    assert wanted.search("".join(running.err)), f"not said: {said}"
    assert "Traceback" not in "".join(running.err)


def test_a_port_in_use_is_refused_in_the_papers_words(
    github: Sandbox,
    tmp_path: Path,
    environ: Mapping[str, str],
    start: Callable[[Mapping[str, str]], Running],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        env = {**environ, **registered(github, tmp_path), "STAGELOCK_PORT": port}
        refused_as_written(start(env), "which is in use")


def test_a_clock_that_is_off_is_refused_in_the_papers_words(
    tmp_path: Path,
    environ: Mapping[str, str],
    start: Callable[[Mapping[str, str]], Running],
) -> None:
    def later() -> datetime:
        return datetime.now(UTC) + timedelta(minutes=31)  # noqa: TID251

    with Sandbox(tmp_path / "later", now=later) as sandbox:
        env = {**environ, **registered(sandbox, tmp_path)}
        refused_as_written(start(env), "the clock of this machine")


def test_a_lost_database_is_made_anew_as_operating_says(
    tmp_path: Path,
    environ: Mapping[str, str],
) -> None:
    """The rows of the paper, each with numbers of its own."""
    (typed,) = consoles(below(OPERATING, "If the database is lost"))
    with flowing(tmp_path / "flow") as flow:
        first = flow.repo({"stagelock.yaml": SHOWN, "apps/web/a": "1"})
        flow.finish(flow.landed("e2e", first), "e2e")
        for text in ("/promote prod", "/stagelock status"):
            flow.world.comment(REPO, first, text, by="bob")
            flow.settle()
        second = flow.push({"apps/web/a": "2"})
        flow.world.start_check(REPO, flow.landed("e2e", second), "e2e")
        flow.settle()
        env = {**environ, **flow.environ, "STAGELOCK_DATA_DIR": str(tmp_path / "empty")}
        env["STAGELOCK_API_TOKENS"] = f"ci:lock:{'5f' * 32}"  # clients may have held a lock
        done = subprocess.run(
            typed.command.split(), env=env, capture_output=True, text=True, check=False, timeout=120
        )

    assert done.returncode == 0, done.stderr
    assert sorted(map(shape, done.stdout.splitlines())) == sorted(map(shape, typed.shows))


def test_the_signing_key_is_made_as_operating_says(
    tmp_path: Path,
    environ: Mapping[str, str],
    github: Sandbox,
    start: Callable[[Mapping[str, str]], Running],
) -> None:
    (command,) = re.findall(r"`(ssh-keygen [^`]+)`", OPERATING)
    key = tmp_path / "signing"
    full = f"{command} -q -f {key}"
    subprocess.run(["bash", "-c", full], env={**os.environ, **environ}, check=True)
    known = {**registered(github, tmp_path), "STAGELOCK_SIGNING_KEY": str(key)}
    start({**environ, **known}).wait_until_ready()
