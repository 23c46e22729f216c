"""What is said of a repository whose looks die with their processes, and when they do no more."""

from __future__ import annotations

from datetime import datetime

from app.core.text.markup import escape, fit, moment
from app.core.text.summaries import footer

RECOVERED = "Stagelock works on this repository again"
_NEXT = (
    "and whenever that breaks off, too, after a longer pause, up to an hour. Nothing is lost: what "
    "is due happens with the first look that comes to its end. Other repositories go on as usual."
    "\n\n**To do:** if it stays so, ask whoever runs Stagelock to look for this repository in the "
    "log."
)


def title(times: int) -> str:
    """So many looks in a row broke off."""
    return f"Stagelock cannot work on this repository: {times} looks broke off"


def summary(times: int, why: str, again: datetime, event: str) -> str:
    """The last of them broke off because of *why*; the next look is at *again*."""
    first = f"**{times} looks at this repository in a row broke off; the last one: {escape(why)}.**"
    return fit(f"{first}\n\nIt is looked at again at {moment(again)}, {_NEXT}", footer(event))


def recovered(event: str) -> str:
    """A look came to its end."""
    return fit("What was due meanwhile is done now.", footer(event))
