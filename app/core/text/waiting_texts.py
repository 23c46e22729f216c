"""The texts of what a promotion waits for besides gates; `reason_texts` has all reasons."""

from __future__ import annotations

from app.core.model.verdicts import Reason
from app.core.text.words import Words

WAITS = {
    Reason.BUSY: Words(
        "waiting: {stage} is busy with {names}",
        "Another promotion to this stage is under way; a stage runs one at a time.",
        "It continues when that promotion has ended.",
        "another promotion",
    ),
    Reason.NO_EVIDENCE: Words(
        "no {names} check has run on this content",
        "The stage already has this content, but nothing verifies it: there is no result of "
        "{names} for it. The stage requests its lock once something runs.",
        "Checked again when {names} runs.",
        "awaited",
        do="comment `{retry}`: that runs {names}, or says what to run.",
    ),
    Reason.GRANT_UNUSED: Words(
        "waiting: its lock was not used in time, queued again",
        "The stage had its lock and did not use it in time, so it queues again at the end.",
        "It continues when its turn comes.",
    ),
    Reason.BRANCH_MISSING: Words(
        "branch {names} is missing",
        "The stage's branch does not exist; Stagelock creates it before the first promotion. "
        "{detail}",
        "It continues when the branch exists.",
        "of this stage",
        do="somebody with the right to creates the branch; the promotion then continues "
        "automatically.",
    ),
    Reason.RETRYING: Words(
        "retrying: {detail}",
        "Something failed, and Stagelock retries it: {detail}.",
        "Retried automatically, at growing intervals, until the stage's `timeout-minutes` have "
        "passed.",
        about_error=True,
    ),
    Reason.CANNOT_ASK: Words(
        "retrying: {detail}",
        "Stagelock cannot find out something that this depends on, so nothing starts: {detail}.",
        "Retried automatically, first after 10 seconds, then at most 5 minutes apart. This alone "
        "never makes it fail.",
        row="{names} is not granted while something cannot be found out",
        next="within 5 minutes",
        about_error=True,
    ),
    Reason.ASKED_LATER: Words(
        "still reading: {detail}",
        "There is much to read, and Stagelock reads it in portions: {detail}.",
        "The next portion follows at once.",
        row="{names} is not granted before all is read",
        next="at once",
    ),
    Reason.MOVED: Words(
        "the branch moved, retrying on its new tip",
        "Somebody else pushed first; the promotion is recomputed on the new tip. {detail}",
        "Retried at once.",
    ),
}
