"""Why a lock request ended, or is suspect: codes, whose words are `core/text/lock_reasons`."""

from __future__ import annotations

from enum import StrEnum


class LockReason(StrEnum):
    """Stored with the request. What a person gave as a reason stands there as it was typed."""

    UNPROBED = "unprobed"
    NO_LOCK = "no-lock"
    ENDED_BEFORE = "ended-before"
    UNWRITTEN = "unwritten"
    UNWRITTEN_IN_TIME = "unwritten-in-time"
    UNMERGED_IN_TIME = "unmerged-in-time"
    ENDED = "ended"
    MAY_STILL_RUN = "may-still-run"
    HELD_TOO_LONG = "held-too-long"
    GATE_CLOSED = "gate-closed"
    NO_EVIDENCE = "no-evidence"
    WRONG_BASE = "wrong-base"
    NOT_MERGEABLE = "not-mergeable"
    TOO_LARGE = "too-large"
    BUTTON = "button"
    LEFT = "left"
    GIVEN_BACK = "given-back"
    NOT_ASKED_AGAIN = "not-asked-again"
    UNREAD = "unread"
    LAPSED = "lapsed"
    OVERDUE = "overdue"
    SERVICE_LOST = "service-lost"
    WAITED_TOO_LONG = "waited-too-long"
    TAKEN_OVER = "taken-over"
    RUN_ENDED = "run-ended"
    JOBS_ENDED = "jobs-ended"
    RUN_GONE = "run-gone"
    ENVIRONMENT_EDITED = "environment-edited"
    NOT_TAKEN = "not-taken"
    JOINED = "joined"
    GRANT_OVER = "grant-over"
    PART_UNKNOWN = "part-unknown"
    PART_CLOSED = "part-closed"
    PART_NEVER_KNOWN = "part-never-known"
