"""Pull requests and their reviews."""

from __future__ import annotations

from flask import Response, request
from flask.typing import ResponseReturnValue

from app.sandbox.github import forks, merging, pulls
from app.sandbox.github.payloads import commits
from app.sandbox.github.payloads import pulls as shapes
from app.sandbox.github.payloads.basic import Json
from app.sandbox.serve.rest.base import Routes, body, get, page, patch, post, put
from app.sandbox.serve.rest.repos import AT

ONE = f"{AT}/pulls/<int:number>"


class Pulls(Routes):
    """Pull requests and their reviews."""

    @get(f"{AT}/pulls")
    def listed(self, owner: str, name: str) -> Response:
        repo = self.api.enter(owner, name, pull_requests="read")
        listed = self.hub.pulls_of(repo, request.args.get("state", "open"))
        head, base = request.args.get("head"), request.args.get("base")
        if head is not None:
            source, branch = forks.head_of(self.hub, repo, head)
            listed = [p for p in listed if (p.head_repo_id, p.head) == (source.id, branch)]
        if base is not None:
            listed = [p for p in listed if p.base == base]
        if request.args.get("sort") == "updated":
            listed.sort(key=lambda p: p.updated_at, reverse=True)
        if request.args.get("direction") == "asc":
            listed.reverse()
        return page(listed, lambda pull: shapes.pull(self.hub, repo, pull))

    @post(f"{AT}/pulls")
    def create(self, owner: str, name: str) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, pull_requests="write")
        made = pulls.open_pull(self.hub, repo, body(), self.api.caller.actor)
        return shapes.pull_in_detail(self.hub, repo, made), 201

    @get(ONE)
    def one_pull(self, owner: str, name: str, number: int) -> Json:
        repo = self.api.enter(owner, name, pull_requests="read")
        return shapes.pull_in_detail(self.hub, repo, self.hub.pull(repo, number))

    @patch(ONE)
    def update(self, owner: str, name: str, number: int) -> Json:
        repo = self.api.enter(owner, name, pull_requests="write")
        changed = pulls.edit(self.hub, repo, number, body(), self.api.caller.actor)
        return shapes.pull_in_detail(self.hub, repo, changed)

    @get(f"{ONE}/merge")
    def is_merged(self, owner: str, name: str, number: int) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, contents="read")
        return "", 204 if self.hub.pull(repo, number).merged_at is not None else 404

    @put(f"{ONE}/merge")
    def merge(self, owner: str, name: str, number: int) -> Json:
        repo = self.api.enter(owner, name, contents="write")
        sha = pulls.merge(self.hub, repo, number, body(), self.api.caller.actor)
        return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}

    @put(f"{ONE}/update-branch")
    def update_branch(self, owner: str, name: str, number: int) -> ResponseReturnValue:
        repo = self.api.enter(owner, name, pull_requests="write")
        expected = body().get("expected_head_sha")
        pulls.update_branch(self.hub, repo, number, expected, self.api.caller.actor)
        url = f"{self.hub.api}/repos/{repo.full_name}/pulls/{number}"
        return {"message": "Updating pull request branch.", "url": url}, 202

    @get(f"{ONE}/files")
    def files(self, owner: str, name: str, number: int) -> Response:
        repo = self.api.enter(owner, name, pull_requests="read")
        pull = self.hub.pull(repo, number)
        changes = merging.files(self.hub.git(repo), pull)[:3000]
        return page(
            changes, lambda change: commits.changed_file(self.hub, repo, pull.head_sha, change)
        )

    @get(f"{AT}/issues/<int:number>/events")
    def events(self, owner: str, name: str, number: int) -> Response:
        """What happened to it: here only its merge and its end."""
        repo = self.api.enter_either(owner, name, "read", "issues", "pull_requests")
        events = shapes.issue_events(self.hub, repo, self.hub.pull(repo, number))
        return page(events, lambda event: event)

    @get(f"{ONE}/reviews")
    def reviews(self, owner: str, name: str, number: int) -> Response:
        repo = self.api.enter(owner, name, pull_requests="read")
        reviews = [r for r in self.hub.reviews if (r.repo_id, r.number) == (repo.id, number)]
        return page(reviews, lambda review: shapes.review(self.hub, repo, review))
