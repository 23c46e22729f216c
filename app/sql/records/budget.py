"""What an installation may still create on GitHub, counted for all processes together."""

from __future__ import annotations

from typing import Final

from app.core.state.budget_shares import Importance, part, talk_part
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
_FORGET = "DELETE FROM budget_spends WHERE installation_id = :account AND at <= {now} - :window"
_UNTIL_FREE = """
SELECT at + :window - {now} FROM budget_spends
WHERE installation_id = :account ORDER BY at DESC LIMIT 1 OFFSET :before
"""
_SPEND = "INSERT INTO budget_spends (installation_id, at) VALUES (:account, {now})"


class SqlBudget:
    """Implements `Budget`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def spend(self, installation_id: int, importance: Importance = Importance.URGENT) -> float:
        parts = _parts(installation_id, importance)
        longest = max(seconds for _, seconds in LIMITS) * 1_000_000
        with self._db.quick("count what we create on GitHub") as execute:
            execute(self._db.sql(_LOCK), {"installation": installation_id})
            waits = [0]
            for account, seconds, made in parts:
                execute(self._db.sql(_FORGET), {"account": account, "window": longest})
                values = {"account": account, "window": seconds * 1_000_000, "before": made - 1}
                waits += [row[0] for row in execute(self._db.sql(_UNTIL_FREE), values)]
            if max(waits) <= 0:
                for account in {account for account, _, _ in parts}:
                    execute(self._db.sql(_SPEND), {"account": account})
        return max(waits) / 1_000_000


def _parts(installation_id: int, importance: Importance) -> list[tuple[int, int, int]]:
    """
    (account, seconds, how many may have been made there in that time): everything that an
    installation creates is under its number, talk under the negative of it, too.
    """
    parts = [(installation_id, within, part(most, importance)) for most, within in LIMITS]
    for most, within in LIMITS:
        if (own := talk_part(most, importance)) is not None:
            parts.append((-installation_id, within, own))
    return parts
