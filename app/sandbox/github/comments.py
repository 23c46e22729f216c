"""Comments on pull requests and commits, and reactions to them."""

from __future__ import annotations

from typing import Any

from app.sandbox.github import events
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Comment, Reaction, Refusal, Repo, User
from app.sandbox.github.payloads import commits, pulls

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")
LONGEST = 65_536


def comment(hub: Hub, repo: Repo, on: int | str, body: str, by: User) -> Comment:
    """Comment on a pull request (its number) or on a commit (its full id)."""
    if not body:
        raise Refusal(422, "Validation Failed", [{"code": "missing_field", "field": "body"}])
    if len(body) > LONGEST:
        raise Refusal(422, "Validation Failed", [{"code": "too_long", "field": "body"}])
    with hub.lock:
        now = hub.now()
        made = Comment(hub.next_id(), repo.id, by, body, now, now)
        if isinstance(on, int):
            made.number = hub.pull(repo, on).number
        else:
            made.sha = hub.git(repo).resolve(on) if len(on) == 40 else None
            if made.sha is None:
                raise Refusal(404, "Not Found")
        hub.comments[made.id] = made
        _tell(hub, repo, made, "created", by)
        return made


def find(hub: Hub, repo: Repo, comment_id: int, *, on_commit: bool) -> Comment:
    comment = hub.comments.get(comment_id)
    if comment is None or comment.repo_id != repo.id or (comment.sha is not None) != on_commit:
        raise Refusal(404, "Not Found")
    return comment


def edit(hub: Hub, repo: Repo, comment: Comment, body: str, by: User) -> None:
    with hub.lock:
        before, comment.body, comment.updated_at = comment.body, body, hub.now()
        _tell(hub, repo, comment, "edited", by, changes={"body": {"from": before}})


def delete(hub: Hub, repo: Repo, comment: Comment, by: User) -> None:
    with hub.lock:
        del hub.comments[comment.id]
        _tell(hub, repo, comment, "deleted", by)


def react(hub: Hub, comment: Comment, content: str, by: User) -> tuple[Reaction, bool]:
    """Add a reaction; the same person's same reaction is found, not doubled."""
    if content not in REACTIONS:
        raise Refusal(422, "Validation Failed", [{"code": "invalid", "field": "content"}])
    with hub.lock:
        for known in comment.reactions:
            if known.user is by and known.content == content:
                return known, False
        made = Reaction(hub.next_id(), by, content, hub.now())
        comment.reactions.append(made)
        hub.touch()
        return made, True


def _tell(hub: Hub, repo: Repo, comment: Comment, action: str, by: User, **more: Any) -> None:
    """Comments on commits have only `created` (GitHub sends nothing when they change)."""
    hub.touch()
    if comment.number is not None:
        pull = hub.pull(repo, comment.number)
        body = {
            "action": action,
            "issue": pulls.issue(hub, repo, pull),
            "comment": pulls.issue_comment(hub, repo, comment),
            **more,
        }
        events.emit(hub, repo, "issue_comment", body, by)
    elif action == "created":
        body = {"action": action, "comment": commits.commit_comment(hub, repo, comment)}
        events.emit(hub, repo, "commit_comment", body, by)
