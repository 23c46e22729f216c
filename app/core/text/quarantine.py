"""The check of a quarantined repository: its ticks ended their process several times in a row."""

from __future__ import annotations

from datetime import datetime

from app.core.text.markup import escape, fit, moment
from app.core.text.summaries import footer

RECOVERED = "Stagelock works on this repository again"
_NEXT = (
    "then at growing intervals of up to an hour. Nothing is lost: what is due happens as soon as "
    "one attempt succeeds. Other repositories are not affected."
    "\n\n**To do:** if this lasts, ask whoever runs this Stagelock server to look for this "
    "repository in its log."
)


def title(times: int) -> str:
    """The run's title after *times* failed attempts in a row."""
    return f"Stagelock cannot work on this repository: {times} attempts failed"


def summary(times: int, why: str, again: datetime, event: str) -> str:
    """The last of *times* attempts failed because of *why*; the next attempt is at *again*."""
    first = (
        f"**Stagelock's last {times} attempts to process this repository failed; the last one: "
        f"{escape(why)}.**"
    )
    return fit(f"{first}\n\nRetried at {moment(again)}, {_NEXT}", footer(event))


def recovered(event: str) -> str:
    """The summary once an attempt has succeeded."""
    return fit("Everything that was due meanwhile has been done.", footer(event))
