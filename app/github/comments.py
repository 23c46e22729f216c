"""Comments on pull requests and commits, and reactions to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from app.core.model.facts import CommentFact
from app.core.model.names import Repo, Sha, short
from app.core.state.budget_shares import Importance
from app.errors import Missing, Transient
from app.github import endpoints, parse
from app.github.base import Area
from app.github.endpoints import Endpoint
from app.github.json_fields import number, text

Kind = Literal["issue", "commit"]

_ON_ISSUE = re.compile(r"/issues/\d+(?:#|\Z)")
_READ = {"issue": endpoints.ISSUE_COMMENT, "commit": endpoints.COMMIT_COMMENT}
_UPDATE = {"issue": endpoints.UPDATE_ISSUE_COMMENT, "commit": endpoints.UPDATE_COMMIT_COMMENT}
_REACT = {"issue": endpoints.REACT_ISSUE_COMMENT, "commit": endpoints.REACT_COMMIT_COMMENT}


class Comments(Area):
    """What people say to us, and our answers."""

    def comments_since(self, repo: Repo, since: datetime) -> Sequence[CommentFact]:
        """Comments of both kinds by rising id; those on plain issues are left out."""
        comments = [*self._on_pulls(repo, since), *self._on_commits(repo, since)]
        recent = (comment for comment in comments if comment.updated_at >= since)
        return tuple(sorted(recent, key=lambda comment: comment.id))

    def comments_on(self, repo: Repo, number: int) -> Sequence[CommentFact]:
        """Of that pull request alone; GitHub lists them by rising id."""
        doing = f"list the comments on pull request {number}"
        request = self._client.on(repo, endpoints.PULL_COMMENTS, doing, number=number)
        return tuple(parse.comment(comment, "issue") for comment in self._client.items(request))

    def comment(self, repo: Repo, kind: str, comment_id: int) -> CommentFact:
        """One comment as it stands now."""
        which = _kind(kind)
        request = self._client.on(
            repo, _READ[which], f"read {which} comment {comment_id}", comment=comment_id
        )
        return parse.comment(self._client.send(request).data or {}, which)

    def create_comment(
        self, repo: Repo, on: int | Sha, body: str, importance: Importance = Importance.REPLY
    ) -> int:
        """Comment on a pull request or a commit; the new comment's id."""
        said = {"body": self._said(body)}
        if isinstance(on, int):
            doing = f"comment on pull request {on}"
            endpoint: Endpoint = endpoints.CREATE_ISSUE_COMMENT
            request = self._client.on(
                repo, endpoint, doing, body=said, importance=importance, number=on
            )
        else:
            doing = f"comment on {short(on)}"
            endpoint = endpoints.CREATE_COMMIT_COMMENT
            request = self._client.on(
                repo, endpoint, doing, body=said, importance=importance, sha=on
            )
        made = number(self._client.send(request).data, "id")
        if not made:
            raise Transient(f"{doing}: GitHub's answer holds no id", maybe_done=True)
        return made

    def update_comment(self, repo: Repo, kind: str, comment_id: int, body: str) -> None:
        """Replace a comment of ours."""
        which = _kind(kind)
        request = self._client.on(
            repo,
            _UPDATE[which],
            f"edit {which} comment {comment_id}",
            body={"body": self._said(body)},
            comment=comment_id,
        )
        self._client.send(request)

    def react(self, repo: Repo, kind: str, comment_id: int, reaction: str) -> None:
        """React; nothing is lost where the comment is gone or the server knows no reactions."""
        which = _kind(kind)
        request = self._client.on(
            repo,
            _REACT[which],
            f"react to {which} comment {comment_id}",
            body={"content": reaction},
            importance=Importance.RECEIPT,
            comment=comment_id,
        )
        try:
            self._client.send(request)
        except Missing:
            return

    def _on_pulls(self, repo: Repo, since: datetime) -> Iterator[CommentFact]:
        params = {"since": since.strftime("%Y-%m-%dT%H:%M:%SZ"), "sort": "created"}
        request = self._client.on(
            repo,
            endpoints.ISSUE_COMMENTS,
            "list comments",
            params={**params, "direction": "asc"},
        )
        for comment in self._client.items(request):
            # GitHub says which of the two it is only by the page's address.
            if not _ON_ISSUE.search(text(comment, "html_url")):
                yield parse.comment(comment, "issue")

    def _on_commits(self, repo: Repo, since: datetime) -> Iterator[CommentFact]:
        """
        Those of the newest pages, back to the first page that is older than *since*.

        GitHub can neither filter nor turn this list. An edit of an older comment is not seen,
        which costs nothing: edited comments do not act.
        """
        request = self._client.on(repo, endpoints.COMMIT_COMMENTS, "list commit comments")
        try:
            for page in self._client.pages_backward(request):
                comments = [parse.comment(comment, "commit") for comment in page]
                yield from comments
                if all(comment.created_at < since for comment in comments):
                    return
        except Missing:
            return


def _kind(kind: str) -> Kind:
    if kind not in {"issue", "commit"}:
        raise ValueError(kind)
    return "issue" if kind == "issue" else "commit"
