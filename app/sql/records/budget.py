"""What an installation may still create on GitHub, counted for all processes together."""

from __future__ import annotations

from typing import Final

from app.core.state.budget_shares import Importance, part
from app.sql.database.engine import Database

# "No more than 80 content-generating requests per minute and 500 per hour", and people create too:
# https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
LIMITS: Final = ((60, 60), (400, 3600))
"""(at most so many, in so many seconds), sliding."""

# Its row lock makes spending of one installation take turns.
_LOCK = """
INSERT INTO budgets AS b (installation_id, spent) VALUES (:installation, 1)
ON CONFLICT (installation_id) DO UPDATE SET spent = b.spent + 1
"""
_FORGET = (
    "DELETE FROM budget_spends WHERE installation_id = :installation AND at <= {now} - :window"
)
_UNTIL_FREE = """
SELECT at + :window - {now} FROM budget_spends
WHERE installation_id = :installation ORDER BY at DESC LIMIT 1 OFFSET :before
"""
_SPEND = "INSERT INTO budget_spends (installation_id, at) VALUES (:installation, {now})"


class SqlBudget:
    """Implements `Budget`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def spend(self, installation_id: int, importance: Importance = Importance.URGENT) -> float:
        who = {"installation": installation_id}
        longest = max(seconds for _, seconds in LIMITS) * 1_000_000
        with self._db.quick("count what we create on GitHub") as execute:
            execute(self._db.sql(_LOCK), who)
            execute(self._db.sql(_FORGET), {**who, "window": longest})
            waits = [0]
            for most, seconds in LIMITS:
                values = {
                    **who,
                    "window": seconds * 1_000_000,
                    "before": part(most, importance) - 1,
                }
                waits += [row[0] for row in execute(self._db.sql(_UNTIL_FREE), values)]
            if max(waits) <= 0:
                execute(self._db.sql(_SPEND), who)
        return max(waits) / 1_000_000
