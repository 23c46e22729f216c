"""One GitHub in this process, and an operator's servers of ours as real processes beside it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text

from app import wiring
from app.core.model.webhook_events import HANDLED_EVENTS
from app.sandbox.demo.launch import PERMISSIONS, SLUG
from app.sandbox.serve.server import Sandbox
from app.settings import Settings
from app.sql import SqlStore
from tests.flows.settings import private_key
from tests.processes import Running, killed, until

ROOT = Path(__file__).parents[2]


class Place:
    """*environ* is what the operator sets; `start` starts one more server with it."""

    def __init__(self, root: Path, **env: str) -> None:
        self.root = root
        self.sandbox = Sandbox(root / "github")
        self.world = self.sandbox.world
        self._env = env
        self.running: list[Running] = []
        self.serve: tuple[str, ...] = ()

    def open(self) -> None:
        """GitHub, with the App registered there; no server of ours yet."""
        self.sandbox.start()
        secret = secrets.token_hex(16)
        made = self.world.register_app(
            SLUG, None, secret, PERMISSIONS, sorted(HANDLED_EVENTS), private_key()
        )
        kept = {n: v for n, v in os.environ.items() if not n.startswith("STAGELOCK_")}
        self.environ = {
            **kept,
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "",
            "STAGELOCK_APP_ID": str(made.app_id),
            "STAGELOCK_PRIVATE_KEY": private_key(),
            "STAGELOCK_WEBHOOK_SECRET": secret,
            "STAGELOCK_GITHUB_URL": self.sandbox.url,
            "STAGELOCK_GITHUB_API_URL": self.sandbox.api_url,
            "STAGELOCK_DATA_DIR": str(self.root / "data"),
            "STAGELOCK_PORT": "0",
            "STAGELOCK_SWEEP_SECONDS": "2",
            **self._env,
        }

    def settings(self) -> Settings:
        return Settings.load(self.environ)

    def start(self, *arguments: str, module: str = "app", **changed: str) -> Running:
        """Start `stagelock ARGUMENTS`; a `serve` is waited for, and gets the webhooks."""
        one = Running(arguments, {**self.environ, **changed}, module)
        self.running.append(one)
        if arguments[:1] == ("serve",):
            self.serve = arguments
            one.wait_until_ready()
            self.world.set_webhook(SLUG, f"{one.url}/github/webhook")
        return one

    @contextmanager
    def store(self) -> Iterator[SqlStore]:
        """The servers' database, from outside."""
        store = wiring.open_store(self.settings())
        try:
            yield store
        finally:
            store.close()

    def wait_for_rest(self, seconds: float = 120) -> None:
        """Wait until every webhook was answered and nobody works on any repository."""
        with self.store() as store:
            until(lambda: _is_at_rest(store), seconds, "it does not come to rest")
            self.world.flush(seconds)
            until(lambda: _is_at_rest(store), seconds, "it does not come to rest")

    def wait_for_sweeps(self, seconds: float = 120) -> None:
        """
        Wait until two more sweeps began, and what they found is done.

        Where only sweeps hear of what happens, rest before them is no rest.
        """
        with self.store() as store:
            first = _sweeps(store)
            until(lambda: _sweeps(store) >= first + 2, seconds, "nobody sweeps")
        self.wait_for_rest(seconds)

    def close(self) -> None:
        """Kill what still runs; end GitHub."""
        killed(self.running)
        self.sandbox.stop()

    def elsewhere(self) -> Mapping[str, str]:
        """The same GitHub by another name of this machine: tells one server's calls apart."""
        port = urlsplit(self.sandbox.url).port
        url = f"http://localhost:{port}"
        return {"STAGELOCK_GITHUB_URL": url, "STAGELOCK_GITHUB_API_URL": f"{url}/api/v3"}


def _sweeps(store: SqlStore) -> int:
    with store.database.read("look") as connection:
        begun = text("SELECT fence FROM work WHERE key = 'sweep'")
        return int(connection.execute(begun).scalar_one())


def _is_at_rest(store: SqlStore) -> bool:
    with store.database.read("look") as connection:
        held = text("SELECT count(*) FROM work WHERE key LIKE 'repo-%' AND owner IS NOT NULL")
        return bool(connection.execute(held).scalar_one() + store.work.due() == 0)


@contextmanager
def place(root: Path, **env: str) -> Iterator[Place]:
    """A `Place`, opened and closed."""
    made = Place(root, **env)
    made.open()
    try:
        yield made
    finally:
        made.close()
