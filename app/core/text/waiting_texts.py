"""The words of what is waited for besides the gates; `reason_texts` has all reasons."""

from __future__ import annotations

from app.core.model.verdicts import Reason
from app.core.text.words import Words

WAITS = {
    Reason.BUSY: Words(
        "waits: {stage} is busy with {names}",
        "Another promotion is on its way in this stage, and one at a time is the rule.",
        "It is looked at again when that promotion has ended.",
        "another promotion",
    ),
    Reason.NO_EVIDENCE: Words(
        "no {names} check has run on this content",
        "The stage holds this content already, but nothing says that it works: "
        "{names} has not run on it. No lock is taken until something runs.",
        "It is looked at again when {names} runs.",
        "awaited",
        do="comment `{retry}`: that runs {names}, or says what to run.",
    ),
    Reason.GRANT_UNUSED: Words(
        "the lock went back unused, queued again",
        "The grant was not used in time, so others get their turn first.",
        "It is looked at again when its turn comes.",
    ),
    Reason.BRANCH_MISSING: Words(
        "branch {names} is missing",
        "The stage's branch does not exist, and we make it before the first promotion. {detail}",
        "It is looked at again when the branch exists.",
        "of this stage",
        do="somebody whom the rules let makes that branch; it goes on by itself then.",
    ),
    Reason.RETRYING: Words(
        "retrying: {detail}",
        "We could not find out, and try again: {detail}.",
        "It is tried again by itself, with growing pauses, until the stage's `timeout-minutes` "
        "are over.",
        about_error=True,
    ),
    Reason.CANNOT_ASK: Words(
        "retrying: {detail}",
        "Something that this depends on cannot be asked now, so nothing is begun: {detail}.",
        "It is asked again by itself, at first after 10 seconds, at most 5 minutes apart. Nothing "
        "fails by that.",
        about_error=True,
    ),
    Reason.ASKED_LATER: Words(
        "asking on: {detail}",
        "Each look at the repository asks a bounded number of questions: {detail}.",
        "The next look goes on at once.",
    ),
    Reason.MOVED: Words(
        "the branch moved, planned again",
        "Somebody else's push came first; the edit is recomputed on the new tip. {detail}",
        "It is planned again at once.",
    ),
}
