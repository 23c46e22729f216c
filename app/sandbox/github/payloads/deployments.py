"""Deployments, their statuses, and what waits at environments."""

from __future__ import annotations

from datetime import datetime

from app.sandbox.github.hub import Hub
from app.sandbox.github.model import App, Deployment, Repo
from app.sandbox.github.payloads.basic import Json, node_id, stamp, user


def deployment(hub: Hub, repo: Repo, deployed: Deployment) -> Json:
    api = f"{hub.api}/repos/{repo.full_name}"
    url = f"{api}/deployments/{deployed.id}"
    return {
        "url": url,
        "id": deployed.id,
        "node_id": node_id("Deployment", deployed.id),
        "task": "deploy",
        "original_environment": deployed.environment,
        "environment": deployed.environment,
        "description": None,
        "created_at": stamp(deployed.created_at),
        "updated_at": stamp(deployed.states[-1][2] if deployed.states else deployed.created_at),
        "statuses_url": f"{url}/statuses",
        "repository_url": api,
        "creator": user(hub, repo.owner),
        "sha": deployed.sha,
        "ref": deployed.ref,
        "payload": {},
        "transient_environment": False,
        "production_environment": False,
        "performed_via_github_app": None,
    }


def status(hub: Hub, repo: Repo, deployed: Deployment, state: tuple[int, str, datetime]) -> Json:
    number, word, at = state
    api = f"{hub.api}/repos/{repo.full_name}"
    url = f"{api}/deployments/{deployed.id}"
    job = f"{hub.url}/{repo.full_name}/actions/runs/{deployed.suite_id}/job/{deployed.run_id}"
    return {
        "url": f"{url}/statuses/{number}",
        "id": number,
        "node_id": node_id("DeploymentStatus", number),
        "state": word,
        "creator": user(hub, repo.owner),
        "description": "",
        "environment": deployed.environment,
        "target_url": job,
        "log_url": job,
        "environment_url": "",
        "created_at": stamp(at),
        "updated_at": stamp(at),
        "deployment_url": url,
        "repository_url": api,
        "performed_via_github_app": None,
    }


def pending(hub: Hub, repo: Repo, name: str) -> Json:
    return {
        "environment": {
            "id": 1,
            "node_id": node_id("Environment", name),
            "name": name,
            "url": f"{hub.api}/repos/{repo.full_name}/environments/{name}",
            "html_url": f"{hub.url}/{repo.full_name}/deployments/activity_log?environment={name}",
        },
        "wait_timer": 0,
        "wait_timer_started_at": None,
        "current_user_can_approve": False,
        "reviewers": [],
    }


def rule(hub: Hub, app: App) -> Json:
    return {
        "id": app.id,
        "node_id": node_id("GateRule", app.id),
        "enabled": True,
        "app": {
            "id": app.id,
            "slug": app.slug,
            "integration_url": f"{hub.api}/apps/{app.slug}",
            "node_id": node_id("App", app.id),
        },
    }
