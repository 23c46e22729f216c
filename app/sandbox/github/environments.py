"""
Environments with deployment protection rules that are Apps: jobs wait there for their answers.

https://docs.github.com/actions/how-tos/deploy/configure-and-manage-deployments/create-custom-protection-rules
"""

from __future__ import annotations

from collections.abc import Iterator

from app.sandbox.github import events
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import App, Deployment, Leave, Refusal, Repo, Run, Suite
from app.sandbox.github.payloads import deployments as shapes

LONGEST = 1024
STATES = {"success": "success", "cancelled": "inactive"}
"""What becomes of the deployment of a job that ended so; of others: failure."""


def arrive(hub: Hub, repo: Repo, run: Run, environment: str) -> Deployment:
    """A job comes to an environment: its deployment, and each App that guards it is asked."""
    suite = hub.suites[run.suite_id]
    ref, now = suite.head_branch or run.head_sha, hub.now()
    asked = set(_guards(repo, environment))
    made = Deployment(
        hub.next_id(), repo.id, suite.id, run.id, run.head_sha, ref, environment, now, asked=asked
    )
    hub.deployments[made.id] = made
    for app in asked:
        shown = shapes.deployment(hub, repo, made)
        callback = f"{hub.api}/repos/{repo.full_name}/actions/runs/{suite.id}"
        body = {
            "action": "requested",
            "environment": environment,
            "event": suite.event,
            "deployment_callback_url": f"{callback}/deployment_protection_rule",
            "deployment": shown,
            "pull_requests": [],
        }
        events.emit(hub, repo, "deployment_protection_rule", body, repo.owner, app)
    return made


def _guards(repo: Repo, environment: str) -> set[int]:
    """Case is nothing in the name of an environment."""
    guards = (apps for name, apps in repo.guarded.items() if name.lower() == environment.lower())
    return set().union(*guards)


def moved(hub: Hub, run: Run, state: str) -> None:
    """The job of a deployment began or ended."""
    for deployment in of_job(hub, run):
        deployment.states.append((hub.next_id(), state, hub.now()))


def of_job(hub: Hub, run: Run) -> Iterator[Deployment]:
    """The deployments of a job: at most one."""
    return (
        deployment for deployment in list(hub.deployments.values()) if deployment.run_id == run.id
    )


def waiting(hub: Hub, suite: Suite) -> list[Deployment]:
    """The deployments of a run that wait for an answer."""
    mine = (
        deployment
        for deployment in list(hub.deployments.values())
        if deployment.suite_id == suite.id
    )
    return [
        deployment
        for deployment in mine
        if deployment.asked and hub.runs[deployment.run_id].status == "waiting"
    ]


def review(
    hub: Hub, app: App, suite: Suite, environment: str, state: str, comment: str
) -> list[Deployment]:
    """
    An App answers, or ("") only comments; those that nothing keeps any more. Refusal 422 where
    nothing waits there for it, or for what GitHub does not take.
    """
    if state not in {"", "approved", "rejected"} or (not state and not comment):
        raise Refusal(422, "Invalid request.", ["state is approved or rejected"])
    if len(comment) > LONGEST:
        raise Refusal(422, "Validation Failed", ["comment is too long"])
    there = [o for o in waiting(hub, suite) if o.environment.lower() == environment.lower()]
    mine = [deployment for deployment in there if app.id in deployment.asked]
    if not mine:
        raise Refusal(422, "No pending deployment requests to approve or reject")
    hub.leaves.append(Leave(app.id, suite.id, environment, state, comment))
    for deployment in mine if state else ():
        deployment.asked.discard(app.id)
    return [
        deployment for deployment in mine if state == "rejected" or (state and not deployment.asked)
    ]
