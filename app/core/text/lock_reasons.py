"""Why a lock request ended, or is suspect."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.model.lock_reasons import LockReason

_WORDS: Mapping[str, str] = {
    LockReason.UNPROBED: "the records were rebuilt; whether its job still runs is not known yet",
    LockReason.UNKNOWN_HOLDER: (
        "the records were rebuilt; who held it before is not known, nor whether they have finished"
    ),
    LockReason.NO_LOCK: "its stage no longer takes a lock",
    LockReason.ENDED_BEFORE: "the promotion ended before its turn came",
    LockReason.OUT_OF_TURN: "its pull request was merged before its turn came",
    LockReason.UNWRITTEN: "nothing was written",
    LockReason.UNWRITTEN_IN_TIME: "nothing was written within 5 minutes",
    LockReason.UNMERGED_IN_TIME: "it was not merged in time",
    LockReason.ENDED: "its promotion has ended",
    LockReason.MAY_STILL_RUN: "its promotion ended, but its check may still run",
    LockReason.HELD_TOO_LONG: "held for longer than max-hold, and its check is unfinished",
    LockReason.GATE_CLOSED: "a gate closed before anything was written",
    LockReason.NO_EVIDENCE: "no check runs on this content",
    LockReason.WRONG_BASE: "its pull request is based on another branch",
    LockReason.NOT_MERGEABLE: "its pull request cannot be merged yet",
    LockReason.TOO_LARGE: "the group has too few permits for it",
    LockReason.BUTTON: "a person pressed Release",
    LockReason.LEFT: "the requester left the queue",
    LockReason.GIVEN_BACK: "released by its holder",
    LockReason.NOT_ASKED_AGAIN: "its client stopped polling",
    LockReason.UNREAD: "its client never read the grant",
    LockReason.LAPSED: "its client did not renew it in time, and its job may still run",
    LockReason.SERVICE_LOST: "the external lock service no longer vouches for it",
    LockReason.WAITED_TOO_LONG: "the lock was not free within `max-wait` of its group",
    LockReason.OVERDUE: "held for longer than requested",
    LockReason.TAKEN_OVER: "taken over by the rollback of its stage",
    LockReason.QUEUES_ITSELF: "its job waits for the lock itself",
    LockReason.RUN_ENDED: "its workflow run has ended",
    LockReason.JOBS_ENDED: "its jobs at that environment have ended",
    LockReason.RUN_GONE: "its workflow run is gone; nobody can tell whether its jobs have ended",
    LockReason.ENVIRONMENT_EDITED: "stagelock.yaml no longer names its environment for this group",
    LockReason.NOT_TAKEN: "GitHub did not accept the approval: no job waits there any more",
    LockReason.JOINED: "it shares the grant of the stage that waits for its job",
    LockReason.GRANT_OVER: "the grant that it shared has ended",
    LockReason.PART_UNKNOWN: (
        "GitHub cannot be asked now whether it is the job that its stage waits for; Stagelock asks "
        "again by itself, at most 5 minutes apart"
    ),
    LockReason.PART_CLOSED: (
        "GitHub cannot be asked whether it is the job that its stage waits for: the App lacks "
        "actions: read, which an owner of the account can grant; Stagelock asks again by itself"
    ),
    LockReason.PART_NEVER_KNOWN: (
        "GitHub could not be asked whether it is the job that its stage waits for before the "
        "stage's promotion had ended, whose lock waits for that job"
    ),
}


def said(reason: str) -> str:
    """Why, in words; what a person typed (or an older version stored) as it is."""
    return _WORDS.get(reason, reason)
