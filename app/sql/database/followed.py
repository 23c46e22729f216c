"""What a reply follows, as text."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from app.core.model.comments import Followed, FollowedLock
from app.core.model.names import FreightId, GroupName, StageName
from app.sql.database.types import instant, micros


class FollowedText(TypeDecorator[tuple[Followed | FollowedLock, ...]]):
    """What a reply follows, as a JSON list of lists."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: tuple[Followed | FollowedLock, ...] | None, dialect: Dialect
    ) -> str | None:
        del dialect
        return None if value is None else json.dumps([_followed_row(one) for one in value])

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> tuple[Followed | FollowedLock, ...] | None:
        del dialect
        return None if value is None else tuple(_followed(*row) for row in json.loads(value))


_LOCK = "lock"
"""In the place of a verb: what is followed is a person's place in a queue."""


def _followed_row(one: Followed | FollowedLock) -> list[object]:
    match one:
        case FollowedLock():
            return [one.part, _LOCK, one.group, "", micros(one.at)]
        case Followed():
            known = [one.part, one.verb, one.stage, str(one.freight), micros(one.at)]
            return [*known, one.elsewhere]


def _followed(
    part: int, verb: Any, name: str, freight: str, at: int, *more: bool
) -> Followed | FollowedLock:
    """Rows of earlier versions end with the instant."""
    if verb == _LOCK:
        return FollowedLock(part, GroupName(name), instant(at))
    return Followed(part, verb, StageName(name), FreightId.parse(freight), instant(at), *more)
