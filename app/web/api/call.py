"""One request as a route sees it, and what the route answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from werkzeug.exceptions import NotFound

from app.core.locks.quota import Quota
from app.core.model.repository_change import RepoRecord
from app.ports import Clock, Store
from app.settings import Scope
from app.web.api.schemas import Schema
from app.web.api.waiting import Waits
from app.web.keys import Holder


@dataclass(frozen=True, slots=True)
class Call:
    """
    *path* has the parts of the address, *query* what stands behind its question mark, *body* the
    JSON object that came. *by* is whose token it came with.
    """

    store: Store
    clock: Clock
    by: Holder
    quota: Quota
    waits: Waits
    path: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] = field(default_factory=dict)

    def repository(self) -> RepoRecord:
        """The repository of the address; NotFound where we do not know it."""
        record = self.store.repos.named(self.path["owner"], self.path["repo"])
        if record is None:
            raise NotFound("the App knows no such repository")
        return record


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """
    JSON values, with the HTTP *status* and headers. *following*: changes of the query that lead to
    the next page; None: there is none.
    """

    value: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    following: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a route takes behind the question mark."""

    name: str
    schema: Schema
    about: str


@dataclass(frozen=True, slots=True)
class Route:
    """
    One line of the table. *path* is below ``/api/v1``; *scopes* are those of which the caller's
    token needs one. *answers*: the schema of what it gives, by HTTP status; *refuses*: the statuses
    of its refusals besides those that every route has. *body*: the schema of what it takes.
    """

    method: str
    path: str
    scopes: tuple[Scope, ...]
    carry_out: Callable[[Call], ApiAnswer]
    about: str
    answers: Mapping[int, Schema]
    query: tuple[Parameter, ...] = ()
    body: Schema | None = None
    refuses: tuple[int, ...] = (404,)
