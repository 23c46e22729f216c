"""What people asked for: orders and commands, inside a transaction of the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, bindparam, func, or_, select, update

from app.core.model.comments import SILENT, CommandRecord, Place
from app.core.model.people import Person
from app.core.model.records import Order
from app.sql.database.prepared import fetch
from app.sql.database.rows import insert_new, to_record, to_row, upsert
from app.sql.schema.tables import commands, orders, repositories

_COMMAND_KEY = ["repo_id", "key"]
_ORDERS = (
    select(orders)
    .where(orders.c.repo_id == bindparam("repo"), orders.c.done_at.is_(None))
    .order_by(orders.c.id)
)
_ORDER = select(orders).where(
    orders.c.repo_id == bindparam("repo"), orders.c.key == bindparam("key")
)
_COMMANDS = (
    select(commands)
    .where(commands.c.repo_id == bindparam("repo"), commands.c.answered_at.is_(None))
    .order_by(commands.c.order, commands.c.number)
)


def add_order(connection: Connection, repo_id: int, order: Order, key: str) -> None:
    """Store an order under the next id, once for each *key*."""
    row = {"repo_id": repo_id, "key": key, **to_row(order, "id")}
    insert_new(connection, orders, row, ["repo_id", "key"])


def order(connection: Connection, repo_id: int, key: str) -> Order | None:
    """The one that was stored with *key*, done or not."""
    rows = fetch(connection, _ORDER, {"repo": repo_id, "key": key})
    return to_record(Order, rows[0]) if rows else None


def spend_orders(connection: Connection, repo_id: int, ids: Sequence[int], at: datetime) -> None:
    """Mark orders done; those that were keep their time."""
    connection.execute(
        update(orders)
        .where(orders.c.repo_id == repo_id, orders.c.id.in_(ids), orders.c.done_at.is_(None))
        .values(done_at=at)
    )


def load_orders(connection: Connection, repo_id: int) -> tuple[Order, ...]:
    """Those not done, by id."""
    rows = fetch(connection, _ORDERS, {"repo": repo_id})
    return tuple(to_record(Order, row) for row in rows)


def add_command(connection: Connection, repo_id: int, command: CommandRecord) -> bool:
    """Store a command unless its key is known; whether it was new."""
    return insert_new(connection, commands, _row(repo_id, command), _COMMAND_KEY)


def save_command(connection: Connection, repo_id: int, command: CommandRecord) -> None:
    """Insert or replace by key."""
    upsert(connection, commands, [_row(repo_id, command)], _COMMAND_KEY)


def open_commands(connection: Connection, repo_id: int) -> tuple[CommandRecord, ...]:
    """Those not answered, in the order in which they take effect."""
    rows = fetch(connection, _COMMANDS, {"repo": repo_id})
    return tuple(to_record(CommandRecord, row) for row in rows)


def answered(connection: Connection, installation_id: int, user: Person, since: datetime) -> int:
    """How many comments of *user* written after *since* have a receipt or a reply, everywhere."""
    theirs = commands.c.user_id == user.id if user.id else commands.c.user == user.login
    query = (
        select(func.count())
        .select_from(commands.join(repositories, repositories.c.id == commands.c.repo_id))
        .where(
            repositories.c.installation_id == installation_id,
            theirs,
            commands.c.created_at > since,
            or_(commands.c.eyes, commands.c.reply_id.is_not(None)),
        )
    )
    return connection.execute(query).scalar_one()


def answers_on(
    connection: Connection, repo_id: int, place: Place, since: datetime
) -> list[tuple[str, datetime]]:
    """(key, when it was written) of those with a reply, or that will have one, by their ids."""
    asked = _ON_PULL if isinstance(place, int) else _ON_COMMIT
    rows = fetch(connection, asked, {"repo": repo_id, "place": place, "since": since})
    return [(row["key"], row["created_at"]) for row in rows]


def _answers_on(column: Column[Any]) -> Select[Any]:
    since = bindparam("since", type_=commands.c.created_at.type)
    return (
        select(commands.c.key, commands.c.created_at)
        .where(commands.c.repo_id == bindparam("repo"), column == bindparam("place"))
        # What was written after *since* was not answered before: found by its index.
        .where(or_(commands.c.answered_at.is_(None), commands.c.answered_at > since))
        .where(commands.c.created_at > since, commands.c.kind.in_(("issue", "commit")))
        .where(commands.c.order > 0)  # what nobody asked for is no answer
        .where(commands.c.outcome.not_in(("", SILENT)))
        .order_by(commands.c.order, commands.c.number)
    )


_ON_PULL, _ON_COMMIT = _answers_on(commands.c.pull), _answers_on(commands.c.sha)


def _row(repo_id: int, command: CommandRecord) -> dict[str, object]:
    return {"repo_id": repo_id, **to_row(command)}
