"""Comments on pull requests and commits, and reactions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import Response, request
from flask.typing import ResponseReturnValue

from app.sandbox.github import comments
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Comment, Reaction, Refusal, Repo
from app.sandbox.github.payloads import basic, commits, pulls
from app.sandbox.github.payloads.basic import Json, stamp
from app.sandbox.serve.rest.base import Api, Routes, body, delete, get, page, patch, post
from app.sandbox.serve.rest.repos import AT

ISSUES = ("issues", "pull_requests")


def _since(comments: Sequence[Comment]) -> list[Comment]:
    since = request.args.get("since")
    if since is None:
        return list(comments)
    try:
        at = datetime.fromisoformat(since)
    except ValueError:
        raise Refusal(422, "Validation Failed", [{"code": "invalid", "field": "since"}]) from None
    return [c for c in comments if c.updated_at.replace(microsecond=0) >= at]


def _reaction(hub: Hub, reaction: Reaction) -> Json:
    return {
        "id": reaction.id,
        "node_id": basic.node_id("Reaction", reaction.id),
        "user": basic.user(hub, reaction.user),
        "content": reaction.content,
        "created_at": stamp(reaction.created_at),
    }


def _react(hub: Hub, comment: Comment, api: Api) -> ResponseReturnValue:
    made, fresh = comments.react(hub, comment, str(body().get("content")), api.caller.actor)
    return _reaction(hub, made), 201 if fresh else 200


class IssueComments(Routes):
    """Comments on pull requests (which are issues, to this part of GitHub's API)."""

    def shape(self, repo: Repo, comment: Comment) -> Json:
        return pulls.issue_comment(self.hub, repo, comment)

    def find(self, owner: str, name: str, comment_id: int, level: str) -> tuple[Repo, Comment]:
        repo = self.api.enter_either(owner, name, level, *ISSUES)
        return repo, comments.find(self.hub, repo, comment_id, on_commit=False)

    @get(f"{AT}/issues/comments")
    def of_repository(self, owner: str, name: str) -> Response:
        repo = self.api.enter_either(owner, name, "read", *ISSUES)
        comments = _since([c for c in self.hub.comments_of(repo) if c.number is not None])
        if request.args.get("sort") == "updated":
            comments.sort(key=lambda c: c.updated_at)
        if request.args.get("direction") == "desc":
            comments.reverse()
        return page(comments, lambda comment: self.shape(repo, comment))

    @get(f"{AT}/issues/<int:number>/comments")
    def of_issue(self, owner: str, name: str, number: int) -> Response:
        repo = self.api.enter_either(owner, name, "read", *ISSUES)
        self.hub.pull(repo, number)
        comments = _since([c for c in self.hub.comments_of(repo) if c.number == number])
        return page(comments, lambda comment: self.shape(repo, comment))

    @post(f"{AT}/issues/<int:number>/comments")
    def create(self, owner: str, name: str, number: int) -> ResponseReturnValue:
        repo = self.api.enter_either(owner, name, "write", *ISSUES)
        text = str(body().get("body") or "")
        return self.shape(
            repo, comments.comment(self.hub, repo, number, text, self.api.caller.actor)
        ), 201

    @get(f"{AT}/issues/comments/<int:comment_id>")
    def one(self, owner: str, name: str, comment_id: int) -> Json:
        return self.shape(*self.find(owner, name, comment_id, "read"))

    @patch(f"{AT}/issues/comments/<int:comment_id>")
    def update(self, owner: str, name: str, comment_id: int) -> Json:
        repo, comment = self.find(owner, name, comment_id, "write")
        comments.edit(self.hub, repo, comment, str(body().get("body") or ""), self.api.caller.actor)
        return self.shape(repo, comment)

    @delete(f"{AT}/issues/comments/<int:comment_id>")
    def delete(self, owner: str, name: str, comment_id: int) -> ResponseReturnValue:
        repo, comment = self.find(owner, name, comment_id, "write")
        comments.delete(self.hub, repo, comment, self.api.caller.actor)
        return "", 204

    @get(f"{AT}/issues/comments/<int:comment_id>/reactions")
    def reactions(self, owner: str, name: str, comment_id: int) -> Response:
        _, comment = self.find(owner, name, comment_id, "read")
        return page(comment.reactions, lambda r: _reaction(self.hub, r))

    @post(f"{AT}/issues/comments/<int:comment_id>/reactions")
    def react(self, owner: str, name: str, comment_id: int) -> ResponseReturnValue:
        return _react(self.hub, self.find(owner, name, comment_id, "write")[1], self.api)


class CommitComments(Routes):
    """Comments on commits: GitHub lets whoever reads the contents write them."""

    def shape(self, repo: Repo, comment: Comment) -> Json:
        return commits.commit_comment(self.hub, repo, comment)

    def find(self, owner: str, name: str, comment_id: int) -> tuple[Repo, Comment]:
        repo = self.api.enter(owner, name, contents="read")
        return repo, comments.find(self.hub, repo, comment_id, on_commit=True)

    @get(f"{AT}/comments")
    def of_repository(self, owner: str, name: str) -> Response:
        repo = self.api.enter(owner, name, contents="read")
        comments = [c for c in self.hub.comments_of(repo) if c.sha is not None]
        return page(comments, lambda comment: self.shape(repo, comment))

    @get(f"{AT}/commits/<sha>/comments")
    def of_commit(self, owner: str, name: str, sha: str) -> Response:
        repo = self.api.enter(owner, name, contents="read")
        comments = [c for c in self.hub.comments_of(repo) if c.sha == self.api.commit(repo, sha)]
        return page(comments, lambda comment: self.shape(repo, comment))

    @post(f"{AT}/commits/<sha>/comments")
    def create(self, owner: str, name: str, sha: str) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, contents="read")
        text = str(body().get("body") or "")
        made = comments.comment(
            self.hub, repo, self.api.commit(repo, sha), text, self.api.caller.actor
        )
        return self.shape(repo, made), 201

    @get(f"{AT}/comments/<int:comment_id>")
    def one(self, owner: str, name: str, comment_id: int) -> Json:
        return self.shape(*self.find(owner, name, comment_id))

    @patch(f"{AT}/comments/<int:comment_id>")
    def update(self, owner: str, name: str, comment_id: int) -> Json:
        repo, comment = self.find(owner, name, comment_id)
        comments.edit(self.hub, repo, comment, str(body().get("body") or ""), self.api.caller.actor)
        return self.shape(repo, comment)

    @get(f"{AT}/comments/<int:comment_id>/reactions")
    def reactions(self, owner: str, name: str, comment_id: int) -> Response:
        _, comment = self.find(owner, name, comment_id)
        return page(comment.reactions, lambda r: _reaction(self.hub, r))

    @post(f"{AT}/comments/<int:comment_id>/reactions")
    def react(self, owner: str, name: str, comment_id: int) -> ResponseReturnValue:
        return _react(self.hub, self.find(owner, name, comment_id)[1], self.api)
