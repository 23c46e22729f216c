"""
Who may use how much of what an installation may still create on GitHub.

Where little is left it goes to runs that somebody's merge or lock waits for before runs that begin,
and to those before cards; before that nothing waits for what others have used. Runs leave a
twentieth to answers, so that people are never left without one, and talk has a share of its own:
who only reads cannot use up what promotions need, however many they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from app.core.model.facts import Role


class Importance(IntEnum):
    """What is created, and whether it may wait."""

    URGENT = 0
    """Pull requests and their heads, failures, grants, ends."""
    REPLY = 1
    RECEIPT = 2
    BEGINNING = 3
    CARD = 4


_PERCENT: Final[Mapping[Importance, int]] = {
    Importance.URGENT: 95,
    Importance.REPLY: 100,
    Importance.RECEIPT: 100,
    Importance.BEGINNING: 85,
    Importance.CARD: 80,
}
_OF_TALK: Final[Mapping[Importance, int]] = {
    Importance.REPLY: 40,
    Importance.CARD: 30,
    Importance.RECEIPT: 25,
}

_REPLIES: Final[Mapping[Role, int]] = {
    "none": 5,
    "read": 10,
    "triage": 20,
    "write": 60,
    "maintain": 120,
    "admin": 120,
}
FEWEST: Final = min(_REPLIES.values())
"""Whatever a person may do there, so many answers an hour are theirs."""


MOST_ON_A_PLACE: Final = 60
"""So many comments on a pull request, or commit, are answered within an hour, whoever wrote."""
HOUR: Final = timedelta(hours=1)


def turn(before: Sequence[datetime], written: datetime) -> datetime:
    """
    When a comment that was *written* then is answered, after those that have their turns *before*.

    At once, but no more than `MOST_ON_A_PLACE` within any hour; none is left out.
    """
    if len(before) < MOST_ON_A_PLACE:
        return written
    return max(written, before[-MOST_ON_A_PLACE] + HOUR)


def full_until(turns: Sequence[datetime]) -> datetime | None:
    """
    When the next one may be answered, where the last of *turns* is the first that leaves no room
    for it; None: there is room, or an earlier one left none.
    """
    if not _is_full(turns[-MOST_ON_A_PLACE:]) or _is_full(turns[-MOST_ON_A_PLACE - 1 : -1]):
        return None
    return turns[-MOST_ON_A_PLACE] + HOUR


def _is_full(turns: Sequence[datetime]) -> bool:
    return len(turns) == MOST_ON_A_PLACE and turns[-1] - turns[0] < HOUR


def part(most: int, importance: Importance) -> int:
    """Of *most* in a stretch of time, how many may have been made for this to be made too."""
    return max(1, most * _PERCENT[importance] // 100)


def talk_part(most: int, importance: Importance) -> int | None:
    """
    Of *most* in a stretch of time, how many replies, receipts and cards together may have been made
    for this to be made too; None: it is no talk.
    """
    percent = _OF_TALK.get(importance)
    return None if percent is None else max(1, most * percent // 100)


def replies_an_hour(role: Role) -> int:
    """How many comments of one person are answered within an hour of being written."""
    return _REPLIES[role]
