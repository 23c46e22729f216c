"""What is said on a pull request: why it was closed, and why it is not merged yet."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.core.model.names import StageName
from app.core.model.people import handle


class NotYet(StrEnum):
    """Why our own pull request is not merged by itself yet; in brackets who or what is named."""

    DRAFT = "draft"
    ASKING = "asking"
    CHANGES_REQUESTED = "changes-requested"  # the reviewer
    REVIEW_REQUIRED = "review-required"
    REVIEWS_REQUIRED = "reviews-required"  # how many more
    CHECKS_FAILED = "checks-failed"  # the checks
    CHECKS_MAY_START = "checks-may-start"
    CHECKS_UNFINISHED = "checks-unfinished"


_NOT_YET: Mapping[NotYet, str] = {
    NotYet.DRAFT: "the pull request is a draft",
    NotYet.ASKING: "asking GitHub",
    NotYet.CHANGES_REQUESTED: "{} requests changes",
    NotYet.REVIEW_REQUIRED: "one more approving review is required",
    NotYet.REVIEWS_REQUIRED: "{} more approving reviews are required",
    NotYet.CHECKS_FAILED: "{} failed on the head",
    NotYet.CHECKS_MAY_START: "checks may still start on the head",
    NotYet.CHECKS_UNFINISHED: "checks on the head are unfinished",
}


def not_yet(why: NotYet, names: tuple[str, ...] = ()) -> str:
    """Why it is not merged yet."""
    said = map(handle, names) if why is NotYet.CHANGES_REQUESTED else names
    return _NOT_YET[why].format(", ".join(said))


def failed(freight: str, why: str) -> str:
    """We could not find out in time, and gave up."""
    return f"Closed: the promotion of {freight} failed, {why}"


def withdrawn(freight: str) -> str:
    """Its commit is on no line any more."""
    return f"Closed: {freight} was withdrawn, its commit left the branch."


def revoked(freight: str, upstream: tuple[str, ...]) -> str:
    """An upstream took its verification back."""
    return f"Closed: {freight} is no longer verified in {', '.join(upstream)}."


def cancelled(freight: str, by: str) -> str:
    """A person said so."""
    return f"Closed: {by} cancelled the promotion of {freight}."


def rolled_back(freight: str, by: str) -> str:
    """A person wants earlier freight back."""
    return f"Closed: {by} rolled the stage back, so {freight} is not wanted there."


def nothing_to_merge(branch: str, freight: str) -> str:
    """The branch got the content by another way."""
    return f"Closed: `{branch}` holds {freight} already."


def other_way(freight: str, newer: str, stage: StageName, via: str, branch: str) -> str:
    """Newer freight goes to the stage in another way, by a pipeline that was edited since."""
    way = f"by a {via.replace('-', ' ')} to {branch}"
    return f"Closed: {newer} supersedes {freight}, and {stage} is promoted {way} by now."


def stage_removed(stage: StageName) -> str:
    """The pipeline in force does not have the stage any more."""
    return f"Closed: `stagelock.yaml` names no stage {stage} any more."
