"""Check suites, check runs, and GitHub Actions' view of them."""

from __future__ import annotations

from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Pull, Repo, Run, Suite
from app.sandbox.github.payloads.basic import Json, app, node_id, repository, stamp, user
from app.sandbox.github.payloads.pulls import pull_in_short

WORST = (
    "action_required",
    "failure",
    "timed_out",
    "cancelled",
    "stale",
    "success",
    "neutral",
    "skipped",
)


def state_of(hub: Hub, suite: Suite) -> tuple[str, str | None]:
    """A suite's status and conclusion follow from the newest run of each name in it."""
    newest = {r.name: r for r in list(hub.runs.values()) if r.suite_id == suite.id}.values()
    if suite.requested or not newest:
        return "queued", None
    if any(run.status != "completed" for run in newest):
        going = {run.status for run in newest}
        if going & {"in_progress"} or (going & {"completed"} and going & {"queued"}):
            return "in_progress", None
        return ("queued" if "queued" in going else "waiting"), None
    ended = {run.conclusion for run in newest}
    return "completed", next((word for word in WORST if word in ended), "neutral")


def _heads(hub: Hub, repo: Repo, sha: str) -> list[Pull]:
    """None of a fork: https://docs.github.com/rest/checks/runs."""
    here = (p for p in hub.pulls_of(repo, "open") if p.head_repo_id == repo.id)
    return [p for p in here if p.head_sha == sha]


def suite_in_short(hub: Hub, repo: Repo, check_suite: Suite) -> Json:
    """A suite without its head commit, as check runs in webhooks carry it."""
    status, conclusion = state_of(hub, check_suite)
    url = f"{hub.api}/repos/{repo.full_name}/check-suites/{check_suite.id}"
    return {
        "id": check_suite.id,
        "node_id": node_id("CheckSuite", check_suite.id),
        "head_branch": check_suite.head_branch,
        "head_sha": check_suite.head_sha,
        "status": status,
        "conclusion": conclusion,
        "url": url,
        "before": check_suite.before,
        "after": check_suite.head_sha,
        "pull_requests": [
            pull_in_short(hub, repo, p) for p in _heads(hub, repo, check_suite.head_sha)
        ],
        "app": app(hub, hub.apps[check_suite.app_id]),
        "created_at": stamp(check_suite.created_at),
        "updated_at": stamp(check_suite.updated_at),
        "rerequestable": True,
        "runs_rerequestable": True,
        "latest_check_runs_count": sum(
            r.suite_id == check_suite.id for r in list(hub.runs.values())
        ),
        "check_runs_url": f"{url}/check-runs",
    }


def suite(hub: Hub, repo: Repo, check_suite: Suite) -> Json:
    """A suite as REST and the `check_suite` event show it."""
    head = hub.git(repo).commit(check_suite.head_sha)
    who = [
        {"name": p.name, "email": p.email, "date": stamp(head.authored_at)}
        for p in (head.author, head.committer)
    ]
    return {
        **suite_in_short(hub, repo, check_suite),
        "head_commit": {
            "id": head.sha,
            "tree_id": head.tree,
            "message": head.message,
            "timestamp": stamp(head.committed_at),
            "author": who[0],
            "committer": who[1],
        },
    }


def suite_for_rest(hub: Hub, repo: Repo, check_suite: Suite) -> Json:
    return {**suite(hub, repo, check_suite), "repository": repository(hub, repo)}


def run(hub: Hub, repo: Repo, check_run: Run, *, webhook: bool = False) -> Json:
    """A check run; in REST its suite is an id only, in webhooks an object."""
    api = f"{hub.api}/repos/{repo.full_name}/check-runs/{check_run.id}"
    html = f"{hub.url}/{repo.full_name}/runs/{check_run.id}"
    in_suite = {"id": check_run.suite_id}
    if webhook:
        in_suite = suite_in_short(hub, repo, hub.suites[check_run.suite_id])
    return {
        "id": check_run.id,
        "node_id": node_id("CheckRun", check_run.id),
        "head_sha": check_run.head_sha,
        "external_id": check_run.external_id,
        "url": api,
        "html_url": html,
        "details_url": check_run.details_url or html,
        "status": check_run.status,
        "conclusion": check_run.conclusion,
        "started_at": stamp(check_run.started_at),
        "completed_at": stamp(check_run.completed_at),
        "output": {
            "title": check_run.title,
            "summary": check_run.summary,
            "text": check_run.text,
            "annotations_count": len(check_run.annotations),
            "annotations_url": f"{api}/annotations",
        },
        "name": check_run.name,
        "check_suite": in_suite,
        "app": app(hub, hub.apps[check_run.app_id]),
        "pull_requests": [
            pull_in_short(hub, repo, p) for p in _heads(hub, repo, check_run.head_sha)
        ],
    }


def workflow_run(hub: Hub, repo: Repo, check_suite: Suite) -> Json:
    """The workflow run behind a suite of GitHub Actions; their ids are equal here."""
    status, conclusion = state_of(hub, check_suite)
    url = f"{hub.api}/repos/{repo.full_name}/actions/runs/{check_suite.id}"
    actor = check_suite.actor or repo.owner
    git = hub.git(repo)
    head = git.commit(check_suite.head_sha)
    return {
        "id": check_suite.id,
        "name": "ci",
        "node_id": node_id("WorkflowRun", check_suite.id),
        "check_suite_id": check_suite.id,
        "check_suite_node_id": node_id("CheckSuite", check_suite.id),
        "head_branch": check_suite.head_branch,
        "head_sha": check_suite.head_sha,
        "path": check_suite.path,
        "run_number": 1,
        "run_attempt": check_suite.attempt,
        "display_title": check_suite.title or head.subject,
        "event": check_suite.event,
        "status": status,
        "conclusion": conclusion,
        "workflow_id": 1,
        "url": url,
        "html_url": f"{hub.url}/{repo.full_name}/actions/runs/{check_suite.id}",
        "pull_requests": [
            pull_in_short(hub, repo, p) for p in _heads(hub, repo, check_suite.head_sha)
        ],
        "created_at": stamp(check_suite.created_at),
        "updated_at": stamp(check_suite.updated_at),
        "actor": user(hub, actor),
        "triggering_actor": user(hub, check_suite.again or actor),
        "run_started_at": stamp(check_suite.created_at),
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "check_suite_url": f"{hub.api}/repos/{repo.full_name}/check-suites/{check_suite.id}",
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "previous_attempt_url": None,
        "workflow_url": f"{hub.api}/repos/{repo.full_name}/actions/workflows/1",
        "head_commit": suite(hub, repo, check_suite)["head_commit"],
        "repository": repository(hub, repo),
        "head_repository": repository(hub, repo),
    }


def job(hub: Hub, repo: Repo, check_run: Run) -> Json:
    """The job behind a check run of GitHub Actions; their ids are equal, as on GitHub."""
    api = f"{hub.api}/repos/{repo.full_name}"
    page = f"{hub.url}/{repo.full_name}/actions/runs"
    return {
        "id": check_run.id,
        "run_id": check_run.suite_id,
        "run_url": f"{api}/actions/runs/{check_run.suite_id}",
        "node_id": node_id("CheckRun", check_run.id),
        "head_sha": check_run.head_sha,
        "url": f"{api}/actions/jobs/{check_run.id}",
        "html_url": f"{page}/{check_run.suite_id}/job/{check_run.id}",
        "status": check_run.status,
        "conclusion": check_run.conclusion,
        "created_at": stamp(check_run.started_at or hub.now()),
        "started_at": stamp(check_run.started_at or hub.now()),
        "completed_at": stamp(check_run.completed_at),
        "name": check_run.name,
        "check_run_url": f"{api}/check-runs/{check_run.id}",
        "labels": [],
        "runner_id": None,
        "runner_name": None,
        "runner_group_id": None,
        "runner_group_name": None,
        "workflow_name": "ci",
        "head_branch": hub.suites[check_run.suite_id].head_branch,
        "run_attempt": check_run.attempt,
        "steps": [],
    }


def workflow(hub: Hub, repo: Repo, check_suite: Suite) -> Json:
    """The workflow that a run is of, as the `workflow_run` event carries it."""
    name = check_suite.path.rpartition("/")[2]
    page = f"{hub.url}/{repo.full_name}"
    return {
        "id": 1,
        "node_id": node_id("Workflow", 1),
        "name": "ci",
        "path": check_suite.path,
        "state": "active",
        "created_at": stamp(repo.created_at),
        "updated_at": stamp(repo.created_at),
        "url": f"{hub.api}/repos/{repo.full_name}/actions/workflows/1",
        "html_url": f"{page}/blob/{repo.default_branch}/{check_suite.path}",
        "badge_url": f"{page}/workflows/{name}/badge.svg",
    }
