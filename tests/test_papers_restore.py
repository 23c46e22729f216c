"""operating.md's backups: what its commands copied makes the server again on a fresh machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core.model.webhook_events import HANDLED_EVENTS
from app.sandbox.demo.launch import PERMISSIONS, SLUG
from app.sandbox.people.apps import new_private_key
from app.sandbox.serve.server import Sandbox
from app.settings import Secret, kept
from app.sql import SqlStore
from tests.adapters.sql.versions import before, brought_to
from tests.cli.conftest import app_key, environ, start
from tests.paper_shell import consoles
from tests.paper_texts import BACKUPS
from tests.postgres import Postgres
from tests.processes import SECRET, Running, killed
from tests.setup.newcomer import EMPTY, PIPELINE, promoted

__all__ = ["app_key", "environ", "start"]
COPIES = ("copy.db", "copy.sql", "credentials.json")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A GitHub whose App a server keeps the credentials of, as set-up does."""
    with Sandbox(tmp_path / "github") as made:
        app = made.world.register_app(
            SLUG, None, SECRET, PERMISSIONS, sorted(HANDLED_EVENTS), new_private_key()
        )
        made.world.create_repo("acme/shop", {"stagelock.yaml": PIPELINE})
        found = kept.KeptApp(
            app_id=app.app_id,
            slug=SLUG,
            owner="acme",
            page="",
            private_key=Secret(app.private_key_pem),
            webhook_secret=Secret(SECRET),
            client_id="x",
            client_secret=Secret("x"),
            github_url=made.url,
            public_url="http://127.0.0.1:9",
        )
        kept.keep(tmp_path / "data", found)
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The addresses of two databases of a kind: a migrated one, and an empty one ("": SQLite's)."""
    if request.param == "sqlite":
        return "", ""
    postgres: Postgres = request.getfixturevalue("postgres")
    migrated: Callable[[], str] = request.getfixturevalue("migrated_postgres")
    return migrated(), postgres.fresh()


def commands(url: str, *, restoring: bool) -> list[str]:
    """Those of the paper, in its order, for that kind of database."""
    backup, _, restore = BACKUPS.partition("To restore")
    lite, _, server = (restore if restoring else backup).partition("With PostgreSQL")
    found = [one.command for one in consoles(server if url else lite)]
    assert found
    return found


def typed(lines: list[str], folder: Path, url: str, request: pytest.FixtureRequest) -> None:
    """What a person types there."""
    path = os.environ["PATH"]
    if url:
        path = f"{request.getfixturevalue('postgres').programs}:{path}"
    env = {**os.environ, "PATH": path, "STAGELOCK_DATABASE_URL": url}
    for line in lines:
        done = subprocess.run(
            ["sh", "-c", line], cwd=folder, env=env, capture_output=True, check=False, timeout=60
        )
        assert done.returncode == 0, (line, done.stderr)


def serving(
    start: Callable[..., Running],
    sandbox: Sandbox,
    url: str,
) -> Running:
    running = start("serve", **{**EMPTY, "STAGELOCK_DATABASE_URL": url})
    running.wait_until_ready()
    sandbox.world.set_webhook(SLUG, f"{running.url}/github/webhook")
    return running


def has_looked(running: Running) -> bool:
    """At the repository, once, as the paper says to wait for."""
    assert "`tick.ended`" in BACKUPS
    looks = [x for x in running.err if "tick=repo-" in x and "action=tick.ended" in x]
    return bool(looks) and running.get("/readyz")[0] == 200


def test_what_was_backed_up_makes_the_server_again_on_a_fresh_machine(
    start: Callable[..., Running],
    sandbox: Sandbox,
    databases: tuple[str, str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    data, url, other = tmp_path / "data", *databases
    running = serving(start, sandbox, url)
    promoted(sandbox, running, {"apps/web/index.html": "one"}, b"one")
    typed(commands(url, restoring=False), data, url, request)
    promoted(sandbox, running, {"apps/web/index.html": "two"}, b"two")
    killed([running])
    tip = sandbox.world.tip("acme/shop", "main")

    data.rename(tmp_path / "lost")
    data.mkdir()
    for name in COPIES:
        if (tmp_path / "lost" / name).exists():
            shutil.copy(tmp_path / "lost" / name, data / name)
    typed(commands(url, restoring=True), data, other, request)
    again = serving(start, sandbox, other)
    again.wait_for(lambda: has_looked(again), "it never looked")

    assert "token=" not in "".join(again.out)  # it knows which App it is
    promoted(sandbox, again, {"apps/web/index.html": "three"}, b"three")
    log = sandbox.world.log("acme/shop", "main")
    assert [one.sha for one in log[2:]][:1] == [tip]  # a push and its promotion, nothing twice


def test_a_database_of_the_version_before_is_started_on_by_this_one(
    start: Callable[..., Running],
    sandbox: Sandbox,
    databases: tuple[str, str],
    tmp_path: Path,
    environ: Mapping[str, str],
) -> None:
    """SQLite's by `serve` itself; PostgreSQL's after `stagelock migrate`, which it asks for."""
    _, url = databases
    store = SqlStore(url or f"sqlite:///{tmp_path / 'data' / 'stagelock.db'}")
    with store.database.write("the version before") as connection:
        brought_to(connection, before())
        old = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    store.close()
    if url:
        refused = start("serve", **{**EMPTY, "STAGELOCK_DATABASE_URL": url})
        assert refused.ended() == 3
        assert "stagelock migrate" in "".join(refused.err)
        done = start("migrate", **{**EMPTY, "STAGELOCK_DATABASE_URL": url})
        assert done.ended() == 0

    running = serving(start, sandbox, url)

    promoted(sandbox, running, {"apps/web/index.html": "one"}, b"one")
    assert old == before()
