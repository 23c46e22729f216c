"""Why a command is not understood, names no freight, or would change nothing."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.commands import CommandProblem, Misread, NoFreight, Why
from app.core.commands.until import LONGEST, Unread
from app.core.text import markup

_TIMES = (
    "write a duration (`30m`, `2h`, `3d`), a date, optionally with a time and zone "
    "(`2026-03-02`, `2026-03-02 17:00 Europe/Berlin`, `2026-03-02T17:00Z`), or a time with its "
    "zone (`17:00 UTC`)"
)
_MISREAD: Mapping[Misread | Unread, str] = {
    Misread.TOO_MANY: "Only the first {0} commands of a comment are read",
    Misread.NO_SUCH: "There is no command {0}",
    Misread.COMMAND_OF_ITS_OWN: "{0} is a command of its own",
    Misread.TAKES_NOTHING_MORE: "{0} takes no further arguments",
    Misread.NEEDS_STAGE: "{0} needs a stage",
    Misread.NEEDS_FREIGHT: "{0} needs a freight: `[WAREHOUSE@]SHA` with at least 7 digits",
    Misread.NEEDS_REASON: "{0} needs a reason",
    Misread.NO_FREIGHT: "{0} does not name freight: write `[WAREHOUSE@]SHA` with at least 7 digits",
    Misread.NO_SUCH_OPTION: "There is no option {0}",
    Misread.NEEDS_GROUP: "{0} needs a lock group",
    Misread.NO_LENGTH: "`for` {0}: write a duration, such as `30m` or `2h`",
    Misread.TOO_LONG: "{0} is not between a second and 24 hours",
    Misread.TOO_MUCH_TEXT: "It is in a paragraph of more than 3,000 characters or with many open "
    "brackets, or below one with HTML, and was not read: put it in a short paragraph or in its own "
    "comment",
    Misread.NO_TOKEN: "{0} is not a fencing token: a token is a number",
    Unread.MISSING: f"{{0}} needs a time: {_TIMES}",
    Unread.NO_TIME: f"{{0}}: {_TIMES}",
    Unread.OUT_OF_RANGE: f"{{0}} is not between a second and {LONGEST.days} days",
    Unread.NO_ZONE: "{0} has no time zone: write `UTC` or, for example, `Europe/Berlin` after it",
    Unread.NO_SUCH_ZONE: "{0} is not a known time zone",
    Unread.NO_SUCH_TIME: "{0} is not a date and time that exists",
    Unread.NO_TIME_OF_DAY: "{0} names no time of day: write one from `00:00` to `23:59` with its "
    "zone, such as `until 17:00 UTC`",
}
_WHY: Mapping[Why, str] = {
    Why.NO_FILE: "no stagelock.yaml is in force here",
    Why.NO_STAGE: "there is no stage {0}",
    Why.NOT_A_NAME: "{0} does not name freight",
    Why.OTHER_WAREHOUSE: "{0} takes freight of {1}, not of {2}",
    Why.NONE_BEGINS: "no freight of {0} starts with {1}",
    Why.AMBIGUOUS: "{0} freights of {1} start with {2}: write more digits",
    Why.IN_SEVERAL: "freight of {0} starts with {1}: write WAREHOUSE@SHA",
    Why.IN_NONE: "no freight starts with {0}",
    Why.NO_WAREHOUSE: "there is no warehouse {0}",
    Why.WITHDRAWN: "{0} is withdrawn: its commit left the branch",
    Why.NOTHING_FAILED: "nothing failed in {0}",
    Why.NOTHING_UNDER_WAY: "no promotion to {0} is under way",
    Why.NOT_UNDER_WAY: "the promotion of {0} to {1} is not under way",
    Why.OTHER_UNDER_WAY: "the promotion of {0} to {1} is not under way: that of {2} is",
    Why.GOES_BACK: "the promotion of {0} to {1} is not under way: it goes back to {2}",
    Why.NOTHING_COMES: "no freight is on its way there",
    Why.NONE_YET: "{0} has no freight yet",
    Why.IS_NEWEST: "{0} already has {1}, the newest",
    Why.NOTHING_NEWER: "nothing newer is verified upstream of {0}",
    Why.NOT_ON_BRANCH: "{0}, which it was merged as, is not on the branch of {1}",
    Why.NOT_MINTED: "no freight of {1} contains {0} yet: it changed no watched path, or its "
    "checks have not passed",
    Why.NOT_ITS_COMMIT: "{0} is not freight of {1}",
    Why.ASKED_ALREADY: "{0} was already requested for {1}",
    Why.APPROVED_ALREADY: "you have already approved {0} for {1}",
    Why.NEWER_THERE: "{0} is at {1}, which is newer",
    Why.VERIFIED_ALREADY: "{0} is already verified in {1}",
    Why.ON_ITS_WAY: "{0} is on its way to {1} already",
    Why.FAILED_THERE: "{0} failed in {1}",
    Why.REJECTED_THERE: "{0} was rejected in {1} by a rollback",
    Why.NEVER_WRITTEN: "{0} was never written to {1}",
    Why.NOTHING_THERE: "nothing has been promoted to {0} yet",
    Why.NOTHING_EARLIER: "no earlier freight was verified in {0}",
    Why.EARLIER_BLOCKED: "{0}, which was verified in {1} before, is blocked",
    Why.NOT_EARLIER: "{0} is not earlier than {1}, which {2} is at",
    Why.NEVER_VERIFIED: "{0} was never verified in {1}, or its verification was revoked",
    Why.IS_BLOCKED: "{0} is blocked",
    Why.TAKEN_BACK: "{0} contains {1}, which {2} reverts; it is promoted only where it is named",
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
