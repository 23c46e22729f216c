"""Check runs and check suites."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.sandbox import checks, suites
from app.sandbox.model import Refusal, Run, Suite
from app.sandbox.payloads import checks as shapes
from app.sandbox.payloads.basic import Json
from app.sandbox.rest.base import Api, body, page
from app.sandbox.rest.repos import AT


def run_routes(api: Api) -> Blueprint:
    bp = Blueprint("runs", __name__)
    hub = api.hub

    @bp.post(f"{AT}/check-runs")
    def create(owner: str, name: str) -> ResponseReturnValue:
        repo = api.enter(owner, name, checks="write")
        return shapes.run(hub, repo, checks.create(hub, repo, api.acting_app(), body())), 201

    @bp.patch(f"{AT}/check-runs/<int:run_id>")
    def update(owner: str, name: str, run_id: int) -> Json:
        repo = api.enter(owner, name, checks="write")
        return shapes.run(hub, repo, checks.update(hub, repo, api.acting_app(), run_id, body()))

    @bp.get(f"{AT}/check-runs/<int:run_id>")
    def one(owner: str, name: str, run_id: int) -> Json:
        repo = api.enter(owner, name, checks="read")
        return shapes.run(hub, repo, checks.find(hub, repo, run_id))

    @bp.get(f"{AT}/check-runs/<int:run_id>/annotations")
    def annotations(owner: str, name: str, run_id: int) -> Response:
        repo = api.enter(owner, name, checks="read")
        run = checks.find(hub, repo, run_id)
        at = f"{hub.url}/{repo.full_name}/blob/{run.head_sha}"
        return page(run.annotations, lambda found: _annotation(found, at))

    @bp.post(f"{AT}/check-runs/<int:run_id>/rerequest")
    def rerequest(owner: str, name: str, run_id: int) -> ResponseReturnValue:
        repo = api.enter(owner, name, checks="write")
        run = checks.find(hub, repo, run_id)
        if hub.suites[run.suite_id].app_id == api.ci.app.id:
            message = "This check run is not rerequestable"
            raise Refusal(422, message)
        checks.rerequest(hub, repo, run_id, api.caller.actor)
        return {}, 201

    @bp.get(f"{AT}/commits/<path:ref>/check-runs")
    def of_commit(owner: str, name: str, ref: str) -> Response:
        repo = api.enter(owner, name, checks="read")
        found = _chosen(hub.runs_of(repo, api.commit(repo, ref)))
        return page(found, lambda run: shapes.run(hub, repo, run), "check_runs")

    @bp.get(f"{AT}/check-suites/<int:suite_id>/check-runs")
    def of_suite(owner: str, name: str, suite_id: int) -> Response:
        repo = api.enter(owner, name, checks="read")
        runs = [
            r for r in list(hub.runs.values()) if (r.repo_id, r.suite_id) == (repo.id, suite_id)
        ]
        return page(_chosen(runs), lambda run: shapes.run(hub, repo, run), "check_runs")

    return bp


def _chosen(runs: Sequence[Run]) -> list[Run]:
    """What the query asks for, newest first; without `filter=all` the newest of each name."""
    wanted = {
        "name": request.args.get("check_name"),
        "status": request.args.get("status"),
        "app_id": request.args.get("app_id", None, int),
    }
    found = [
        run
        for run in runs
        if all(value is None or getattr(run, key) == value for key, value in wanted.items())
    ]
    if request.args.get("filter", "latest") == "latest":
        found = list({(run.app_id, run.name): run for run in found}.values())
    return sorted(found, key=lambda run: -run.id)


def _annotation(found: Json, at: str) -> Json:
    names = ("path", "start_line", "end_line", "start_column", "end_column", "annotation_level")
    texts = ("title", "message", "raw_details")
    return {
        **{name: found.get(name) for name in (*names, *texts)},
        "blob_href": f"{at}/{found.get('path')}",
    }


def suite_routes(api: Api) -> Blueprint:
    bp = Blueprint("suites", __name__)
    hub = api.hub

    @bp.get(f"{AT}/commits/<path:ref>/check-suites")
    def of_commit(owner: str, name: str, ref: str) -> Response:
        repo = api.enter(owner, name, checks="read")
        app_id, check = request.args.get("app_id", None, int), request.args.get("check_name")

        def wanted(suite: Suite) -> bool:
            names = {r.name for r in list(hub.runs.values()) if r.suite_id == suite.id}
            return app_id in (None, suite.app_id) and (check is None or check in names)

        found = [one for one in hub.suites_of(repo, api.commit(repo, ref)) if wanted(one)]
        return page(found, lambda one: shapes.suite_for_rest(hub, repo, one), "check_suites")

    @bp.get(f"{AT}/check-suites/<int:suite_id>")
    def one(owner: str, name: str, suite_id: int) -> Json:
        repo = api.enter(owner, name, checks="read")
        suite = hub.suites.get(suite_id)
        if suite is None or suite.repo_id != repo.id:
            raise Refusal(404, "Not Found")
        return shapes.suite_for_rest(hub, repo, suite)

    @bp.post(f"{AT}/check-suites/<int:suite_id>/rerequest")
    def rerequest(owner: str, name: str, suite_id: int) -> ResponseReturnValue:
        repo = api.enter(owner, name, checks="write")
        suites.rerequest(hub, repo, suite_id, api.caller.actor)
        return {}, 201

    return bp
