"""Wrong input to each command: what is wrong and where, what to do, and the exit code; no traceback."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from app.__main__ import COMMANDS
from tests.cli.whole import stagelock

FILE = (
    "version: 1\nwarehouses: {web: {paths: [apps/web/]}}\nstages:\n"
    "  dev: {path: stages/dev, steps: [{uses: copy, with: {from: apps/web, to: web}}]}\n"
)
ODD = {
    "tab.yaml": (
        b"version: 1\nwarehouses:\n\tweb: {}\n",
        ":3:1: there is a tab in the indentation",
    ),
    "binary.yaml": (b"ok: \xff\x00", ":1:5: the file is not valid UTF-8"),
    "empty.yaml": (b"", ":1:1: the file is empty; it has at least `version`"),
    "list.yaml": (b"- a\n", ":1:1: `the file` must be a mapping"),
}
AWAY = "http://127.0.0.1:9"
ROWS: tuple[tuple[str, int, str], ...] = (
    *((f"lint {name}", 1, f"{name}{said}") for name, (_, said) in ODD.items()),
    *((f"plan --file {name}", 1, f"{name}{said}") for name, (_, said) in ODD.items()),
    *((f"paths web x --file {name}", 2, f"{name}{said}") for name, (_, said) in ODD.items()),
    ("lint none.yaml", 2, "there is no file none.yaml; name one"),
    ("plan --file none.yaml", 2, "there is no file none.yaml; name one"),
    ("paths web x --file none.yaml", 2, "there is no file none.yaml; name one"),
    ("lint folder", 2, "folder cannot be read: Is a directory"),
    ("plan --file folder", 2, "folder cannot be read: Is a directory"),
    ("paths web x --file folder", 2, "folder cannot be read: Is a directory"),
    ("paths nosuch x", 2, "there is no warehouse nosuch; there are web"),
    ("lint --repo none", 2, "there is no folder none"),
    ("plan --repo none", 2, "none is not a Git repository"),
    ("plan --ref none", 2, "has no ref none"),
    ("init --repo none", 2, "none is not a Git repository"),
    ("sandbox --repo none", 2, "there is no folder none"),
    ("sandbox --port x", 2, "x is no port: 0 to 65535"),
    ("hook install none", 2, "none is not a Git repository: name the one on the server"),
    ("hook test none", 2, "none is not a Git repository: name the one on the server"),
    ("rulesets", 2, "set STAGELOCK_APP_ID, or give --app-id"),
    ("rulesets --apply x", 2, "'x' is not OWNER/NAME"),
    ("events what", 2, "is no event id: eight characters"),
    ("events", 3, "set STAGELOCK_DATABASE_URL or STAGELOCK_URL"),
    ("setup", 2, "Give it as an option, or run this in a terminal"),
    ("rebuild", 2, "STAGELOCK_APP_ID is not set: the App's number"),
    ("doctor", 1, "STAGELOCK_APP_ID is not set: the App's number"),
    ("lock floor --ttl 3s", 2, "'3s': at least 10s"),
    ("hold prod", 2, "the following arguments are required: REASON"),
)
ASKING = (
    *("status", "locks", "lock floor", "unlock floor", "why prod", "promote prod", "approve prod"),
    *("retry prod", "rollback prod", "cancel prod", "hold prod x", "resume prod"),
)
SERVING = ("serve", "work", "migrate", "rebuild")
WRONG = {
    "STAGELOCK_PORT": ("x", "STAGELOCK_PORT is 'x': expected a whole number from 0 to 65535"),
    "STAGELOCK_DATABASE_URL": ("mysql://x", "STAGELOCK_DATABASE_URL must begin with sqlite: or"),
    "STAGELOCK_PRIVATE_KEY": ("/none", "STAGELOCK_PRIVATE_KEY is neither PEM text nor the path"),
    "STAGELOCK_LOCK_SERVICES": ("/none", "STAGELOCK_LOCK_SERVICES names /none, which cannot be"),
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone")
    for name, (data, _) in ODD.items():
        (folder / name).write_bytes(data)
    (folder / "folder").mkdir()
    (folder / "stagelock.yaml").write_text(FILE)
    names = ("-c", "user.name=You", "-c", "user.email=you@example.com")
    for words in (("init", "-q"), ("add", "stagelock.yaml"), (*names, "commit", "-qm", "Mine")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def told(clone: Path, command: str, code: int, said: str, **environ: str) -> None:
    home = {"HOME": str(clone / "home"), "XDG_DATA_HOME": str(clone / "data")}
    done = stagelock(*command.split(), cwd=clone, **home, **environ)

    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "Stagelock sandbox: http" not in done.stdout, "nothing was begun"


@pytest.mark.parametrize(("command", "code", "said"), ROWS, ids=lambda one: str(one)[:40])
def test_it_says_what_is_wrong_where_and_what_to_do(
    clone: Path, command: str, code: int, said: str
):
    told(clone, command, code, said)


@pytest.mark.parametrize("command", ASKING)
def test_without_a_server_the_variable_is_named(clone: Path, command: str):
    told(clone, command, 2, "STAGELOCK_URL is not set", GITHUB_REPOSITORY="acme/shop")


@pytest.mark.parametrize("command", [c for c in ASKING if c != "approve prod"])  # it asks nobody
def test_a_server_that_is_away_is_told_with_the_variable(clone: Path, command: str):
    around = {"GITHUB_REPOSITORY": "acme/shop", "STAGELOCK_URL": AWAY, "STAGELOCK_TOKEN": "hush"}
    told(
        clone,
        command,
        3,
        f"no answer from {AWAY}: [Errno 111] Connection refused (STAGELOCK_URL)",
        **around,
    )


@pytest.fixture(scope="module")
def other() -> Iterator[str]:
    """A server that is none of ours."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_server_that_is_none_of_ours_is_not_said_to_be_away(clone: Path, other: str):
    around = {"GITHUB_REPOSITORY": "acme/shop", "STAGELOCK_URL": other}
    said = f"{other} answered 404, but not as Stagelock does: check STAGELOCK_URL"
    told(clone, "status", 3, said, **around)


@pytest.mark.parametrize("variable", WRONG)
@pytest.mark.parametrize("command", SERVING)
def test_a_wrong_setting_is_named(clone: Path, command: str, variable: str):
    value, said = WRONG[variable]
    told(clone, command, 2, said, **{variable: value})


def test_every_command_is_tried():
    tried = {row[0].split()[0] for row in ROWS} | {c.split()[0] for c in (*ASKING, *SERVING)}

    assert tried == set(COMMANDS)
