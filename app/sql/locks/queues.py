"""
Who has groups and who waits for them, read as far as a decision needs it.

A queue may be thousands long, and each transaction on it keeps everybody else waiting: nothing
here reads more of it than whoever is before the request in question.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)

from app.core.model.lock_requests import HOLDING, LIVE, OwnRequest
from app.core.model.names import StageName
from app.sql.locks.requests import IS_LIVE, as_seen, requests_where
from app.sql.locks.stuck import takes_its_turn
from app.sql.queue.dirty import repo_key
from app.sql.schema.job_request_tables import job_requests
from app.sql.schema.lock_tables import lock_request_groups, lock_requests

_OF = lock_requests.c
_PLACES = tuple_(lock_request_groups.c.scope, lock_request_groups.c.name).in_(
    bindparam("places", expanding=True)
)


class Queues:
    """
    The live requests on *places* (scope and name of each group), as the repository meets them.

    Whoever waits in a repository that nobody looks at now, or whose looks fail, is not among them:
    it could not take its turn, and would stop everybody behind it. Its place is kept: looked at
    again, it has it again.
    """

    def __init__(
        self, connection: Connection, repo_id: int, places: Sequence[tuple[str, str]]
    ) -> None:
        self._connection = connection
        self._repo_id = repo_id
        self._values: dict[str, Any] = {"places": list(places), "mine": repo_id}
        self._shared = any(scope != repo_key(repo_id) for scope, _ in places)

    def repositories(self) -> set[int]:
        """Those that have a live request here, or ours alone where no other can."""
        if not self._shared:
            return {self._repo_id}
        return set(self._connection.execute(_repositories(), self._values).scalars())

    def first(self) -> set[int]:
        """Those whose request is the next one in the queue of a place."""
        requests: set[int] = set()
        for place in self._values["places"]:
            one_place = {**self._values, "places": [place]}
            requests.update(self._connection.execute(_first(), one_place).scalars())
        return requests

    def around(self, request: OwnRequest, most: int | None = None) -> tuple[OwnRequest, ...]:
        """Everybody who holds, and who waits before *request*: of these only the first *most*."""
        return (*self.holders(), *self._read(_ahead(most), before=request.seq))

    def holders(self) -> tuple[OwnRequest, ...]:
        """Everybody who holds, by seq."""
        return self._read(_holders())

    def own(self) -> tuple[OwnRequest, ...]:
        """The repository's own."""
        return self._read(_own())

    def of_stage(self, stage: StageName) -> tuple[OwnRequest, ...]:
        """Those of one of the repository's stages."""
        return self._read(_of_stage(), stage=stage)

    def direct(self, of: int = 0) -> tuple[OwnRequest, ...]:
        """Those of people, clients and jobs of the repository, or of that one."""
        return self._read(_direct(), mine=of or self._repo_id)

    def elsewhere(self, home: int) -> tuple[OwnRequest, ...]:
        """
        Those of people, clients and jobs that are the business of the repository *home*, but are
        kept by another one than this.
        """
        if not self._shared:
            return ()
        of_people = () if home == self._repo_id else self._read(_kept_there(), home=home)
        return (*of_people, *self._read(_its_jobs(), home=home))

    def _read(self, ids: Select[Any], **values: object) -> tuple[OwnRequest, ...]:
        wanted = {**self._values, **values}
        numbers = list(self._connection.execute(ids, wanted).scalars())
        if not numbers:
            return ()
        return as_seen(self._repo_id, requests_where(self._connection, _OF.id.in_(numbers)))


def names_a_place() -> ColumnElement[bool]:
    """It names one of the places: asked of each request in turn, never of all of a group."""
    mine = lock_request_groups.c.request_id == _OF.id
    return select(literal(1)).where(mine, _PLACES).limit(1).scalar_subquery().is_not(None)


def _present() -> ColumnElement[bool]:
    """It is our own, or its repository takes its turn."""
    return or_(_OF.repo_id == bindparam("mine"), takes_its_turn(_OF.repo_id))


@cache
def _holders() -> Select[Any]:
    return select(_OF.id).where(_OF.state.in_(sorted(HOLDING)), names_a_place())


@cache
def _ahead(most: int | None) -> Select[Any]:
    waits = and_(_OF.state == "queued", _OF.seq < bindparam("before"))
    return select(_OF.id).where(waits, names_a_place(), _present()).order_by(_OF.seq).limit(most)


@cache
def _first() -> Select[Any]:
    waits = select(_OF.repo_id).where(_OF.state == "queued", names_a_place(), _present())
    return waits.order_by(_OF.seq).limit(1)


_MINE = _OF.repo_id == bindparam("mine")
_IS_DIRECT = and_(IS_LIVE, _OF.kind != "stage")


@cache
def _own() -> Select[Any]:
    return select(_OF.id).where(_MINE, IS_LIVE, names_a_place())


@cache
def _of_stage() -> Select[Any]:
    return select(_OF.id).where(_MINE, _OF.stage == bindparam("stage"), IS_LIVE, names_a_place())


@cache
def _direct() -> Select[Any]:
    return select(_OF.id).where(_MINE, _IS_DIRECT, names_a_place())


# In one statement with OR, SQLite reads all requests that there ever were.
@cache
def _kept_there() -> Select[Any]:
    return select(_OF.id).where(_OF.repo_id == bindparam("home"), _IS_DIRECT, names_a_place())


@cache
def _its_jobs() -> Select[Any]:
    its = select(job_requests.c.request).where(job_requests.c.repository == bindparam("home"))
    return select(_OF.id).where(not_(_MINE), _OF.id.in_(its), _IS_DIRECT, names_a_place())


@cache
def _repositories() -> Select[Any]:
    """
    One question a repository that ever asked, whatever their number of requests: the index by
    repository is skipped through.
    """
    first = select(func.min(_OF.repo_id, type_=Integer).label("id")).cte("near", recursive=True)
    following = select(func.min(_OF.repo_id)).where(_OF.repo_id > first.c.id).scalar_subquery()
    near = first.union_all(select(following).where(first.c.id.is_not(None)))
    there = (
        select(literal(1))
        .where(_OF.repo_id == near.c.id, _OF.state.in_(sorted(LIVE)), names_a_place(), _awake())
        .limit(1)
        .correlate(near)
        .scalar_subquery()
    )
    return select(near.c.id).where(near.c.id.is_not(None), there.is_not(None))


def _awake() -> ColumnElement[bool]:
    return or_(_OF.state != "queued", _present())
