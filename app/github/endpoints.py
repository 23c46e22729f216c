"""Every REST call we make: method, path, the permission it needs, whether it creates content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

Method = Literal["GET", "POST", "PATCH", "PUT"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One REST endpoint, as documented at https://docs.github.com/rest."""

    method: Method
    path: str
    """Below the API's address; its parts in braces are filled."""
    permission: str = ""
    """``name:level``; "": the App's own key opens it."""
    creates: bool = False
    """A call counts as content creation in GitHub's secondary limits."""

    @property
    def name(self) -> str:
        """How logs and metrics call it: ``create_run``."""
        return _NAMES[self]

    def at(self, **parts: object) -> str:
        """The path with its placeholders filled, each quoted as one segment; *path* keeps its /."""
        quoted = {
            name: quote(str(part), safe="/" if name == "path" else "")
            for name, part in parts.items()
        }
        return self.path.format(**quoted)


APP = Endpoint("GET", "/app")
INSTALLATIONS = Endpoint("GET", "/app/installations")
INSTALLATION = Endpoint("GET", "/app/installations/{installation}")
CREATE_TOKEN = Endpoint("POST", "/app/installations/{installation}/access_tokens")
HOOK_CONFIG = Endpoint("GET", "/app/hook/config")
DELIVERIES = Endpoint("GET", "/app/hook/deliveries")
DELIVERY = Endpoint("GET", "/app/hook/deliveries/{delivery}")
REDELIVER = Endpoint("POST", "/app/hook/deliveries/{delivery}/attempts")

RATE_LIMIT = Endpoint("GET", "/rate_limit", "metadata:read")
REPOSITORIES = Endpoint("GET", "/installation/repositories", "metadata:read")
REPOSITORY_BY_ID = Endpoint("GET", "/repositories/{id}", "metadata:read")
REPOSITORY = Endpoint("GET", "/repos/{owner}/{repo}", "metadata:read")
BRANCH = Endpoint("GET", "/repos/{owner}/{repo}/branches/{branch}", "contents:read")
BRANCH_RULES = Endpoint("GET", "/repos/{owner}/{repo}/rules/branches/{branch}", "metadata:read")
RULESET = Endpoint("GET", "/repos/{owner}/{repo}/rulesets/{ruleset}", "metadata:read")
ENVIRONMENTS = Endpoint("GET", "/repos/{owner}/{repo}/environments", "actions:read")
PERMISSION = Endpoint(
    "GET", "/repos/{owner}/{repo}/collaborators/{login}/permission", "metadata:read"
)
USER = Endpoint("GET", "/users/{login}", "metadata:read")
USER_BY_ID = Endpoint("GET", "/user/{account}", "metadata:read")
MEMBERSHIP = Endpoint("GET", "/orgs/{owner}/teams/{team}/memberships/{login}", "members:read")
COMMITS = Endpoint("GET", "/repos/{owner}/{repo}/commits", "contents:read")
CONTENTS = Endpoint("GET", "/repos/{owner}/{repo}/contents/{path}", "contents:read")

CHECK_RUNS = Endpoint("GET", "/repos/{owner}/{repo}/commits/{sha}/check-runs", "checks:read")
CHECK_SUITES = Endpoint("GET", "/repos/{owner}/{repo}/commits/{sha}/check-suites", "checks:read")
STATUSES = Endpoint("GET", "/repos/{owner}/{repo}/commits/{sha}/statuses", "statuses:read")
RUN = Endpoint("GET", "/repos/{owner}/{repo}/check-runs/{run}", "checks:read")
CREATE_RUN = Endpoint("POST", "/repos/{owner}/{repo}/check-runs", "checks:write", creates=True)
UPDATE_RUN = Endpoint("PATCH", "/repos/{owner}/{repo}/check-runs/{run}", "checks:write")
REREQUEST = Endpoint("POST", "/repos/{owner}/{repo}/check-runs/{run}/rerequest", "checks:write")

WORKFLOW_RUNS = Endpoint("GET", "/repos/{owner}/{repo}/actions/runs", "actions:read")
WORKFLOW_RUN = Endpoint("GET", "/repos/{owner}/{repo}/actions/runs/{run}", "actions:read")
STARTED_RUNS = Endpoint(
    "GET", "/repos/{owner}/{repo}/actions/workflows/{file}/runs", "actions:read"
)
START_WORKFLOW = Endpoint(
    "POST", "/repos/{owner}/{repo}/actions/workflows/{file}/dispatches", "actions:write"
)
JOBS = Endpoint(
    "GET", "/repos/{owner}/{repo}/actions/runs/{run}/attempts/{attempt}/jobs", "actions:read"
)
PENDING_DEPLOYMENTS = Endpoint(
    "GET", "/repos/{owner}/{repo}/actions/runs/{run}/pending_deployments", "actions:read"
)
PROTECTION_RULES = Endpoint(
    "GET",
    "/repos/{owner}/{repo}/environments/{environment}/deployment_protection_rules",
    "actions:read",
)
DEPLOYMENTS = Endpoint("GET", "/repos/{owner}/{repo}/deployments", "deployments:read")
DEPLOYMENT_STATUSES = Endpoint(
    "GET", "/repos/{owner}/{repo}/deployments/{deployment}/statuses", "deployments:read"
)
REVIEW_JOBS = Endpoint(
    "POST",
    "/repos/{owner}/{repo}/actions/runs/{run}/deployment_protection_rule",
    "deployments:write",
)
RERUN_FAILED = Endpoint(
    "POST", "/repos/{owner}/{repo}/actions/runs/{run}/rerun-failed-jobs", "actions:write"
)
CANCEL_RUN = Endpoint("POST", "/repos/{owner}/{repo}/actions/runs/{run}/cancel", "actions:write")

PULLS = Endpoint("GET", "/repos/{owner}/{repo}/pulls", "pull_requests:read")
PULL = Endpoint("GET", "/repos/{owner}/{repo}/pulls/{number}", "pull_requests:read")
PULLS_OF = Endpoint("GET", "/repos/{owner}/{repo}/commits/{sha}/pulls", "pull_requests:read")
CREATE_PULL = Endpoint("POST", "/repos/{owner}/{repo}/pulls", "pull_requests:write", creates=True)
UPDATE_PULL = Endpoint("PATCH", "/repos/{owner}/{repo}/pulls/{number}", "pull_requests:write")
MERGE_PULL = Endpoint("PUT", "/repos/{owner}/{repo}/pulls/{number}/merge", "contents:write")
ISSUE_EVENTS = Endpoint("GET", "/repos/{owner}/{repo}/issues/{number}/events", "pull_requests:read")
REVIEWS = Endpoint("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews", "pull_requests:read")

ISSUE_COMMENTS = Endpoint("GET", "/repos/{owner}/{repo}/issues/comments", "issues:read")
PULL_COMMENTS = Endpoint("GET", "/repos/{owner}/{repo}/issues/{number}/comments", "issues:read")
ISSUE_COMMENT = Endpoint("GET", "/repos/{owner}/{repo}/issues/comments/{comment}", "issues:read")
CREATE_ISSUE_COMMENT = Endpoint(
    "POST", "/repos/{owner}/{repo}/issues/{number}/comments", "issues:write", creates=True
)
UPDATE_ISSUE_COMMENT = Endpoint(
    "PATCH", "/repos/{owner}/{repo}/issues/comments/{comment}", "issues:write"
)
REACT_ISSUE_COMMENT = Endpoint(
    "POST",
    "/repos/{owner}/{repo}/issues/comments/{comment}/reactions",
    "issues:write",
    creates=True,
)
COMMIT_COMMENTS = Endpoint("GET", "/repos/{owner}/{repo}/comments", "contents:read")
COMMIT_COMMENT = Endpoint("GET", "/repos/{owner}/{repo}/comments/{comment}", "contents:read")
CREATE_COMMIT_COMMENT = Endpoint(
    "POST", "/repos/{owner}/{repo}/commits/{sha}/comments", "contents:write", creates=True
)
UPDATE_COMMIT_COMMENT = Endpoint(
    "PATCH", "/repos/{owner}/{repo}/comments/{comment}", "contents:write"
)
REACT_COMMIT_COMMENT = Endpoint(
    "POST", "/repos/{owner}/{repo}/comments/{comment}/reactions", "contents:write", creates=True
)

ENDPOINTS: tuple[Endpoint, ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
"""All of the above: the client calls nothing else."""

_NAMES = {
    value: name.lower() for name, value in globals().copy().items() if isinstance(value, Endpoint)
}
