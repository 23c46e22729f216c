"""The webhook events that we act on; any other is recorded and ignored."""

from __future__ import annotations

HANDLED_EVENTS: frozenset[str] = frozenset(
    {
        "check_run",
        "check_suite",
        "commit_comment",
        "create",
        "delete",
        "deployment_protection_rule",
        "installation",
        "installation_repositories",
        "issue_comment",
        "merge_group",
        "pull_request",
        "pull_request_review",
        "push",
        "repository",
        "status",
        "workflow_job",
        "workflow_run",
    }
)

ALWAYS_SENT: frozenset[str] = frozenset({"installation", "installation_repositories"})
"""Sent to every App; a manifest must not ask for them."""
