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
        found = [
            one
            for one in reversed(list(self.hub.deployments.values()))
            if one.repo_id == repo.id
            and sha in (None, one.sha)
            and environment in (None, one.environment)
        ]
        return page(found, lambda one: shapes.deployment(self.hub, repo, one))

    @get(f"{AT}/deployments/<int:number>/statuses")
    def statuses(self, owner: str, name: str, number: int) -> Response:
        repo = self.api.enter(owner, name, deployments="read")
        one = self.hub.deployments.get(number)
        if one is None or one.repo_id != repo.id:
            raise Refusal(404, "Not Found")
        newest = list(reversed(one.states))
        return page(newest, lambda state: shapes.status(self.hub, repo, one, state))

    @get(f"{AT}/environments/<path:environment>/deployment_protection_rules")
    def rules(self, owner: str, name: str, environment: str) -> Response:
        repo = self.api.enter(owner, name, actions="read")
        apps = [self.hub.apps[app] for app in sorted(repo.guarded.get(environment, ()))]
        key = "custom_deployment_protection_rules"
        return page(apps, lambda app: shapes.rule(self.hub, app), key)
