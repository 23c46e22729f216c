"""Which webhook events we listen to, and what each makes worth looking at."""

from __future__ import annotations

from collections.abc import Mapping

ANY = frozenset({""})
"""The event has no actions."""

LISTENED: Mapping[str, frozenset[str]] = {
    "push": ANY,
    "create": ANY,
    "delete": ANY,
    "status": ANY,
    "check_run": frozenset({"created", "completed", "rerequested", "requested_action"}),
    "check_suite": frozenset({"completed", "requested", "rerequested"}),
    "pull_request": frozenset(
        {
            "opened",
            "reopened",
            "synchronize",
            "edited",
            "closed",
            "ready_for_review",
            "converted_to_draft",
            "review_requested",
            "review_request_removed",
            "dequeued",
            "enqueued",
        }
    ),
    "pull_request_review": frozenset({"submitted", "edited", "dismissed"}),
    "issue_comment": frozenset({"created"}),
    "commit_comment": frozenset({"created"}),
    "merge_group": frozenset({"checks_requested", "destroyed"}),
    "repository": frozenset(
        {
            "created",
            "renamed",
            "transferred",
            "edited",
            "deleted",
            "archived",
            "unarchived",
            "privatized",
            "publicized",
        }
    ),
    "deployment_protection_rule": frozenset({"requested"}),
    "workflow_job": frozenset({"completed"}),
    "workflow_run": frozenset({"requested", "completed"}),
    "installation": frozenset(
        {"created", "deleted", "suspend", "unsuspend", "new_permissions_accepted"}
    ),
    "installation_repositories": frozenset({"added", "removed"}),
}
"""By event, the actions that matter; every other delivery is recorded and ignored."""

OURS: Mapping[str, frozenset[str]] = {
    "check_run": frozenset({"created", "completed"}),
    "check_suite": frozenset({"completed"}),
    "issue_comment": frozenset({"created"}),
    "commit_comment": frozenset({"created"}),
}
"""
By event, the actions that tell us only what we did ourselves, where the run, suite or comment is
ours. What a person asks for at a run of ours is not among them.
"""
OF_GITHUB = "stale"
"""A conclusion that GitHub gives, after 14 days, to a run that we never ended."""

OF_INSTALLATIONS = frozenset({"installation", "installation_repositories"})

SWEEP = "sweep"
"""The work key of the sweep over all installations."""


def repo_key(repo_id: int) -> str:
    """The work key of a repository."""
    return f"repo-{repo_id}"


def services_key(repo_id: int) -> str:
    """The work key of what a repository has at external lock services."""
    return f"services-{repo_id}"


def installation_key(installation_id: int) -> str:
    """The work key of an installation."""
    return f"installation-{installation_id}"


def id_in(key: str) -> int:
    """The number in ``repo-<id>`` or ``installation-<id>``."""
    return int(key.rpartition("-")[2])


def is_echo(event: str, action: str, conclusion: str) -> bool:
    """
    Whether a delivery about a run, suite or comment of our own tells only what we did ourselves.

    Each write would make the next look necessary otherwise: a look, seven calls and a fetch, for
    nothing but what it has just written.
    """
    return action in OURS.get(event, frozenset()) and conclusion != OF_GITHUB


def dirty_key(
    event: str, action: str, repo_id: int | None, installation_id: int | None
) -> str | None:
    """What a delivery makes worth looking at; None: nothing, it is to be ignored."""
    if action not in LISTENED.get(event, frozenset()):
        return None
    if event in OF_INSTALLATIONS:
        return None if installation_id is None else installation_key(installation_id)
    return None if repo_id is None else repo_key(repo_id)
