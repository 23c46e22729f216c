"""Check runs and check suites."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, request
from flask.typing import ResponseReturnValue

from app.sandbox.github import checks, suites
from app.sandbox.github.model import Refusal, Run, Suite
from app.sandbox.github.payloads import checks as shapes
from app.sandbox.github.payloads.basic import Json
from app.sandbox.serve.rest.base import Routes, body, get, page, patch, post
from app.sandbox.serve.rest.repos import AT


class CheckRuns(Routes):
    """Check runs, by commit, by suite, one by one."""

    @post(f"{AT}/check-runs")
    def create(self, owner: str, name: str) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, checks="write")
        return shapes.run(
            self.hub, repo, checks.create(self.hub, repo, self.api.acting_app(), body())
        ), 201

    @patch(f"{AT}/check-runs/<int:run_id>")
    def update(self, owner: str, name: str, run_id: int) -> Json:
        repo = self.api.enter(owner, name, checks="write")
        return shapes.run(
            self.hub, repo, checks.update(self.hub, repo, self.api.acting_app(), run_id, body())
        )

    @get(f"{AT}/check-runs/<int:run_id>")
    def one(self, owner: str, name: str, run_id: int) -> Json:
        repo = self.api.enter(owner, name, checks="read")
        return shapes.run(self.hub, repo, checks.find(self.hub, repo, run_id))

    @get(f"{AT}/check-runs/<int:run_id>/annotations")
    def annotations(self, owner: str, name: str, run_id: int) -> Response:
        repo = self.api.enter(owner, name, checks="read")
        run = checks.find(self.hub, repo, run_id)
        at = f"{self.hub.url}/{repo.full_name}/blob/{run.head_sha}"
        return page(run.annotations, lambda annotation: _annotation(annotation, at))

    @post(f"{AT}/check-runs/<int:run_id>/rerequest")
    def rerequest(self, owner: str, name: str, run_id: int) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, checks="write")
        run = checks.find(self.hub, repo, run_id)
        if self.hub.suites[run.suite_id].app_id == self.api.ci.app.id:
            message = "This check run is not rerequestable"
            raise Refusal(422, message)
        checks.rerequest(self.hub, repo, run_id, self.api.caller.actor)
        return {}, 201

    @get(f"{AT}/commits/<path:ref>/check-runs")
    def of_commit(self, owner: str, name: str, ref: str) -> Response:
        repo = self.api.enter(owner, name, checks="read")
        runs = _chosen(self.hub.runs_of(repo, self.api.commit(repo, ref)))
        return page(runs, lambda run: shapes.run(self.hub, repo, run), "check_runs")

    @get(f"{AT}/check-suites/<int:suite_id>/check-runs")
    def of_suite(self, owner: str, name: str, suite_id: int) -> Response:
        repo = self.api.enter(owner, name, checks="read")
        runs = [
            r
            for r in list(self.hub.runs.values())
            if (r.repo_id, r.suite_id) == (repo.id, suite_id)
        ]
        return page(_chosen(runs), lambda run: shapes.run(self.hub, repo, run), "check_runs")


def _chosen(runs: Sequence[Run]) -> list[Run]:
    """What the query asks for, newest first; without `filter=all` the newest of each name."""
    wanted = {
        "name": request.args.get("check_name"),
        "status": request.args.get("status"),
        "app_id": request.args.get("app_id", None, int),
    }
    chosen = [
        run
        for run in runs
        if all(value is None or getattr(run, key) == value for key, value in wanted.items())
    ]
    if request.args.get("filter", "latest") == "latest":
        chosen = list({(run.app_id, run.name): run for run in chosen}.values())
    return sorted(chosen, key=lambda run: -run.id)


def _annotation(annotation: Json, at: str) -> Json:
    names = ("path", "start_line", "end_line", "start_column", "end_column", "annotation_level")
    texts = ("title", "message", "raw_details")
    return {
        **{name: annotation.get(name) for name in (*names, *texts)},
        "blob_href": f"{at}/{annotation.get('path')}",
    }


class CheckSuites(Routes):
    """Check suites, by commit, one by one."""

    @get(f"{AT}/commits/<path:ref>/check-suites")
    def of_commit(self, owner: str, name: str, ref: str) -> Response:
        repo = self.api.enter(owner, name, checks="read")
        app_id, check = request.args.get("app_id", None, int), request.args.get("check_name")

        def wanted(suite: Suite) -> bool:
            names = {r.name for r in list(self.hub.runs.values()) if r.suite_id == suite.id}
            return app_id in (None, suite.app_id) and (check is None or check in names)

        suites = [
            suite for suite in self.hub.suites_of(repo, self.api.commit(repo, ref)) if wanted(suite)
        ]
        return page(
            suites, lambda suite: shapes.suite_for_rest(self.hub, repo, suite), "check_suites"
        )

    @get(f"{AT}/check-suites/<int:suite_id>")
    def one(self, owner: str, name: str, suite_id: int) -> Json:
        repo = self.api.enter(owner, name, checks="read")
        suite = self.hub.suites.get(suite_id)
        if suite is None or suite.repo_id != repo.id:
            raise Refusal(404, "Not Found")
        return shapes.suite_for_rest(self.hub, repo, suite)

    @post(f"{AT}/check-suites/<int:suite_id>/rerequest")
    def rerequest(self, owner: str, name: str, suite_id: int) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, checks="write")
        suites.rerequest(self.hub, repo, suite_id, self.api.caller.actor)
        return {}, 201
