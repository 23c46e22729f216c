"""What a reply follows, as text."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from app.core.model.comments import AnyFollowed, Followed, FollowedHold, FollowedLock
from app.core.model.names import FreightId, GroupName, Sha, StageName
from app.core.model.reverts import Revert
from app.sql.database.types import instant, micros


class FollowedText(TypeDecorator[tuple[AnyFollowed, ...]]):
    """What a reply follows, as a JSON list of lists."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: tuple[AnyFollowed, ...] | None, dialect: Dialect
    ) -> str | None:
        del dialect
        return (
            None if value is None else json.dumps([_followed_row(followed) for followed in value])
        )

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> tuple[AnyFollowed, ...] | None:
        del dialect
        return None if value is None else tuple(_followed(*row) for row in json.loads(value))


_LOCK = "lock"
"""In the place of a verb: what is followed is a person's place in a queue."""
_HOLD = "hold"
"""In the place of a verb: what is followed is a hold, whose end stands in the last place."""


def _followed_row(followed: AnyFollowed) -> list[object]:
    match followed:
        case FollowedLock():
            return [followed.part, _LOCK, followed.group, "", micros(followed.at)]
        case FollowedHold():
            return [
                followed.part,
                _HOLD,
                followed.stage,
                "",
                micros(followed.at),
                micros(followed.until),
            ]
        case Followed():
            known = [
                followed.part,
                followed.verb,
                followed.stage,
                str(followed.freight),
                micros(followed.at),
            ]
            return [*known, followed.elsewhere, followed.reverted]


def _followed(part: int, verb: Any, name: str, freight: str, at: int, *more: Any) -> AnyFollowed:
    """Rows of earlier versions end sooner."""
    if verb == _LOCK:
        return FollowedLock(part, GroupName(name), instant(at))
    if verb == _HOLD:
        return FollowedHold(part, StageName(name), instant(at), *map(instant, more))
    reverted = more[1] if len(more) > 1 else None
    return Followed(
        part,
        verb,
        StageName(name),
        FreightId.parse(freight),
        instant(at),
        more[0] if more else False,
        Revert(*map(Sha, reverted)) if reverted else None,
    )
