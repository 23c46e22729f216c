"""What GitHub lets us create in a time, used up and there again."""

from __future__ import annotations

from sqlalchemy import delete

from app.sql.schema.tables import budget_spends
from tests.flows.harness import Flow


def renewed(flow: Flow) -> None:
    """Nothing was created lately."""
    with flow.app.store.database.write("forget what was created") as connection:
        connection.execute(delete(budget_spends))


def later(flow: Flow) -> None:
    """An hour passes, by the clock that counts what we create, too."""
    renewed(flow)
    flow.passes(hours=1)
