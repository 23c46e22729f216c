"""An App that is told nothing, and when it looks by itself."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from app.sandbox.github.model import Delivery
from tests.flows.harness import REPO, Flow


def deaf(flow: Flow) -> None:
    def every(_one: Delivery) -> bool:
        return True

    flow.world.courier.weather.lost = every


def due(flow: Flow) -> timedelta | None:
    """How long until the repository is looked at, if nothing arrives; None: only by the sweep."""
    now = flow.app.store.database.sql("SELECT {now}").partition("SELECT ")[2]
    key = f"repo-{flow.world.repo(REPO).id}"
    with flow.app.store.database.read("look") as connection:
        query = text(f"SELECT run_at - {now} FROM work WHERE key = :key")
        left = connection.execute(query, {"key": key}).scalar()
    return None if left is None else timedelta(microseconds=left)
