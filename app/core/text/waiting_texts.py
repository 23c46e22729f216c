"""The words of the reasons that are waited for; `reasons` has all of them."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.model.verdicts import Reason


@dataclass(frozen=True, slots=True)
class Words:
    """
    *title* answers at a glance, *why* is a sentence, *look* says what happens next and when.

    *names* stands in for names where the verdict has none. Ends have no *look* but a way out.
    """

    title: str
    why: str
    look: str
    names: str = "its upstream"


WAITS = {
    Reason.APP_LACKS: Words(
        "blocked: the App lacks {names}",
        "GitHub does not let the App do what this stage needs: it lacks {names}.",
        "**To do:** {grant}. It goes on by itself within five minutes of that.",
        "a permission",
    ),
    Reason.UPSTREAM_UNVERIFIED: Words(
        "waits for {names}",
        "It has not been verified in {names} yet.",
        "It is looked at again as soon as {names} has an answer.",
    ),
    Reason.NOT_STARTED: Words(
        "ready for {stage}: {promote}",
        "This stage starts when somebody says so (`auto: false`).",
        "It is looked at again when somebody comments `{promote}`.",
    ),
    Reason.SOAKING: Words(
        "soaking until {until}",
        "It has to stay upstream for the stage's `soak` first.",
        "It is looked at again at {until}.",
    ),
    Reason.TOO_SOON: Words(
        "next promotion not before {until}",
        "The last promotion landed here less than `at-most-every` ago.",
        "It is looked at again at {until}.",
    ),
    Reason.ON_HOLD: Words(
        "on hold{ends}: {detail}",
        "Automatic promotion here is on hold: {detail}",
        "It goes on {resumes}. `{promote}` starts one promotion all the same.",
    ),
    Reason.BUSY: Words(
        "waits: {stage} is busy with {names}",
        "Another promotion is on its way in this stage, and one at a time is the rule.",
        "It is looked at again when that promotion has ended.",
        "another promotion",
    ),
    Reason.FOREIGN_CONTENT: Words(
        "{stage} holds content no freight explains ({names}): {promote}",
        "The stage's outputs hold content ({names}) that no freight of this pipeline gives. "
        "We do not replace it unasked: `{promote}` does.",
        "It is looked at again when somebody comments `{promote}`, or when the content changes.",
        "some files",
    ),
    Reason.FOREIGN_VALUE: Words(
        "{stage} holds {names}, which no freight explains: {promote}",
        "The stage's file says {names}, which no freight of this pipeline gives. "
        "We do not replace it unasked: `{promote}` does.",
        "It is looked at again when somebody comments `{promote}`, or when the value changes.",
        "a value",
    ),
    Reason.DRIFT: Words(
        "{stage} was edited by hand: {promote} replaces it",
        "The stage's outputs were changed by hand since our last write: {names}. "
        "We do not replace that unasked (`on-drift: block`): `{promote}` does.",
        "It is looked at again when somebody comments `{promote}`, or when the change is reverted.",
        "what it holds",
    ),
    Reason.NO_EVIDENCE: Words(
        "no {names} check has run on this content",
        "The stage holds this content already, but nothing says that it works: "
        "{names} has not run on it. No lock is taken until something runs.",
        "It is looked at again when {names} runs, or after `{retry}`.",
        "awaited",
    ),
    Reason.LOCK_QUEUED: Words(
        "lock {names}: {queue}",
        "Every gate has passed; the stage's lock is not free yet. {queue}.",
        "It starts by itself when its turn comes: nothing needs to be done.",
        "group",
    ),
    Reason.LOCK_SUSPECT: Words(
        "blocked: {names} is suspect; a maintainer must press Release",
        "Every gate has passed, but the lock {names} is suspect: who had it should have ended, and "
        "its job may still run.",
        "It starts by itself once that job is seen to have ended.",
        "group",
    ),
    Reason.GRANT_UNUSED: Words(
        "the lock went back unused, queued again",
        "The grant was not used in time, so others get their turn first.",
        "It is looked at again when its turn comes.",
    ),
    Reason.BRANCH_MISSING: Words(
        "branch {names} is missing",
        "The stage's branch does not exist, and we make it before the first promotion. {detail}",
        "It is looked at again when the branch exists: where a rule keeps us from creating it, "
        "somebody who may has to.",
        "of this stage",
    ),
    Reason.RETRYING: Words(
        "retrying: {detail}",
        "We could not find out, and try again: {detail}.",
        "It is tried again by itself, with growing pauses, until the stage's `timeout-minutes` "
        "are over.",
    ),
    Reason.CANNOT_ASK: Words(
        "retrying: {detail}",
        "Something that this depends on cannot be asked now, so nothing is begun: {detail}.",
        "It is asked again by itself, at first after 10 seconds, at most 5 minutes apart. Nothing "
        "fails by that.",
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
