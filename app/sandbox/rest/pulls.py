"""Pull requests and their reviews."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.sandbox import merging, pulls
from app.sandbox.payloads import commits
from app.sandbox.payloads import pulls as shapes
from app.sandbox.payloads.basic import Json
from app.sandbox.rest.base import Api, body, page
from app.sandbox.rest.repos import AT

ONE = f"{AT}/pulls/<int:number>"


def routes(api: Api) -> Blueprint:
    bp = Blueprint("pulls", __name__)
    hub = api.hub

    @bp.get(f"{AT}/pulls")
    def listed(owner: str, name: str) -> Response:
        repo = api.enter(owner, name, pull_requests="read")
        found = hub.pulls_of(repo, request.args.get("state", "open"))
        head, base = request.args.get("head"), request.args.get("base")
        if head is not None:
            found = [p for p in found if head == f"{repo.owner.login}:{p.head}"]
        if base is not None:
            found = [p for p in found if p.base == base]
        if request.args.get("sort") == "updated":
            found.sort(key=lambda p: p.updated_at, reverse=True)
        if request.args.get("direction") == "asc":
            found.reverse()
        return page(found, lambda one: shapes.pull(hub, repo, one))

    @bp.post(f"{AT}/pulls")
    def create(owner: str, name: str) -> ResponseReturnValue:
        repo = api.enter(owner, name, pull_requests="write")
        made = pulls.open_pull(hub, repo, body(), api.caller.actor)
        return shapes.pull_in_detail(hub, repo, made), 201

    @bp.get(ONE)
    def one_pull(owner: str, name: str, number: int) -> Json:
        repo = api.enter(owner, name, pull_requests="read")
        return shapes.pull_in_detail(hub, repo, hub.pull(repo, number))

    @bp.patch(ONE)
    def update(owner: str, name: str, number: int) -> Json:
        repo = api.enter(owner, name, pull_requests="write")
        changed = pulls.edit(hub, repo, number, body(), api.caller.actor)
        return shapes.pull_in_detail(hub, repo, changed)

    @bp.get(f"{ONE}/merge")
    def is_merged(owner: str, name: str, number: int) -> ResponseReturnValue:
        repo = api.enter(owner, name, contents="read")
        return "", 204 if hub.pull(repo, number).merged_at is not None else 404

    @bp.put(f"{ONE}/merge")
    def merge(owner: str, name: str, number: int) -> Json:
        repo = api.enter(owner, name, contents="write")
        sha = pulls.merge(hub, repo, number, body(), api.caller.actor)
        return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}

    @bp.put(f"{ONE}/update-branch")
    def update_branch(owner: str, name: str, number: int) -> ResponseReturnValue:
        repo = api.enter(owner, name, pull_requests="write")
        expected = body().get("expected_head_sha")
        pulls.update_branch(hub, repo, number, expected, api.caller.actor)
        url = f"{hub.api}/repos/{repo.full_name}/pulls/{number}"
        return {"message": "Updating pull request branch.", "url": url}, 202

    @bp.get(f"{ONE}/files")
    def files(owner: str, name: str, number: int) -> Response:
        repo = api.enter(owner, name, pull_requests="read")
        pull = hub.pull(repo, number)
        found = merging.files(hub.git(repo), pull)[:3000]
        return page(found, lambda one: commits.changed_file(hub, repo, pull.head_sha, one))

    @bp.get(f"{ONE}/reviews")
    def reviews(owner: str, name: str, number: int) -> Response:
        repo = api.enter(owner, name, pull_requests="read")
        found = [r for r in hub.reviews if (r.repo_id, r.number) == (repo.id, number)]
        return page(found, lambda one: shapes.review(hub, repo, one))

    return bp
