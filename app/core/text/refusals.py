"""Why a command is none, means no freight, or would change nothing: a sentence for each value."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.commands import CommandProblem, Misread, NoFreight, Why
from app.core.commands.until import LONGEST, Unread
from app.core.text import markup

_TIMES = (
    "write a length of time (`30m`, `2h`, `3d`), a day, with a time and zone if you like "
    "(`2026-03-02`, `2026-03-02 17:00 Europe/Berlin`, `2026-03-02T17:00Z`), or a time with its "
    "zone (`17:00 UTC`)"
)
_MISREAD: Mapping[Misread | Unread, str] = {
    Misread.TOO_MANY: "Only the first {0} commands of a comment are read",
    Misread.NO_SUCH: "There is no command {0}",
    Misread.COMMAND_OF_ITS_OWN: "{0} is a command of its own",
    Misread.TAKES_NOTHING_MORE: "{0} takes nothing more",
    Misread.NEEDS_STAGE: "{0} needs a stage",
    Misread.NEEDS_FREIGHT: "{0} needs a freight: `[WAREHOUSE@]SHA` with at least 7 digits",
    Misread.NEEDS_REASON: "{0} needs a reason",
    Misread.NO_FREIGHT: "{0} is no freight: write `[WAREHOUSE@]SHA` with at least 7 digits",
    Misread.NEEDS_GROUP: "{0} needs a lock group",
    Misread.NO_LENGTH: "`for` {0}: write a length of time, such as `30m` or `2h`",
    Misread.TOO_LONG: "{0} is not between a second and 24 hours",
    Misread.TOO_MUCH_TEXT: "It stands in a paragraph of more than 3,000 characters, or below one "
    "with HTML in it, and was not read: put it in a short paragraph, or in a comment of its own",
    Misread.NO_TOKEN: "{0} is no fencing token: a token is a number",
    Unread.MISSING: f"{{0}} needs a time: {_TIMES}",
    Unread.NO_TIME: f"{{0}}: {_TIMES}",
    Unread.OUT_OF_RANGE: f"{{0}} is not between a second and {LONGEST.days} days",
    Unread.NO_ZONE: "{0} does not say its zone: write `UTC` behind it, or `Europe/Berlin`",
    Unread.NO_SUCH_ZONE: "{0} names no time zone",
    Unread.NO_SUCH_TIME: "{0} is no date and time that exists",
}
_WHY: Mapping[Why, str] = {
    Why.NO_FILE: "no stagelock.yaml is in force here",
    Why.NO_STAGE: "there is no stage {0}",
    Why.NOT_A_NAME: "{0} is no freight",
    Why.OTHER_WAREHOUSE: "{0} takes freight of {1}, not of {2}",
    Why.NONE_BEGINS: "no freight of {0} begins with {1}",
    Why.AMBIGUOUS: "{0} freights of {1} begin with {2}: write more",
    Why.IN_SEVERAL: "there is freight of {0} that begins with {1}: say which",
    Why.IN_NONE: "no freight begins with {0}",
    Why.NO_WAREHOUSE: "there is no warehouse {0}",
    Why.WITHDRAWN: "{0} is withdrawn: its commit left the branch",
    Why.NOTHING_FAILED: "nothing failed in {0}",
    Why.NOTHING_UNDER_WAY: "no promotion to {0} is under way",
    Why.NOT_UNDER_WAY: "the promotion of {0} to {1} is not under way",
    Why.NOTHING_COMES: "nothing is on its way to it",
    Why.NONE_YET: "{0} has no freight yet",
    Why.IS_NEWEST: "{0} has {1} already, the newest",
    Why.NOTHING_NEWER: "nothing newer is verified upstream of {0}",
    Why.NOT_ON_BRANCH: "{0}, which it was merged as, is not on the branch of {1}",
    Why.NOT_MINTED: "no freight of {1} holds {0} yet: it changed nothing that is watched, or its "
    "checks have not passed",
    Why.NOT_ITS_COMMIT: "{0} is no freight of {1}",
    Why.ASKED_ALREADY: "{0} was asked for in {1} already",
    Why.APPROVED_ALREADY: "you have approved {0} for {1} already",
    Why.NEWER_THERE: "{0} is at {1}, which is newer",
    Why.VERIFIED_ALREADY: "{0} is verified in {1} already",
    Why.ON_ITS_WAY: "{0} is on its way to {1} already",
    Why.FAILED_THERE: "{0} failed in {1}",
    Why.NEVER_WRITTEN: "{0} was never written to {1}",
    Why.NOTHING_THERE: "nothing was promoted to {0} yet",
    Why.NOTHING_EARLIER: "nothing earlier was verified in {0}",
    Why.NOT_EARLIER: "{0} is not earlier than {1}, which {2} is at",
    Why.NEVER_VERIFIED: "{0} was never verified in {1}, or that was taken back",
    Why.IS_BLOCKED: "{0} is blocked",
    Why.DID_NOT_FAIL: "{0} did not fail in {1}",
}


def misread(problem: CommandProblem) -> str:
    """What is wrong with a line that was meant as a command."""
    about = problem.about
    if isinstance(problem.why, Unread):
        about = f"until {about}".strip()
    return _MISREAD[problem.why].format(markup.code(about))


def no_freight(answer: NoFreight) -> str:
    """Why nothing is done, in plain text."""
    newest = f"; the newest is {answer.newest.short}" if answer.newest else ""
    return _WHY[answer.why].format(*answer.about) + newest
