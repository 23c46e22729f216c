"""Comments on pull requests and commits, and reactions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.sandbox import talk
from app.sandbox.hub import Hub
from app.sandbox.model import Comment, Reaction, Refusal, Repo
from app.sandbox.payloads import basic, commits, pulls
from app.sandbox.payloads.basic import Json, stamp
from app.sandbox.rest.base import Api, body, page
from app.sandbox.rest.repos import AT

ISSUES = ("issues", "pull_requests")


def _since(found: Sequence[Comment]) -> list[Comment]:
    since = request.args.get("since")
    if since is None:
        return list(found)
    try:
        at = datetime.fromisoformat(since)
    except ValueError:
        raise Refusal(422, "Validation Failed", [{"code": "invalid", "field": "since"}]) from None
    return [c for c in found if c.updated_at.replace(microsecond=0) >= at]


def _reaction(hub: Hub, one: Reaction) -> Json:
    return {
        "id": one.id,
        "node_id": basic.node_id("Reaction", one.id),
        "user": basic.user(hub, one.user),
        "content": one.content,
        "created_at": stamp(one.created_at),
    }


def _react(hub: Hub, one: Comment, api: Api) -> ResponseReturnValue:
    made, fresh = talk.react(hub, one, str(body().get("content")), api.caller.actor)
    return _reaction(hub, made), 201 if fresh else 200


def issue_routes(api: Api) -> Blueprint:
    """Comments on pull requests (which are issues, to this part of GitHub's API)."""
    bp = Blueprint("issue_comments", __name__)
    hub = api.hub

    def shape(repo: Repo, one: Comment) -> Json:
        return pulls.issue_comment(hub, repo, one)

    def find(owner: str, name: str, comment_id: int, level: str) -> tuple[Repo, Comment]:
        repo = api.enter_either(owner, name, level, *ISSUES)
        return repo, talk.find(hub, repo, comment_id, on_commit=False)

    @bp.get(f"{AT}/issues/comments")
    def of_repository(owner: str, name: str) -> Response:
        repo = api.enter_either(owner, name, "read", *ISSUES)
        found = _since([c for c in hub.comments_of(repo) if c.number is not None])
        if request.args.get("sort") == "updated":
            found.sort(key=lambda c: c.updated_at)
        if request.args.get("direction") == "desc":
            found.reverse()
        return page(found, lambda one: shape(repo, one))

    @bp.get(f"{AT}/issues/<int:number>/comments")
    def of_issue(owner: str, name: str, number: int) -> Response:
        repo = api.enter_either(owner, name, "read", *ISSUES)
        hub.pull(repo, number)
        found = _since([c for c in hub.comments_of(repo) if c.number == number])
        return page(found, lambda one: shape(repo, one))

    @bp.post(f"{AT}/issues/<int:number>/comments")
    def create(owner: str, name: str, number: int) -> ResponseReturnValue:
        repo = api.enter_either(owner, name, "write", *ISSUES)
        text = str(body().get("body") or "")
        return shape(repo, talk.comment(hub, repo, number, text, api.caller.actor)), 201

    @bp.get(f"{AT}/issues/comments/<int:comment_id>")
    def one(owner: str, name: str, comment_id: int) -> Json:
        return shape(*find(owner, name, comment_id, "read"))

    @bp.patch(f"{AT}/issues/comments/<int:comment_id>")
    def update(owner: str, name: str, comment_id: int) -> Json:
        repo, found = find(owner, name, comment_id, "write")
        talk.edit(hub, repo, found, str(body().get("body") or ""), api.caller.actor)
        return shape(repo, found)

    @bp.delete(f"{AT}/issues/comments/<int:comment_id>")
    def delete(owner: str, name: str, comment_id: int) -> ResponseReturnValue:
        repo, found = find(owner, name, comment_id, "write")
        talk.delete(hub, repo, found, api.caller.actor)
        return "", 204

    @bp.get(f"{AT}/issues/comments/<int:comment_id>/reactions")
    def reactions(owner: str, name: str, comment_id: int) -> Response:
        _, found = find(owner, name, comment_id, "read")
        return page(found.reactions, lambda r: _reaction(hub, r))

    @bp.post(f"{AT}/issues/comments/<int:comment_id>/reactions")
    def react(owner: str, name: str, comment_id: int) -> ResponseReturnValue:
        return _react(hub, find(owner, name, comment_id, "write")[1], api)

    return bp


def commit_routes(api: Api) -> Blueprint:
    """Comments on commits: GitHub lets whoever reads the contents write them."""
    bp = Blueprint("commit_comments", __name__)
    hub = api.hub

    def shape(repo: Repo, one: Comment) -> Json:
        return commits.commit_comment(hub, repo, one)

    def find(owner: str, name: str, comment_id: int) -> tuple[Repo, Comment]:
        repo = api.enter(owner, name, contents="read")
        return repo, talk.find(hub, repo, comment_id, on_commit=True)

    @bp.get(f"{AT}/comments")
    def of_repository(owner: str, name: str) -> Response:
        repo = api.enter(owner, name, contents="read")
        found = [c for c in hub.comments_of(repo) if c.sha is not None]
        return page(found, lambda one: shape(repo, one))

    @bp.get(f"{AT}/commits/<sha>/comments")
    def of_commit(owner: str, name: str, sha: str) -> Response:
        repo = api.enter(owner, name, contents="read")
        found = [c for c in hub.comments_of(repo) if c.sha == api.commit(repo, sha)]
        return page(found, lambda one: shape(repo, one))

    @bp.post(f"{AT}/commits/<sha>/comments")
    def create(owner: str, name: str, sha: str) -> ResponseReturnValue:
        repo = api.enter(owner, name, contents="read")
        text = str(body().get("body") or "")
        made = talk.comment(hub, repo, api.commit(repo, sha), text, api.caller.actor)
        return shape(repo, made), 201

    @bp.get(f"{AT}/comments/<int:comment_id>")
    def one(owner: str, name: str, comment_id: int) -> Json:
        return shape(*find(owner, name, comment_id))

    @bp.patch(f"{AT}/comments/<int:comment_id>")
    def update(owner: str, name: str, comment_id: int) -> Json:
        repo, found = find(owner, name, comment_id)
        talk.edit(hub, repo, found, str(body().get("body") or ""), api.caller.actor)
        return shape(repo, found)

    @bp.get(f"{AT}/comments/<int:comment_id>/reactions")
    def reactions(owner: str, name: str, comment_id: int) -> Response:
        _, found = find(owner, name, comment_id)
        return page(found.reactions, lambda r: _reaction(hub, r))

    @bp.post(f"{AT}/comments/<int:comment_id>/reactions")
    def react(owner: str, name: str, comment_id: int) -> ResponseReturnValue:
        return _react(hub, find(owner, name, comment_id)[1], api)

    return bp
