"""Check runs and commit statuses: who may write them, and what follows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.sandbox.github import check_rules, events, suites
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import App, Refusal, Repo, Run, Status, Suite, User
from app.sandbox.github.payloads import checks, commits
from app.sandbox.github.payloads.basic import stamp

STATES = ("error", "failure", "pending", "success")


def create(
    hub: Hub, repo: Repo, app: App, fields: dict[str, Any], suite: Suite | None = None
) -> Run:
    """
    Make a check run from the body of `POST /check-runs`. Never idempotent, as on GitHub.

    Without *suite* it joins the App's suite on that commit.
    Raises Refusal 422 for a body that GitHub refuses, or a commit that is not there.
    """
    check_rules.validate(fields, creating=True)
    sha = str(fields["head_sha"])
    with hub.lock:
        if len(sha) != 40 or hub.git(repo).resolve(sha) is None:
            raise Refusal(422, f"No commit found for SHA: {sha}")
        suite = suite or suites.ensure(hub, repo, app, sha)
        was, _ = checks.state_of(hub, suite)
        run = Run(hub.next_id(), repo.id, app.id, suite.id, sha, str(fields["name"]))
        hub.runs[run.id] = run
        suite.requested = False
        _apply(hub, run, fields)
        send(hub, repo, run, "created", app.bot)
        if run.status == "completed":
            send(hub, repo, run, "completed", app.bot)
        suites.settle(hub, repo, suite, "queued" if was == "completed" else was, app.bot)
        hub.touch()
        return run


def update(hub: Hub, repo: Repo, app: App, run_id: int, fields: dict[str, Any]) -> Run:
    """
    Change a run as `PATCH /check-runs/{id}` does.

    Refusal 403 when another App made it; 422 for a completed run that shall begin again
    (GitHub keeps it completed or answers with confusion; here it is an error, so that it shows).
    """
    with hub.lock:
        run = find(hub, repo, run_id)
        if run.app_id != app.id:
            only = "check run can only be modified by the GitHub App that created it."
            raise Refusal(403, f"Invalid app_id `{app.id}` - {only}")
        check_rules.validate(fields, creating=False)
        status = fields.get("status")
        if (
            run.status == "completed"
            and "conclusion" not in fields
            and status
            not in (
                None,
                "completed",
            )
        ):
            raise Refusal(422, "Invalid request.", ["a completed check run does not reopen"])
        suite = hub.suites[run.suite_id]
        was, _ = checks.state_of(hub, suite)
        before = run.status
        suite.requested = False
        _apply(hub, run, fields)
        if run.status == "completed" and before != "completed":
            send(hub, repo, run, "completed", app.bot)
        suites.settle(hub, repo, suite, was, app.bot)
        hub.touch()
        return run


def _time(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))


def _apply(hub: Hub, run: Run, fields: dict[str, Any]) -> None:
    for name in ("name", "external_id", "details_url"):
        if fields.get(name) is not None:
            setattr(run, name, str(fields[name]))
    if "conclusion" in fields or fields.get("completed_at"):
        run.status, run.conclusion = "completed", fields.get("conclusion")
    elif fields.get("status") is not None:
        run.status = str(fields["status"])
    if fields.get("started_at") is not None:
        run.started_at = _time(fields["started_at"])
    if run.started_at is None:
        run.started_at = hub.now()
    if run.status == "completed":
        run.completed_at = _time(fields.get("completed_at")) or run.completed_at or hub.now()
    output = fields.get("output")
    if output is not None:
        for name in ("title", "summary", "text"):
            if name in output:
                setattr(run, name, output[name])
        run.annotations += output.get("annotations", [])
    if "actions" in fields:
        run.actions = list(fields["actions"])


def find(hub: Hub, repo: Repo, run_id: int) -> Run:
    run = hub.runs.get(run_id)
    if run is None or run.repo_id != repo.id:
        raise Refusal(404, "Not Found")
    return run


def send(
    hub: Hub,
    repo: Repo,
    run: Run,
    action: str,
    sender: User,
    only_app: int | None = None,
    **more: Any,
) -> None:
    """Send `check_run` with that action."""
    shown = checks.run(hub, repo, run, webhook=True)
    body = {"action": action, "check_run": shown, **more}
    events.emit(hub, repo, "check_run", body, sender, only_app)


def press(hub: Hub, repo: Repo, run_id: int, identifier: str, by: User) -> None:
    """
    Press a button of a run. GitHub shows them on completed runs only.

    Refusal 422 for a run that has not completed, or a button that it does not have.
    """
    with hub.lock:
        run = find(hub, repo, run_id)
        if run.status != "completed":
            raise Refusal(422, f'Buttons appear once "{run.name}" has completed')
        if identifier not in {action["identifier"] for action in run.actions}:
            raise Refusal(422, f'"{run.name}" has no button "{identifier}"')
        asked = {"identifier": identifier}
        send(hub, repo, run, "requested_action", by, run.app_id, requested_action=asked)


def rerequest(hub: Hub, repo: Repo, run_id: int, by: User) -> Run:
    """Ask a run's App to run it again: its suite turns queued, the run stays as it is."""
    with hub.lock:
        run = find(hub, repo, run_id)
        hub.suites[run.suite_id].requested = True
        send(hub, repo, run, "rerequested", by, run.app_id)
        hub.touch()
        return run


def set_status(hub: Hub, repo: Repo, sha: str, fields: dict[str, Any], by: User) -> Status:
    """Add a commit status, as `POST /statuses/{sha}` does; Refusal 422 for a wrong one."""
    state = fields.get("state")
    description = fields.get("description")
    if state not in STATES:
        raise Refusal(422, "Validation Failed", [_bad("state", "invalid")])
    if description is not None and len(description) > 140:
        raise Refusal(422, "Validation Failed", [_bad("description", "too_long")])
    with hub.lock:
        info = hub.git(repo).resolve(sha)
        if info != sha:
            raise Refusal(422, f"No commit found for SHA: {sha}")
        context = str(fields.get("context") or "default")
        target, now = fields.get("target_url"), hub.now()
        made = Status(hub.next_id(), repo.id, sha, context, state, description, target, by, now)
        hub.statuses.append(made)
        events.emit(hub, repo, "status", _status_event(hub, repo, made), by)
        hub.touch()
        return made


def _bad(field: str, code: str) -> dict[str, str]:
    return {"resource": "Status", "code": code, "field": field}


def _status_event(hub: Hub, repo: Repo, status: Status) -> dict[str, Any]:
    git = hub.git(repo)
    holding = [(n, tip) for n, tip in git.branches().items() if git.contains(tip, status.sha)]
    return {
        "id": status.id,
        "sha": status.sha,
        "name": repo.full_name,
        "avatar_url": None,
        "target_url": status.target_url,
        "context": status.context,
        "description": status.description,
        "state": status.state,
        "commit": commits.commit(hub, repo, git.commit(status.sha)),
        "branches": [commits.branch(hub, repo, name, tip) for name, tip in holding[:10]],
        "created_at": stamp(status.created_at),
        "updated_at": stamp(status.created_at),
    }
