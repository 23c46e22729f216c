"""One transaction on lock groups: what it locks, in which order, and what it writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from app.core.locks.estimates import lasted
from app.core.locks.foreign import home
from app.core.locks.protocol import Event, moved
from app.core.model.comments import CommandRecord, Notice
from app.core.model.group_names import place
from app.core.model.group_records import REMEMBERED
from app.core.model.lock_requests import (
    LIVE,
    DirectRequest,
    LockRequest,
    OwnRequest,
)
from app.core.model.names import GroupName
from app.errors import Missing
from app.sql.database.engine import Database, run
from app.sql.locks.queues import Queues
from app.sql.locks.requests import find, row_of
from app.sql.records.audit import add_entry
from app.sql.records.commands import save_command
from app.sql.schema.job_request_tables import job_requests
from app.sql.schema.lock_tables import lock_groups, lock_request_groups, lock_requests

Asked = TypeVar("Asked", LockRequest, DirectRequest)

_NEXT_SEQ = """
INSERT INTO counters AS c (name, value) VALUES ('lock-seq', 1)
ON CONFLICT (name) DO UPDATE SET value = c.value + 1 RETURNING value
"""
_OF_GROUP = and_(
    lock_request_groups.c.request_id == bindparam("of_request"),
    lock_request_groups.c.scope == bindparam("of_scope"),
    lock_request_groups.c.name == bindparam("of_name"),
)

_UNJOINED = delete(job_requests).where(
    job_requests.c.request == bindparam("of_request"), job_requests.c.joined.is_(None)
)


class Turn:
    """
    The groups are ours until the transaction ends; *queues* says who has them, and who waits.
    *home* is the scope of the repository that names them.
    """

    def __init__(
        self, database: Database, connection: Connection, home: str, queues: Queues
    ) -> None:
        self.queues = queues
        self.changed = False
        self.of: set[int] = set()
        """The repositories that keep a changed request, and those whose business one is."""
        self._db = database
        self._connection = connection
        self._home = home

    @property
    def connection(self) -> Connection:
        """For what is stored together with the change."""
        return self._connection

    def keep_said(self, repo_id: int, said: CommandRecord | None) -> None:
        """Store what was said, or is to be said, together with what it changes."""
        if said is not None:
            save_command(self._connection, repo_id, said)

    def keep_notice(self, repo_id: int, notice: Notice | None, at: datetime) -> None:
        """Store what is to be said of the change, and its audit entry, together with it."""
        if notice is not None:
            self.keep_said(repo_id, notice.said)
            add_entry(self._connection, repo_id, notice.event, at, notice.entry)

    def find(self, request_id: int) -> OwnRequest:
        """Return that request as it is now; Conflict if it names groups that are not ours."""
        return find_request(self._connection, request_id)

    def add(self, request: Asked) -> Asked:
        """Store a new request at the end of the queue (its id and seq are given here)."""
        row = {**row_of(request), "seq": self._next_seq()}
        result = self._connection.execute(insert(lock_requests).values(row))
        (request_id,) = result.inserted_primary_key or (0,)
        self._put_groups(request_id, request.groups, request.weights)
        self.of |= {request.repo_id, home(request)}
        return replace(request, id=request_id, seq=row["seq"])

    def end(
        self, request: OwnRequest, event: Event, at: datetime, reason: str, by: str = ""
    ) -> None:
        """Store its end by *event*."""
        after = moved(request, event, at, reason, by)
        self.remember(request, after)
        self.put(after)

    def save(self, request: Asked, *, last: bool = False) -> Asked:
        """Store *request* as it is; *last*: at the end of the queue."""
        if last:
            request = replace(request, seq=self._next_seq())
        self.put(request)
        return request

    def put(self, request: OwnRequest) -> None:
        """Store *request* as it is, for everybody to look again."""
        self.note(request)
        self.changed = True

    def note(self, request: OwnRequest) -> None:
        """Store what concerns nobody but its asker: no work is marked."""
        change = update(lock_requests).where(lock_requests.c.id == request.id)
        self._connection.execute(change.values(row_of(request)))
        self.of |= {request.repo_id, home(request)}
        if isinstance(request, DirectRequest) and request.by_job and request.state not in LIVE:
            self._connection.execute(_UNJOINED, {"of_request": request.id})

    def regroup(
        self, request: LockRequest, groups: tuple[GroupName, ...], weights: Mapping[GroupName, int]
    ) -> LockRequest:
        """Let a queued request name other groups, or take otherwise of them."""
        mine = lock_request_groups.c.request_id == request.id
        self._connection.execute(delete(lock_request_groups).where(mine))
        self._put_groups(request.id, groups, weights)
        return replace(request, groups=groups, weights=_heavy(weights, groups))

    def widen(
        self, request: LockRequest, more: tuple[GroupName, ...], weights: Mapping[GroupName, int]
    ) -> LockRequest:
        """Let a grant hold *more* groups, too, with the next token of each."""
        self._put_groups(request.id, more, weights, after=len(request.groups))
        tokens = self.raise_tokens(more)
        self._put_tokens(request.id, tokens)
        groups = (*request.groups, *more)
        heavy = {**request.weights, **_heavy(weights, more)}
        tokens = {**request.tokens, **tokens}
        return replace(request, groups=groups, tokens=tokens, weights=heavy)

    def take_permits(
        self,
        request: Asked,
        counts: Mapping[GroupName, int],
        names: Mapping[GroupName, tuple[str, ...]],
    ) -> Asked:
        """Let *request* have so many permits of each group, and those of these *names*."""
        for group in request.groups:
            scope, name = place(group, self._home)
            taken = {"weight": counts.get(group, 1), "permit": ",".join(names.get(group, ()))}
            self._connection.execute(
                update(lock_request_groups).where(
                    lock_request_groups.c.request_id == request.id,
                    lock_request_groups.c.scope == scope,
                    lock_request_groups.c.name == name,
                ),
                taken,
            )
        held = {group: given for group, given in names.items() if given}
        return replace(request, weights=_heavy(counts, request.groups), permits=held)

    def take_tokens(self, request: Asked) -> Asked:
        """Give *request* the next token of each of its groups."""
        tokens = self.raise_tokens(request.groups)
        self._put_tokens(request.id, tokens)
        return replace(request, tokens=tokens)

    def keep_tokens(self, request: OwnRequest, tokens: Mapping[GroupName, int]) -> None:
        """Give *request* tokens that were given before; no counter moves."""
        if tokens:
            self._put_tokens(request.id, tokens)

    def drop_tokens(self, request: LockRequest) -> LockRequest:
        """Take its tokens away; they are never given again."""
        self._put_tokens(request.id, dict.fromkeys(request.groups))
        return replace(request, tokens={})

    def raise_tokens(self, groups: Iterable[GroupName]) -> dict[GroupName, int]:
        """Move the counters of *groups* on: whatever token was given before is outdated."""
        tokens: dict[GroupName, int] = {}
        for group in groups:
            scope, name = place(group, self._home)
            change = (
                update(lock_groups)
                .where(lock_groups.c.scope == scope, lock_groups.c.name == name)
                .values(last_token=lock_groups.c.last_token + 1)
                .returning(lock_groups.c.last_token)
            )
            tokens[group] = self._connection.execute(change).scalar_one()
        return tokens

    def remember(self, before: OwnRequest, after: OwnRequest) -> None:
        """Note with each of its groups how long a grant lasted, if *after* is the end of one."""
        length = lasted(before, after)
        if length is None:
            return
        for group in after.groups:
            scope, name = place(group, self._home)
            of_group = (lock_groups.c.scope == scope) & (lock_groups.c.name == name)
            known = self._connection.execute(select(lock_groups.c.lasted).where(of_group)).scalar()
            last = (*(known or ()), length // timedelta(seconds=1))[-REMEMBERED:]
            self._connection.execute(update(lock_groups).where(of_group).values(lasted=last))

    def _next_seq(self) -> int:
        return int(run(self._connection, self._db.sql(_NEXT_SEQ), {})[0][0])

    def _put_groups(
        self,
        request_id: int,
        groups: Sequence[GroupName],
        weights: Mapping[GroupName, int],
        *,
        after: int = 0,
    ) -> None:
        rows = []
        for number, group in enumerate(groups, start=after):
            scope, name = place(group, self._home)
            weight = weights.get(group, 1)
            rows.append(
                {
                    "request_id": request_id,
                    "scope": scope,
                    "name": name,
                    "place": number,
                    "weight": weight,
                }
            )
        self._connection.execute(insert(lock_request_groups), rows)
        self.changed = True

    def _put_tokens(self, request_id: int, tokens: Mapping[GroupName, int | None]) -> None:
        rows: list[dict[str, Any]] = []
        for group, token in tokens.items():
            scope, name = place(group, self._home)
            row = {"of_request": request_id, "of_scope": scope, "of_name": name, "token": token}
            rows.append(row)
        self._connection.execute(update(lock_request_groups).where(_OF_GROUP), rows)


def _heavy(weights: Mapping[GroupName, int], groups: Iterable[GroupName]) -> dict[GroupName, int]:
    """Those of *groups* of which it is not just one permit."""
    return {group: weights[group] for group in groups if weights.get(group, 1) != 1}


def find_request(connection: Connection, request_id: int) -> OwnRequest:
    """That request, whatever its state; Missing if there is none."""
    request = find(connection, request_id)
    if request is None:
        raise Missing(f"there is no lock request {request_id}")
    return request
