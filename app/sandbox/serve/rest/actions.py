"""GitHub Actions: its workflow runs are the suites of the scripted CI."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from app.sandbox.github import environments, workflow_starts
from app.sandbox.github.ci import Review
from app.sandbox.github.model import Refusal
from app.sandbox.github.payloads import checks as shapes
from app.sandbox.github.payloads import deployments
from app.sandbox.github.payloads.basic import Json
from app.sandbox.github.versions import OLDEST
from app.sandbox.serve.rest.base import Routes, body, get, page, post
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
            "event": request.args.get("event"),
        }
        status = request.args.get("status")
        suites = [
            suite
            for suite in reversed(list(self.hub.suites.values()))
            if (suite.repo_id, suite.app_id) == (repo.id, self.api.ci.app.id)
            and all(value is None or getattr(suite, key) == value for key, value in asked.items())
            and status in (None, *shapes.state_of(self.hub, suite))
        ]
        return page(
            suites, lambda suite: shapes.workflow_run(self.hub, repo, suite), "workflow_runs"
        )

    @get(f"{AT}/actions/workflows/<file>/runs")
    def runs_of(self, owner: str, name: str, file: str) -> Response:
        repo = self.api.enter(owner, name, actions="read")
        workflow_starts.on_default_branch(self.hub, repo, file)
        branch, event = request.args.get("branch"), request.args.get("event")
        suites = [
            suite
            for suite in reversed(list(self.hub.suites.values()))
            if (suite.repo_id, suite.app_id) == (repo.id, self.api.ci.app.id)
            and suite.path == workflow_starts.FOLDER + file
            and branch in (None, suite.head_branch)
            and event in (None, suite.event)
            and (self.hub.lists_at_once or suite.event != "workflow_dispatch")
        ]
        return page(
            suites, lambda suite: shapes.workflow_run(self.hub, repo, suite), "workflow_runs"
        )

    @post(f"{AT}/actions/workflows/<file>/dispatches")
    def start(self, owner: str, name: str, file: str) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, actions="write")
        sent = body()
        tells = request.headers.get("X-GitHub-Api-Version", OLDEST) != OLDEST
        if "return_run_details" in sent:
            if self.hub.run_details == "refused":
                raise Refusal(422, "Invalid request.", ['"return_run_details" is not permitted.'])
            tells = tells or (bool(sent["return_run_details"]) and self.hub.run_details == "known")
        made = workflow_starts.start(self.api.ci, repo, self.api.acting_app().bot, file, sent)
        if not tells:
            return "", 204
        said = shapes.workflow_run(self.hub, repo, made)
        return {"workflow_run_id": made.id, "run_url": said["url"], "html_url": said["html_url"]}

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

    @get(f"{AT}/actions/runs/<int:run_id>/attempts/<int:attempt>/jobs")
    def jobs_of_attempt(self, owner: str, name: str, run_id: int, attempt: int) -> Response:
        repo = self.api.enter(owner, name, actions="read")
        suite = self.api.ci.suite(repo, run_id)
        if not 1 <= attempt <= suite.attempt:
            raise Refusal(404, "Not Found")
        runs = [r for r in list(self.hub.runs.values()) if r.suite_id == suite.id]
        newest = {run.name: run for run in runs if run.attempt <= attempt}
        return page(list(newest.values()), lambda run: shapes.job(self.hub, repo, run), "jobs")

    @get(f"{AT}/actions/runs/<int:run_id>/pending_deployments")
    def pending(self, owner: str, name: str, run_id: int) -> Response:
        repo = self.api.enter(owner, name, actions="read")
        suite = self.api.ci.suite(repo, run_id)
        names = {deployment.environment for deployment in environments.waiting(self.hub, suite)}
        return jsonify(
            [deployments.pending(self.hub, repo, environment) for environment in sorted(names)]
        )

    @post(f"{AT}/actions/runs/<int:run_id>/deployment_protection_rule")
    def review(self, owner: str, name: str, run_id: int) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, deployments="write")
        sent = body()
        if not isinstance(sent.get("environment_name"), str):
            raise Refusal(422, "Invalid request.", ['"environment_name" wasn\'t supplied.'])
        said = (str(sent.get(key) or "") for key in ("environment_name", "state", "comment"))
        self.api.ci.review(repo, self.api.acting_app(), run_id, Review(*said))
        return "", 204

    @post(f"{AT}/actions/runs/<int:run_id>/rerun", failed_only=False)
    @post(f"{AT}/actions/runs/<int:run_id>/rerun-failed-jobs", failed_only=True)
    def rerun(
        self, owner: str, name: str, run_id: int, *, failed_only: bool
    ) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, actions="write")
        self.api.ci.rerun(repo, run_id, self.api.acting_app().bot, failed_only=failed_only)
        return {}, 201

    @post(f"{AT}/actions/runs/<int:run_id>/cancel")
    def cancel(self, owner: str, name: str, run_id: int) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, actions="write")
        self.api.ci.cancel(repo, run_id)
        return {}, 202
