"""What Apps are told of workflow runs and their jobs."""

from __future__ import annotations

from app.sandbox.github import events
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Repo, Run, Suite
from app.sandbox.github.payloads import checks as shapes
from app.sandbox.github.payloads import deployments


def job(hub: Hub, repo: Repo, run: Run, action: str) -> None:
    """`workflow_job`: waiting, queued, in_progress, completed."""
    there = (
        deployment for deployment in list(hub.deployments.values()) if deployment.run_id == run.id
    )
    shown = [deployments.deployment(hub, repo, deployment) for deployment in there]
    body = {"action": action, "workflow_job": shapes.job(hub, repo, run)}
    told = {**body, "deployment": shown[0]} if shown else body
    events.emit(hub, repo, "workflow_job", told, repo.owner)


def run(hub: Hub, repo: Repo, suite: Suite, action: str) -> None:
    """`workflow_run`: requested, in_progress, completed."""
    body = {
        "action": action,
        "workflow_run": shapes.workflow_run(hub, repo, suite),
        "workflow": shapes.workflow(hub, repo, suite),
    }
    events.emit(hub, repo, "workflow_run", body, repo.owner)
