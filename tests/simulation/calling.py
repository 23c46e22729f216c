"""Calls of the HTTP API about locks, without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException

from app.core.locks.quota import Quota
from app.core.model.lock_requests import DirectRequest
from app.web.api.call import ApiAnswer, Call
from app.web.api.waiting import Waits
from app.web.keys import Holder

if TYPE_CHECKING:
    from tests.simulation.world import World

Route = Callable[[Call], ApiAnswer]


def call(
    world: World, by: Holder, route: Route, group: str, number: int | str = "", **body: object
) -> tuple[int, Mapping[str, object]]:
    """The status of the answer, and what it says; {} where it is refused."""
    scope, _, name = group.rpartition("/")
    path = {"scope": scope or "repo-1", "group": name, "request": str(number)}
    made = Call(world.store, world.clock, by, Quota(), Waits(), path, body=body)
    try:
        answer = route(made)
    except HTTPException as error:
        return error.code or 500, {}
    finally:
        world.watched.changed("ask")
    assert isinstance(answer.value, Mapping)
    return answer.status, answer.value


def stored(world: World, number: object) -> DirectRequest | None:
    """The request of that number as it is now."""
    row = world.store.direct_locks.find(int(str(number))) if number else None
    return row if isinstance(row, DirectRequest) else None
