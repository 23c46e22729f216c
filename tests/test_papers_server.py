"""The operator's papers, typed as they are written: operating.md and hook.md, on an empty HOME."""

from __future__ import annotations

import base64
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
from tests.adapters.github.scripted import BASE, serving
from tests.flows.harness import REPO, flowing
from tests.hooks.world import ENV, FILES, PIPELINE
from tests.keys import private_pem
from tests.processes import Running, killed
from tests.test_papers import ROOT, Shell, Typed, consoles, environ, plain, shell  # noqa: F401

OPERATING = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
HOOK = (ROOT / "docs/hook.md").read_text(encoding="utf-8")
INSTALLS = ("python3 -m venv", "/opt/stagelock/bin/pip")
"""What fetches packages: README's first steps do the same, and `make demo` and the image."""
NAMED = re.compile(r"@[\w-]+|\b[0-9a-z]{13}\b|\d{4}-\d\d-\d\dT[\d:]+(?:Z|\+00:00)|\b\d+\b")


def below(paper: str, heading: str) -> str:
    """What stands below a heading, up to the next one."""
    found = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", paper, re.MULTILINE | re.DOTALL
    )
    assert found, heading
    return found[1]


def shape(line: str) -> str:
    """A line without what is everybody's own: ids, numbers, times."""
    return NAMED.sub("N", re.sub(r"(?<=Nonce: ).*", "N", plain(line)))


# -- operating.md: the server ------------------------------------------------------------------


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
    environ: Mapping[str, str],  # noqa: F811
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
    environ: Mapping[str, str],  # noqa: F811
    start: Callable[[Mapping[str, str]], Running],
    word: str,
) -> None:
    known = registered(github, tmp_path)
    refused_as_written(start({**environ, **known, **WRONG[word](known, tmp_path)}), word)


def refused_as_written(running: Running, word: str) -> None:
    """It ends with one of the row's codes, and with the row's words."""
    said, codes = next(row for text, row in refusals().items() if word in text)
    assert str(running.ended()) in codes.split(", ")
    wanted = re.compile(r".+?".join(map(re.escape, re.split(r"\.\.\.|\d+", said))), re.DOTALL)
    assert wanted.search("".join(running.err)), f"not said: {said}"
    assert "Traceback" not in "".join(running.err)


def test_a_port_in_use_is_refused_in_the_papers_words(
    github: Sandbox,
    tmp_path: Path,
    environ: Mapping[str, str],  # noqa: F811
    start: Callable[[Mapping[str, str]], Running],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        env = {**environ, **registered(github, tmp_path), "STAGELOCK_PORT": port}
        refused_as_written(start(env), "which is in use")


def test_a_clock_that_is_off_is_refused_in_the_papers_words(
    tmp_path: Path,
    environ: Mapping[str, str],  # noqa: F811
    start: Callable[[Mapping[str, str]], Running],
) -> None:
    def later() -> datetime:
        return datetime.now(UTC) + timedelta(minutes=31)  # noqa: TID251

    with Sandbox(tmp_path / "later", now=later) as sandbox:
        env = {**environ, **registered(sandbox, tmp_path)}
        refused_as_written(start(env), "the clock of this machine")


SHOWN = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  e2e: {needs: [dev], path: stages/e2e, lock: e2e-env, verify: {checks: [e2e]}}
  prod: {needs: [e2e], path: stages/prod, auto: false, via: pull-request}
locks: {e2e-env: {permits: 1}}
"""


def test_a_lost_database_is_made_anew_as_operating_says(
    tmp_path: Path,
    environ: Mapping[str, str],  # noqa: F811
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
        done = subprocess.run(
            typed.command.split(), env=env, capture_output=True, text=True, check=False, timeout=120
        )

    assert done.returncode == 0, done.stderr
    assert sorted(map(shape, done.stdout.splitlines())) == sorted(map(shape, typed.shows))


# -- hook.md -----------------------------------------------------------------------------------


@pytest.fixture
def server(
    tmp_path: Path,
    environ: Mapping[str, str],  # noqa: F811
    shell: Shell,  # noqa: F811
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


def edits_dev(shell: Shell) -> None:  # noqa: F811
    shell.run("echo evil > stages/dev/web/index.html && git commit -qam Evil")


def remote(lines: list[str]) -> list[str]:
    return [line.rstrip() for line in lines if line.startswith("remote: stagelock")]


def test_a_push_is_refused_in_the_papers_words(server: Path, shell: Shell) -> None:  # noqa: F811
    (shown,) = re.findall(r"```text\n(.*?)```", below(HOOK, "A refusal"), re.DOTALL)
    edits_dev(shell)
    shell.run("export REMOTE_USER=eve")
    said = shell.run("git push origin main")
    assert shell.run("echo $?") == ["1"]
    assert remote(said)[: len(shown.splitlines())] == shown.splitlines()
    assert server.is_dir()


def test_break_glass_works_as_the_paper_types_it(server: Path, shell: Shell) -> None:  # noqa: F811
    (typed,) = consoles(below(HOOK, "Break-glass"))
    edits_dev(shell)
    assert remote(shell.run(typed.command)) == list(typed.shows)
    assert "INC-12" in (server / "stagelock/audit.jsonl").read_text()


def test_rulesets_are_printed_and_made_as_the_paper_types_it(
    shell: Shell,  # noqa: F811
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
    environ: Mapping[str, str],  # noqa: F811
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


def test_the_signing_key_is_made_as_operating_says(
    tmp_path: Path,
    environ: Mapping[str, str],  # noqa: F811
    github: Sandbox,
    start: Callable[[Mapping[str, str]], Running],
) -> None:
    (command,) = re.findall(r"`(ssh-keygen [^`]+)`", OPERATING)
    key = tmp_path / "signing"
    full = f"{command} -q -f {key}"
    subprocess.run(["bash", "-c", full], env={**os.environ, **environ}, check=True)
    known = {**registered(github, tmp_path), "STAGELOCK_SIGNING_KEY": str(key)}
    start({**environ, **known}).wait_until_ready()
