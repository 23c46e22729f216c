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
    """One call of the API, and what it is carried out with."""

    store: Store
    clock: Clock
    by: Holder
    """Whose token it came with."""
    quota: Quota
    waits: Waits
    path: Mapping[str, str]
    """The parts of the address."""
    query: Mapping[str, str] = field(default_factory=dict)
    """What stands behind its question mark."""
    body: Mapping[str, object] = field(default_factory=dict)
    """The JSON object that came."""

    def repository(self) -> RepoRecord:
        """The repository of the address; NotFound where we do not know it."""
        record = self.store.repos.named(self.path["owner"], self.path["repo"])
        if record is None:
            raise NotFound("the App knows no such repository")
        return record


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What a call is answered."""

    value: object
    """JSON values."""
    status: int = 200
    """Of HTTP."""
    headers: Mapping[str, str] = field(default_factory=dict)
    following: Mapping[str, str] | None = None
    """Changes of the query that lead to the next page; None: there is none."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a route takes behind the question mark."""

    name: str
    schema: Schema
    about: str


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table."""

    method: str
    path: str
    """Below ``/api/v1``."""
    scopes: tuple[Scope, ...]
    """The caller's token needs one of them."""
    carry_out: Callable[[Call], ApiAnswer]
    about: str
    answers: Mapping[int, Schema]
    """The schema of what it gives, by HTTP status."""
    query: tuple[Parameter, ...] = ()
    body: Schema | None = None
    """The schema of what it takes; None: it takes nothing."""
    refuses: tuple[int, ...] = (404,)
    """The statuses of its refusals besides those that every route has."""
