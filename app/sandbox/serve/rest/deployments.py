"""Deployments, and which Apps guard an environment."""

from __future__ import annotations

from flask import Response, request

from app.sandbox.github.model import Refusal
from app.sandbox.github.payloads import deployments as shapes
from app.sandbox.serve.rest.base import Routes, get, page
from app.sandbox.serve.rest.repos import AT


class Deployments(Routes):
    """Newest first, as GitHub lists them."""

    @get(f"{AT}/deployments")
    def deployments(self, owner: str, name: str) -> Response:
        repo = self.api.enter(owner, name, deployments="read")
        sha, environment = request.args.get("sha"), request.args.get("environment")
        deployments = [
            deployment
            for deployment in reversed(list(self.hub.deployments.values()))
            if deployment.repo_id == repo.id
            and sha in (None, deployment.sha)
            and environment in (None, deployment.environment)
        ]
        return page(deployments, lambda deployment: shapes.deployment(self.hub, repo, deployment))

    @get(f"{AT}/deployments/<int:number>/statuses")
    def statuses(self, owner: str, name: str, number: int) -> Response:
        repo = self.api.enter(owner, name, deployments="read")
        deployment = self.hub.deployments.get(number)
        if deployment is None or deployment.repo_id != repo.id:
            raise Refusal(404, "Not Found")
        newest = list(reversed(deployment.states))
        return page(newest, lambda state: shapes.status(self.hub, repo, deployment, state))

    @get(f"{AT}/environments/<path:environment>/deployment_protection_rules")
    def rules(self, owner: str, name: str, environment: str) -> Response:
        repo = self.api.enter(owner, name, actions="read")
        apps = [self.hub.apps[app] for app in sorted(repo.guarded.get(environment, ()))]
        key = "custom_deployment_protection_rules"
        return page(apps, lambda app: shapes.rule(self.hub, app), key)
