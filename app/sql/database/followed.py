"""What a reply follows, as text."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from app.core.model.comments import AnyFollowed, Followed, FollowedHold, FollowedLock
from app.core.model.names import FreightId, GroupName, StageName
from app.sql.database.types import instant, micros


class FollowedText(TypeDecorator[tuple[AnyFollowed, ...]]):
    """What a reply follows, as a JSON list of lists."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: tuple[AnyFollowed, ...] | None, dialect: Dialect
    ) -> str | None:
        del dialect
        return None if value is None else json.dumps([_followed_row(one) for one in value])

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> tuple[AnyFollowed, ...] | None:
        del dialect
        return None if value is None else tuple(_followed(*row) for row in json.loads(value))


_LOCK = "lock"
"""In the place of a verb: what is followed is a person's place in a queue."""
_HOLD = "hold"
"""In the place of a verb: what is followed is a hold, whose end stands in the last place."""


def _followed_row(one: AnyFollowed) -> list[object]:
    match one:
        case FollowedLock():
            return [one.part, _LOCK, one.group, "", micros(one.at)]
        case FollowedHold():
            return [one.part, _HOLD, one.stage, "", micros(one.at), micros(one.until)]
        case Followed():
            known = [one.part, one.verb, one.stage, str(one.freight), micros(one.at)]
            return [*known, one.elsewhere]


def _followed(part: int, verb: Any, name: str, freight: str, at: int, *more: Any) -> AnyFollowed:
    """Rows of earlier versions end with the instant."""
    if verb == _LOCK:
        return FollowedLock(part, GroupName(name), instant(at))
    if verb == _HOLD:
        return FollowedHold(part, StageName(name), instant(at), *map(instant, more))
    return Followed(part, verb, StageName(name), FreightId.parse(freight), instant(at), *more)
