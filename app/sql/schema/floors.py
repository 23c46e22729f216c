"""
Where numbers begin that those of a lost database must not equal: fencing tokens of groups that are
not there yet, and the numbers of lock requests, by which clients that outlived it name theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection

from app.sql.database.engine import Database, run

_TOKENS: Final = """
INSERT INTO counters AS c (name, value) VALUES ('token-floor', :floor)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE excluded.value > c.value
"""
_NEW_GROUP: Final = """
INSERT INTO lock_groups (scope, name, last_token)
VALUES (
    :scope, :name, COALESCE((SELECT value FROM counters WHERE name = 'token-floor'), 0)
)
ON CONFLICT (scope, name) DO NOTHING
"""
_IDS: Final = {
    "sqlite": (
        """
        INSERT INTO sqlite_sequence (name, seq) SELECT 'lock_requests', 0
        WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'lock_requests')
        """,
        """
        UPDATE sqlite_sequence SET seq = :floor WHERE name = 'lock_requests' AND seq < :floor
        """,
    ),
    "postgresql": (
        """
        SELECT setval(s.name, GREATEST(:floor, nextval(s.name)))
        FROM (
            SELECT CAST(pg_get_serial_sequence('lock_requests', 'id') AS regclass) AS name
        ) AS s
        """,
    ),
}


def put_groups(
    database: Database, connection: Connection, places: Iterable[tuple[str, str]]
) -> None:
    """Make the groups that are not there yet, each with a scope and a name."""
    statement = database.sql(_NEW_GROUP)
    for scope, name in places:
        run(connection, statement, {"scope": scope, "name": name})


def raise_floors(database: Database, connection: Connection, floor: int) -> None:
    """From now on what is new begins above *floor*; what is above it stays."""
    run(connection, database.sql(_TOKENS), {"floor": floor})
    raise_ids(database, connection, floor)


def raise_ids(database: Database, connection: Connection, floor: int) -> None:
    """From now on the numbers of lock requests are above *floor*."""
    for statement in _IDS[database.kind]:
        run(connection, database.sql(statement), {"floor": floor})
