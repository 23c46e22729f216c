"""GitHub Actions: its workflow runs are the suites of the scripted CI."""

from __future__ import annotations

from flask import Response, request
from flask.typing import ResponseReturnValue

from app.sandbox.github.payloads import checks as shapes
from app.sandbox.github.payloads.basic import Json
from app.sandbox.serve.rest.base import Routes, get, page, post
from app.sandbox.serve.rest.repos import AT


class Actions(Routes):
    """Workflow runs and their jobs."""

    @get(f"{AT}/actions/runs")
    def runs(self, owner: str, name: str) -> Response:
        repo = self.api.enter(owner, name, actions="read")
        asked = {
            "head_sha": request.args.get("head_sha"),
            "id": request.args.get("check_suite_id", None, int),
            "head_branch": request.args.get("branch"),
        }
        found = [
            suite
            for suite in reversed(list(self.hub.suites.values()))
            if (suite.repo_id, suite.app_id) == (repo.id, self.api.ci.app.id)
            and all(value is None or getattr(suite, key) == value for key, value in asked.items())
        ]
        return page(found, lambda one: shapes.workflow_run(self.hub, repo, one), "workflow_runs")

    @get(f"{AT}/actions/runs/<int:run_id>")
    def one(self, owner: str, name: str, run_id: int) -> Json:
        repo = self.api.enter(owner, name, actions="read")
        return shapes.workflow_run(self.hub, repo, self.api.ci.suite(repo, run_id))

    @get(f"{AT}/actions/runs/<int:run_id>/jobs")
    def jobs(self, owner: str, name: str, run_id: int) -> Response:
        repo = self.api.enter(owner, name, actions="read")
        suite = self.api.ci.suite(repo, run_id)
        runs = [r for r in list(self.hub.runs.values()) if r.suite_id == suite.id]
        if request.args.get("filter", "latest") == "latest":
            runs = list({run.name: run for run in runs}.values())
        return page(runs, lambda run: shapes.job(self.hub, repo, run), "jobs")

    @post(f"{AT}/actions/runs/<int:run_id>/rerun", failed_only=False)
    @post(f"{AT}/actions/runs/<int:run_id>/rerun-failed-jobs", failed_only=True)
    def rerun(
        self, owner: str, name: str, run_id: int, *, failed_only: bool
    ) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, actions="write")
        self.api.ci.rerun(repo, run_id, failed_only=failed_only)
        return {}, 201

    @post(f"{AT}/actions/runs/<int:run_id>/cancel")
    def cancel(self, owner: str, name: str, run_id: int) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, actions="write")
        self.api.ci.cancel(repo, run_id)
        return {}, 202
