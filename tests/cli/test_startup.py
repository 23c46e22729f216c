"""What a wrong setting does to a server that starts: one sentence, the variable, and an end."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from app.core.model.webhook_events import HANDLED_EVENTS
from app.sandbox.demo.launch import PERMISSIONS, SLUG
from app.sandbox.people.apps import new_private_key
from app.sandbox.serve.server import Sandbox
from tests.postgres import free_port
from tests.processes import SECRET

PIPELINE = """\
version: 1
stages:
  dev:
    path: stages/dev
    steps: [{uses: copy, with: {from: apps, to: apps}}]
"""


@contextmanager
def github(root, **more):
    with Sandbox(root / "github", **more) as sandbox:
        yield sandbox


def registered(sandbox, key=None, **granted):
    """An App there; how a server of ours would know it."""
    made = sandbox.world.register_app(
        SLUG, None, SECRET, {**PERMISSIONS, **granted}, sorted(HANDLED_EVENTS), key
    )
    return {
        "STAGELOCK_APP_ID": str(made.app_id),
        "STAGELOCK_PRIVATE_KEY": made.private_key_pem,
        "STAGELOCK_GITHUB_URL": sandbox.url,
        "STAGELOCK_GITHUB_API_URL": sandbox.api_url,
    }


def refused(running, code=2):
    assert running.ended() == code
    said = "".join(running.err)
    assert "Traceback" not in said
    return said


def line_of(running):
    running.wait_for(
        lambda: any(x.startswith("App ") for x in running.out), "no line about the App"
    )
    return next(x for x in running.out if x.startswith("App ")).strip()


@pytest.mark.parametrize("command", ["serve", "work"])
def test_the_number_of_another_app_ends_it_by_its_variable(start, tmp_path, command):
    with github(tmp_path) as sandbox:
        ours = registered(sandbox)
        other = sandbox.world.register_app("other", None, SECRET, {}, [], new_private_key())

        said = refused(start(command, **{**ours, "STAGELOCK_APP_ID": str(other.app_id)}))

    assert "STAGELOCK_PRIVATE_KEY" in said
    assert f"STAGELOCK_APP_ID says ({other.app_id})" in said
    assert "BEGIN" not in said


def test_a_key_of_the_wrong_kind_ends_it_by_its_variable(start, tmp_path):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from tests.keys import private_pem

    key = private_pem(Ed25519PrivateKey.generate())
    said = refused(start("serve", STAGELOCK_PRIVATE_KEY=key))

    assert "STAGELOCK_PRIVATE_KEY is a key of the wrong kind (Ed25519)" in said


def test_a_clock_that_is_half_an_hour_off_ends_it(start, tmp_path):
    def later():
        return datetime.now(UTC) + timedelta(minutes=30)  # noqa: TID251

    with github(tmp_path, now=later) as sandbox:
        said = refused(start("serve", **registered(sandbox)))

    assert "the clock of this machine is" in said
    assert "STAGELOCK_PRIVATE_KEY signs with the time" in said


def test_what_is_no_github_ends_it_by_its_variable(start, tmp_path):
    with github(tmp_path) as sandbox:
        ours = registered(sandbox)
        wrong = {"STAGELOCK_GITHUB_API_URL": f"{sandbox.url}/nowhere"}

        assert "STAGELOCK_GITHUB_API_URL" in refused(start("serve", **{**ours, **wrong}))


def test_it_says_in_one_line_who_it_is_and_where(start, tmp_path):
    with github(tmp_path) as sandbox:
        ours = registered(sandbox)
        for name, files in (("shop", {"stagelock.yaml": PIPELINE}), ("api", {}), ("lib", {})):
            sandbox.world.create_repo(f"acme/{name}", files={"README.md": "x\n", **files})
        running = start("serve", **ours).wait_until_ready()

        assert line_of(running) == (
            f"App stagelock ({ours['STAGELOCK_APP_ID']}): 1 organisation, 3 repositories, "
            "1 with stagelock.yaml; permissions complete"
        )
        known = f"App stagelock ({ours['STAGELOCK_APP_ID']}): 1 organisation, 3 repositories; "
        running.wait_for(lambda: known.encode() in running.get("/readyz")[1], "never swept")
        assert running.get("/readyz")[0] == 200


def test_it_names_a_permission_that_is_lacking_and_not_one_that_is_optional(start, tmp_path):
    with github(tmp_path) as sandbox:
        ours = registered(sandbox)
        sandbox.world.create_repo("acme/shop", files={"README.md": "x\n"})
        sandbox.world.set_permissions(SLUG, contents="read", actions="none")
        running = start("serve", **ours).wait_until_ready()

        page = f"{sandbox.url}/settings/installations/"
        assert f"; lacks contents: write in acme ({page}" in line_of(running)
        assert "actions" not in line_of(running)
        running.wait_for(
            lambda: b"lacks contents: write in installation" in running.get("/readyz")[1],
            "/readyz does not say so",
        )
        assert b"acme" not in running.get("/readyz")[1]


def test_a_github_that_does_not_answer_is_no_end_and_readyz_says_why_until_it_does(start, tmp_path):
    port = free_port()
    with github(tmp_path / "once") as before:
        ours = registered(before, key=(key := new_private_key()))
    url = f"http://127.0.0.1:{port}"
    away = {"STAGELOCK_GITHUB_URL": url, "STAGELOCK_GITHUB_API_URL": f"{url}/api/v3"}

    running = start("serve", **{**ours, **away}).wait_until_ready()
    status, why = running.get("/readyz")

    assert status == 503
    assert b"GitHub has not answered" in why
    assert b"refused" in why
    assert running.get("/healthz")[0] == 200
    with github(tmp_path / "again", port=port) as sandbox:
        again = registered(sandbox, key=key)
        assert again["STAGELOCK_APP_ID"] == ours["STAGELOCK_APP_ID"]
        running.wait_for(lambda: running.get("/readyz")[0] == 200, "it is never ready")
    assert running.get("/readyz")[0] == 200  # it tells what it last knew, and asks nobody


def test_a_host_that_is_not_this_machines_ends_it_by_its_variable(start):
    assert "STAGELOCK_HOST is '192.0.2.1'" in refused(start("serve", STAGELOCK_HOST="192.0.2.1"))
    assert "STAGELOCK_HOST is 'no.such'" in refused(start("serve", STAGELOCK_HOST="no.such"))


def test_folders_that_cannot_be_used_end_it_by_their_variables(start, tmp_path):
    (tmp_path / "file").write_text("")
    wrong = str(tmp_path / "file" / "data")
    said = refused(start("serve", STAGELOCK_DATA_DIR=wrong))
    assert f"STAGELOCK_DATA_DIR: the data folder {wrong} cannot be made" in said

    gone = tmp_path / "gone"
    said = refused(start("serve", STAGELOCK_DATABASE_URL=f"sqlite:///{gone}/x.db"))
    assert f"STAGELOCK_DATABASE_URL: the folder {gone} does not exist" in said
    assert not gone.exists()


def test_a_database_of_another_kind_is_a_wrong_setting(start):
    said = refused(start("serve", STAGELOCK_DATABASE_URL="mysql://u:canary@db/x"))

    assert "STAGELOCK_DATABASE_URL must begin with sqlite: or postgresql:" in said
    assert "canary" not in said


@pytest.mark.parametrize("place", ["127.0.0.1:1", "no-such-host.invalid:5432"])
@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_postgresql_that_does_not_answer_is_named_with_what_the_driver_said(
    start, place, command
):
    url = f"postgresql://ada:canary@{place}/promotions"
    said = refused(start(command, STAGELOCK_DATABASE_URL=url), 3)

    assert f"STAGELOCK_DATABASE_URL: no connection to the database promotions at {place}: " in said
    assert "Connection refused" in said or "resolve" in said
    assert "canary" not in said


@pytest.mark.postgres
def test_a_postgresql_that_lets_us_not_in_is_a_wrong_setting(start, postgres):
    hba = postgres.folder / "data" / "pg_hba.conf"
    before = hba.read_text()
    postgres.execute("CREATE ROLE ada LOGIN PASSWORD 'right'")
    hba.write_text(f"host all ada 127.0.0.1/32 scram-sha-256\n{before}")
    postgres.execute("SELECT pg_reload_conf()")
    at = f"127.0.0.1:{postgres.port}"
    try:
        for url, name, why in (
            (
                f"postgresql://ada:canary@{at}/postgres",
                "postgres",
                "password authentication failed",
            ),
            (
                f"postgresql://ada:right@{at}/nowhere",
                "nowhere",
                'database "nowhere" does not exist',
            ),
        ):
            said = refused(start("serve", STAGELOCK_DATABASE_URL=url))
            assert f"STAGELOCK_DATABASE_URL: no connection to the database {name} at {at}: " in said
            assert why in said
            assert "canary" not in said
    finally:
        hba.write_text(before)
        postgres.execute("SELECT pg_reload_conf()")
        postgres.execute("DROP ROLE ada")


def test_a_misspelt_variable_ends_it(start):
    said = refused(start("serve", STAGELOCK_SWEEP_SECOND="60"))

    assert "did you mean STAGELOCK_SWEEP_SECONDS?" in said
