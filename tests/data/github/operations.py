"""``rest.json``: the requests and answers of the REST operations that the sandbox and the App use."""

from __future__ import annotations

from typing import Any

from tests.data.github.schemas import bare, closure, content, corrected, resolved

OPERATIONS = [
    "apps/get-authenticated",
    "apps/list-installations",
    "apps/get-installation",
    "apps/create-installation-access-token",
    "apps/list-repos-accessible-to-installation",
    "apps/get-webhook-config-for-app",
    "apps/list-webhook-deliveries",
    "apps/get-webhook-delivery",
    "apps/redeliver-webhook-delivery",
    "rate-limit/get",
    "repos/get",
    "repos/get-branch",
    "repos/get-branch-rules",
    "repos/get-branch-protection",
    "repos/get-all-environments",
    "repos/get-commit",
    "repos/list-pull-requests-associated-with-commit",
    "repos/get-content",
    "repos/list-commit-statuses-for-ref",
    "repos/get-combined-status-for-ref",
    "repos/create-commit-status",
    "repos/get-collaborator-permission-level",
    "git/get-ref",
    "git/delete-ref",
    "git/list-matching-refs",
    "checks/create",
    "checks/get",
    "checks/update",
    "checks/list-for-ref",
    "checks/list-for-suite",
    "checks/list-annotations",
    "checks/rerequest-run",
    "checks/list-suites-for-ref",
    "checks/get-suite",
    "checks/rerequest-suite",
    "pulls/list",
    "pulls/get",
    "pulls/create",
    "pulls/update",
    "pulls/merge",
    "pulls/list-files",
    "pulls/list-reviews",
    "pulls/update-branch",
    "issues/list-comments",
    "issues/list-comments-for-repo",
    "issues/create-comment",
    "issues/get-comment",
    "issues/update-comment",
    "repos/list-commit-comments-for-repo",
    "repos/list-comments-for-commit",
    "repos/create-commit-comment",
    "repos/get-commit-comment",
    "repos/update-commit-comment",
    "reactions/create-for-issue-comment",
    "reactions/list-for-issue-comment",
    "issues/list-events",
    "reactions/create-for-commit-comment",
    "reactions/list-for-commit-comment",
    "actions/list-workflow-runs-for-repo",
    "actions/get-workflow-run",
    "actions/list-jobs-for-workflow-run",
    "actions/re-run-workflow-failed-jobs",
    "actions/cancel-workflow-run",
    "actions/list-jobs-for-workflow-run-attempt",
    "actions/get-pending-deployments-for-run",
    "actions/review-custom-gates-for-run",
    "actions/create-workflow-dispatch",
    "actions/list-workflow-runs",
    "repos/get-all-deployment-protection-rules",
    "repos/list-deployments",
    "repos/list-deployment-statuses",
    "teams/get-by-name",
    "teams/get-membership-for-user-in-org",
    "users/get-by-id",
    "users/get-by-username",
    "repos/list-commits",
    "repos/get-repo-rulesets",
    "repos/get-repo-ruleset",
    "repos/create-repo-ruleset",
    "repos/update-repo-ruleset",
]


def removals(kept: dict[str, Any], components: dict[str, Any]) -> dict[str, dict[str, list[str]]]:
    """Version -> schema -> the properties that this version of the API removed from it."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in kept.get("schemas", {}):
        for change in components["schemas"][name].get("x-github-breaking-changes", ()):
            patch = change["patch"]
            gone = patch.get("properties", {}) if isinstance(patch, dict) else {}
            names = sorted(key for key, value in gone.items() if value is None)
            if names:
                found.setdefault(change["version"], {}).setdefault(name, []).extend(names)
    return found


def rest(document: dict[str, Any]) -> dict[str, Any]:
    operations = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method == "parameters" or operation["operationId"] not in OPERATIONS:
                continue
            answers = {
                status: bare(content(resolved(answer, document)))
                for status, answer in operation["responses"].items()
            }
            operations[operation["operationId"]] = {
                "method": method.upper(),
                "path": path,
                "request": bare(content(operation.get("requestBody", {}))),
                "answers": answers,
            }
    corrected(operations)
    missing = set(OPERATIONS) - set(operations)
    assert not missing, missing
    components = closure(operations, document["components"])
    corrected(components)
    removed = removals(components, document["components"])
    return {"operations": operations, "components": components, "removed": removed}
