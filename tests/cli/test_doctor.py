"""`stagelock doctor`: each line of the server broken once, and exactly that line says so, with what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from app import wiring
from app.__main__ import main
from app.core.model.repository_change import RepoRecord
from app.sandbox.people.apps import new_private_key
from app.settings import Settings
from tests.cli.doctored import well, wrong

SERVER = [
    "settings",
    "data folder",
    "database",
    "github",
    "app",
    "clock",
    "permissions",
    "installations",
    "webhook",
    "deliveries",
    "signature",
    "public address",
    "certificate",
    "proxy",
    "oidc",
    "budget",
    "creations",
    "plan required",
    "push rules",
    "auto-delete",
    "concurrency",
    "workflows",
    "hook",
]
SPANNING = """\
on: {push: {branches: [main]}}
concurrency: e2e
jobs:
  deploy: {environment: prod, runs-on: x, steps: []}
"""


def test_of_a_server_that_is_well_every_line_is_fine_or_says_why_it_is_not_known(server, ask):
    found = ask()

    assert wrong(found) == set()
    assert server.code == 0
    assert list(found) == SERVER
    for state, said in found.values():
        assert state in {"ok", "unknown"}
        assert state == "ok" or said.strip()
    assert {name for name, (state, _) in found.items() if state == "unknown"} == {
        "certificate",
        "oidc",
        "hook",
    }
    assert "1 with stagelock.yaml, 1 without" in found["installations"][1]


def test_people_read_a_line_each(server, ask, capsys):
    ask()

    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(server.lines)
    assert all(line.startswith(("ok         ", "not known  ", "to do      ")) for line in lines)
    assert any(line.startswith("not known  certificate") for line in lines)


def test_a_setting_that_is_wrong_is_named_and_the_rest_is_not_known(server, ask):
    found = ask(STAGELOCK_PORT="x")

    assert wrong(found) == {"settings"}
    assert "STAGELOCK_PORT" in found["settings"][1]
    assert server.code == 1
    assert {state for name, (state, _) in found.items() if name != "settings"} == {"unknown"}


def test_a_data_folder_that_cannot_be_written_to(server, ask, tmp_path):
    (tmp_path / "file").write_text("")
    environ = {"STAGELOCK_DATABASE_URL": f"sqlite:///{tmp_path}/data/stagelock.db"}

    found = ask(STAGELOCK_DATA_DIR=str(tmp_path / "file" / "x"), **environ)

    assert wrong(found) == {"data folder"}
    assert "STAGELOCK_DATA_DIR" in found["data folder"][1]


def test_a_database_that_is_none(server, ask, tmp_path):
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database" * 1000)

    assert wrong(ask(STAGELOCK_DATABASE_URL=f"sqlite:///{broken}")) == {"database"}


def test_a_database_that_does_not_answer_says_once_what_to_do(server, monkeypatch, capsys):
    for name, value in server.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STAGELOCK_DATABASE_URL", "postgresql://ana:canary@127.0.0.1:9/shop")

    assert main(["doctor"]) == 1

    told = capsys.readouterr().out
    [line] = [one for one in told.splitlines() if one.startswith("to do")]
    assert line.split()[2] == "database"
    assert "127.0.0.1:9" in line
    assert line.count("To do:") == 1
    assert "?." not in line
    assert "canary" not in told


def test_of_several_that_are_broken_at_once_each_says_so(server, ask):
    server.world.set_permissions("stagelock", pull_requests="read")
    server.app.webhook_url = "http://127.0.0.1:1/elsewhere"
    server.sandbox.hub.requests_left = 40
    server.world.protect("acme/shop", "main", allowed=["alice"], required_checks=["build"])
    server.sandbox.hub.repo("acme/shop").reviewed.add("prod")
    server.world.push("acme/shop", "main", {".github/workflows/deploy.yml": SPANNING})

    found = ask(STAGELOCK_PUBLIC_URL="http://127.0.0.1:9")

    assert wrong(found) == {
        "permissions",
        "webhook",
        "deliveries",
        "public address",
        "budget",
        "plan required",
        "push rules",
        "concurrency",
        "workflows",
    }
    assert all(server.lines[name]["do"] for name in wrong(found))


def test_the_size_of_the_database_is_said(ask):
    assert "MB" in ask()["database"][1]


def test_a_github_that_does_not_answer(server, ask):
    found = ask(STAGELOCK_GITHUB_API_URL="http://127.0.0.1:9")

    assert wrong(found) == {"github"}
    assert found["permissions"][0] == "unknown"


def test_the_key_of_another_app(server, ask):
    found = ask(STAGELOCK_PRIVATE_KEY=new_private_key())

    assert wrong(found) == {"app"}
    assert "STAGELOCK_PRIVATE_KEY" in found["app"][1]


@pytest.mark.parametrize("seconds", [-400, 90, 400])
def test_a_clock_that_is_off(tmp_path, app_key, monkeypatch, capsys, seconds):
    def elsewhere():
        return datetime.now(UTC) + timedelta(seconds=seconds)  # noqa: TID251

    with well(tmp_path, app_key, now=elsewhere) as server:
        found = server.asked(monkeypatch, capsys)

    assert wrong(found) == {"clock"}
    assert "timedatectl" in found["clock"][1]


def test_a_permission_that_is_not_granted(server, ask):
    server.world.set_permissions("stagelock", pull_requests="read")

    found = ask()

    assert wrong(found) == {"permissions"}
    assert "pull requests: write" in found["permissions"][1]
    assert "/settings/installations/" in found["permissions"][1]


def test_an_event_that_the_app_is_not_sent(server, ask):
    server.app.events = tuple(e for e in server.app.events if e != "push")

    found = ask()

    assert wrong(found) == {"permissions"}
    assert "the event push" in found["permissions"][1]


def test_an_installation_that_is_suspended(server, ask):
    server.world.suspend_installation("stagelock")

    found = ask()

    assert wrong(found) == {"installations"}
    assert "suspended" in found["installations"][1]


def test_an_app_that_is_installed_nowhere(server, ask):
    server.world.uninstall("stagelock")

    found = ask()

    assert wrong(found) == {"installations"}
    assert "install it" in found["installations"][1]


def test_requests_that_are_nearly_used_up(server, ask):
    server.sandbox.hub.requests_left = 40

    found = ask()

    assert wrong(found) == {"budget"}
    assert "40 of 5000" in found["budget"][1]


def test_what_we_may_still_create_in_this_hour_is_counted(server, ask):
    assert ask()["creations"] == ("ok", "no repository is worked for yet ")
    store = wiring.open_store(Settings.load(server.environ))
    store.repos.add(RepoRecord(9, "acme", "shop", 7))
    for _ in range(3):
        assert store.budget.spend(7) == 0.0
    store.close()

    assert ask()["creations"] == ("ok", "installation 7: 54 left in this minute, 377 in this hour ")


def test_no_secret_is_ever_shown(server, ask, monkeypatch):
    done = subprocess.run(
        [sys.executable, "-m", "app", "doctor"],
        env={**os.environ, **server.environ},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    for name in ("STAGELOCK_WEBHOOK_SECRET", "STAGELOCK_PRIVATE_KEY"):
        assert (
            server.environ[name][40:80] not in done.stdout + done.stderr
            or not server.environ[name][40:80]
        )
    assert server.environ["STAGELOCK_WEBHOOK_SECRET"] not in done.stdout + done.stderr


def test_it_changes_nothing(server, ask, tmp_path):
    before = sorted(p.name for p in (tmp_path / "data").iterdir())

    ask()

    assert [
        exchange.method for exchange in server.sandbox.exchanges if exchange.method != "GET"
    ] == ["POST"] * sum(
        exchange.path.endswith("access_tokens") for exchange in server.sandbox.exchanges
    )
    assert {p.name for p in (tmp_path / "data").iterdir()} <= {
        *before,
        "stagelock.db-wal",
        "stagelock.db-shm",
    }
