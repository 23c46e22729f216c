"""GitHub Actions: its workflow runs are the suites of the scripted CI."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.sandbox.payloads import checks as shapes
from app.sandbox.payloads.basic import Json
from app.sandbox.rest.base import Api, page
from app.sandbox.rest.repos import AT


def routes(api: Api) -> Blueprint:
    bp = Blueprint("actions", __name__)
    hub, ci = api.hub, api.ci

    @bp.get(f"{AT}/actions/runs")
    def runs(owner: str, name: str) -> Response:
        repo = api.enter(owner, name, actions="read")
        asked = {
            "head_sha": request.args.get("head_sha"),
            "id": request.args.get("check_suite_id", None, int),
            "head_branch": request.args.get("branch"),
        }
        found = [
            suite
            for suite in reversed(list(hub.suites.values()))
            if (suite.repo_id, suite.app_id) == (repo.id, ci.app.id)
            and all(value is None or getattr(suite, key) == value for key, value in asked.items())
        ]
        return page(found, lambda one: shapes.workflow_run(hub, repo, one), "workflow_runs")

    @bp.get(f"{AT}/actions/runs/<int:run_id>")
    def one(owner: str, name: str, run_id: int) -> Json:
        repo = api.enter(owner, name, actions="read")
        return shapes.workflow_run(hub, repo, ci.suite(repo, run_id))

    @bp.get(f"{AT}/actions/runs/<int:run_id>/jobs")
    def jobs(owner: str, name: str, run_id: int) -> Response:
        repo = api.enter(owner, name, actions="read")
        suite = ci.suite(repo, run_id)
        runs = [r for r in list(hub.runs.values()) if r.suite_id == suite.id]
        if request.args.get("filter", "latest") == "latest":
            runs = list({run.name: run for run in runs}.values())
        return page(runs, lambda run: shapes.job(hub, repo, run), "jobs")

    @bp.post(f"{AT}/actions/runs/<int:run_id>/rerun", defaults={"failed_only": False})
    @bp.post(f"{AT}/actions/runs/<int:run_id>/rerun-failed-jobs", defaults={"failed_only": True})
    def rerun(owner: str, name: str, run_id: int, *, failed_only: bool) -> ResponseReturnValue:
        repo = api.enter(owner, name, actions="write")
        ci.rerun(repo, run_id, failed_only=failed_only)
        return {}, 201

    @bp.post(f"{AT}/actions/runs/<int:run_id>/cancel")
    def cancel(owner: str, name: str, run_id: int) -> ResponseReturnValue:
        repo = api.enter(owner, name, actions="write")
        ci.cancel(repo, run_id)
        return {}, 202

    return bp
