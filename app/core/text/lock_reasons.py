"""The words of why a lock request ended, or is suspect."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.model.lock_reasons import LockReason

_WORDS: Mapping[str, str] = {
    LockReason.UNPROBED: "the records were rebuilt; whether its job still runs is not known yet",
    LockReason.NO_LOCK: "its stage takes no lock any more",
    LockReason.ENDED_BEFORE: "the promotion ended before its turn came",
    LockReason.UNWRITTEN: "nothing was written",
    LockReason.UNWRITTEN_IN_TIME: "nothing was written within 5 minutes",
    LockReason.UNMERGED_IN_TIME: "it was not merged in time",
    LockReason.ENDED: "its promotion has ended",
    LockReason.MAY_STILL_RUN: "its promotion ended, but its check may still run",
    LockReason.HELD_TOO_LONG: "held for longer than max-hold, and its check is unfinished",
    LockReason.GATE_CLOSED: "a gate closed before anything was written",
    LockReason.NO_EVIDENCE: "nothing runs on this content",
    LockReason.WRONG_BASE: "its pull request is based on another branch",
    LockReason.NOT_MERGEABLE: "its pull request may not be merged yet",
    LockReason.TOO_LARGE: "no permit of it will ever be free",
    LockReason.BUTTON: "released by its button",
    LockReason.LEFT: "whoever asked left the queue",
    LockReason.GIVEN_BACK: "given back",
    LockReason.NOT_ASKED_AGAIN: "its client did not ask again in time",
    LockReason.UNREAD: "its client never read the grant",
    LockReason.LAPSED: "its client did not renew it in time, and its job may still run",
    LockReason.SERVICE_LOST: "the external lock service no longer vouches for it",
    LockReason.WAITED_TOO_LONG: "it waited for longer than max-wait",
    LockReason.OVERDUE: "held for longer than was asked for",
    LockReason.TAKEN_OVER: "passed to the rollback of its stage",
    LockReason.RUN_ENDED: "its workflow run has ended",
    LockReason.JOBS_ENDED: "its jobs at that environment have ended",
    LockReason.RUN_GONE: "its workflow run is gone; nobody can tell whether its jobs have ended",
    LockReason.ENVIRONMENT_EDITED: "stagelock.yaml names its environment no more, or elsewhere",
    LockReason.NOT_TAKEN: "GitHub did not take the leave: nothing of it waits there any more",
    LockReason.JOINED: "it has a part in the grant of the stage that awaits its job",
    LockReason.GRANT_OVER: "the grant in which it had a part is over",
    LockReason.PART_UNKNOWN: (
        "whether it is the job that its stage awaits cannot be asked of GitHub now; it is asked "
        "again by itself, at most 5 minutes apart"
    ),
    LockReason.PART_CLOSED: (
        "whether it is the job that its stage awaits cannot be asked of GitHub: the App lacks "
        "actions: read, which an owner of the account gives; it is asked again by itself"
    ),
    LockReason.PART_NEVER_KNOWN: (
        "whether it is the job that its stage awaits could not be asked of GitHub until the "
        "stage's promotion had ended, whose lock waits for that job"
    ),
}


def said(reason: str) -> str:
    """Why, in words; what a person typed (or an older version stored) as it is."""
    return _WORDS.get(reason, reason)
