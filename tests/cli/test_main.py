import importlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import COMMANDS
from tests.cli.whole import stagelock
from tests.processes import PATIENCE, until

HEAVY = {"githubkit", "sqlalchemy", "flask", "pygit2", "gunicorn", "prometheus_client", "alembic"}


@pytest.mark.parametrize(("arguments", "code"), [((), 2), (("--help",), 0)])
def test_without_a_command_it_lists_the_commands_as_its_help_does(arguments, code):
    done = stagelock(*arguments)

    assert done.returncode == code
    listed, other = (done.stderr, done.stdout) if code else (done.stdout, done.stderr)
    assert all(f" {name} " in listed for name in COMMANDS)
    assert other == ""


def test_it_tells_its_version():
    assert stagelock("--version").stdout.startswith("stagelock 0.")


def test_an_unknown_command_is_a_usage_error_with_a_suggestion():
    done = stagelock("serv")

    assert done.returncode == 2
    assert "did you mean `serve`" in done.stderr


@pytest.mark.parametrize(
    "arguments", [["--nonsense"], ["serve", "--nonsense"], ["serve", "--workers", "0"]]
)
def test_a_wrong_option_is_a_usage_error(arguments):
    done = stagelock(*arguments)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_module(name):
    module = importlib.import_module(f"app.cli.{name}")

    assert callable(module.add_parser)


def test_missing_settings_are_listed_together_without_a_traceback(tmp_path):
    """`work` has no page on which it could be set up."""
    done = stagelock("work", STAGELOCK_DATA_DIR=str(tmp_path))

    assert done.returncode == 2
    for name in ("APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET"):
        assert f"STAGELOCK_{name} is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_cannot_be_reached_is_our_fault_and_says_so(tmp_path):
    done = stagelock(
        "migrate",
        STAGELOCK_DATA_DIR=str(tmp_path),
        STAGELOCK_DATABASE_URL="postgresql://nobody:hunter2secret@127.0.0.1:1/none",
    )

    assert done.returncode == 3
    assert (
        "STAGELOCK_DATABASE_URL: no connection to the database none at 127.0.0.1:1" in done.stderr
    )
    assert "Traceback" not in done.stderr
    assert "hunter2secret" not in done.stderr


def test_migrate_may_be_repeated(tmp_path):
    for _ in range(2):
        done = stagelock("migrate", STAGELOCK_DATA_DIR=str(tmp_path / "data"))

        assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "data" / "stagelock.db").exists()


def test_lint_pays_for_nothing_that_it_does_not_use(tmp_path):
    """It runs in editors and hooks: half a second of imports would be felt."""
    file = tmp_path / "stagelock.yaml"
    file.write_text("version: 1\n")
    script = (
        "import sys; from app.__main__ import main; main(['lint', sys.argv[1]]);"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


def _as_at_a_terminal():
    """What a shell starts in the background ignores Ctrl-C, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_is_no_defect(tmp_path):
    """130, as shells expect, and no traceback over what the person was reading."""
    file = tmp_path / "stagelock.yaml"
    file.write_text(
        "version: 1\nwarehouses: {web: {paths: [apps/]}}\nstages: {dev: {path: stages/dev}}\n"
    )
    command = [sys.executable, "-m", "app", "paths", "web", "--file", str(file), "-"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_as_at_a_terminal,  # noqa: PLW1509 # no thread of ours runs beside it
    ) as process:
        waits = Path(f"/proc/{process.pid}/wchan")
        until(
            lambda: process.poll() is not None or "pipe_read" in waits.read_text(),
            PATIENCE,
            "it does not read its standard input",
        )
        process.send_signal(signal.SIGINT)
        stderr = process.communicate(timeout=PATIENCE)[1]

    assert (process.returncode, stderr) == (130, b"")
