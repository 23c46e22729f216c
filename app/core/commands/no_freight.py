"""Why a command means no freight, or would change nothing: values; `text/refusals` words them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.model.names import FreightId


class Why(StrEnum):
    """Why nothing is done; in brackets what it is about, in this order."""

    NO_FILE = "no-file"
    NO_STAGE = "no-stage"  # the stage
    NOT_A_NAME = "not-a-name"  # what was typed
    OTHER_WAREHOUSE = "other-warehouse"  # the stage, its warehouse, the other one
    NONE_BEGINS = "none-begins"  # the warehouse, the digits
    AMBIGUOUS = "ambiguous"  # how many, the warehouse, the digits
    IN_SEVERAL = "in-several"  # the warehouses, the digits
    IN_NONE = "in-none"  # the digits
    NO_WAREHOUSE = "no-warehouse"  # the warehouse
    WITHDRAWN = "withdrawn"  # the freight
    APPROVED_ALREADY = "approved-already"  # the freight, the stage
    NOTHING_FAILED = "nothing-failed"  # the stage
    NOTHING_UNDER_WAY = "nothing-under-way"  # the stage
    NOT_UNDER_WAY = "not-under-way"  # the freight, the stage
    OTHER_UNDER_WAY = "other-under-way"  # the freight, the stage, what is
    GOES_BACK = "goes-back"  # the freight, the stage, to which
    NOTHING_COMES = "nothing-comes"
    NONE_YET = "none-yet"  # the warehouse
    IS_NEWEST = "is-newest"  # the stage, its freight
    NOTHING_NEWER = "nothing-newer"  # the stage
    NOT_ON_BRANCH = "not-on-branch"  # the merge, the warehouse
    NOT_MINTED = "not-minted"  # the merge, the warehouse
    NOT_ITS_COMMIT = "not-its-commit"  # the commit, the warehouse
    ASKED_ALREADY = "asked-already"  # the freight, the stage
    NEWER_THERE = "newer-there"  # the stage, its freight
    VERIFIED_ALREADY = "verified-already"  # the freight, the stage
    ON_ITS_WAY = "on-its-way"  # the freight, the stage
    FAILED_THERE = "failed-there"  # the freight, the stage
    REJECTED_THERE = "rejected-there"  # the freight, the stage
    NEVER_WRITTEN = "never-written"  # the freight, the upstream
    NOTHING_THERE = "nothing-there"  # the stage
    NOTHING_EARLIER = "nothing-earlier"  # the stage
    EARLIER_BLOCKED = "earlier-blocked"  # the freight, the stage
    NOT_EARLIER = "not-earlier"  # the freight, what the stage is at, the stage
    NEVER_VERIFIED = "never-verified"  # the freight, the stage
    IS_BLOCKED = "is-blocked"  # the freight
    TAKEN_BACK = "taken-back"  # the freight, the commit in it, what reverts that
    DID_NOT_FAIL = "did-not-fail"  # the freight, the stage


@dataclass(frozen=True, slots=True)
class NoFreight:
    """No freight is meant, or more than one, or nothing would change for it."""

    why: Why
    about: tuple[str, ...] = ()
    newest: FreightId | None = None
    """The newest freight that there is, where that helps."""
    instead: str = ""
    """A command that does what was probably meant."""
