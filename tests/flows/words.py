"""What flows say of comments and of our pull request."""

from __future__ import annotations

from app.core.text.cards import KEPT
from app.sandbox.github.model import Comment, Pull
from tests.flows.harness import REPO, Flow


def say(flow: Flow, on: int | str, text: str, by: str = "bob", repo: str = REPO) -> Comment:
    """Somebody comments on a pull request or a commit, and everything settles."""
    made = flow.world.comment(repo, on, text, by=by)
    flow.settle()
    return made


def replies(flow: Flow, on: int | str, repo: str = REPO) -> list[str]:
    """What we answered, or told somebody, there; the pipeline card is neither."""
    found = (c.body for c in flow.world.comments(repo, on) if c.user.login == "stagelock[bot]")
    return [text for text in found if KEPT not in text]


def ours(flow: Flow) -> Pull:
    """Our newest pull request."""
    return next(p for p in flow.world.pulls(REPO) if p.head.startswith("stagelock/"))


def reactions(comment: Comment) -> list[str]:
    return [reaction.content for reaction in comment.reactions]


def link(flow: Flow, sha: str) -> str:
    return f"[`web {sha[:7]}`]({flow.sandbox.url}/{REPO}/commit/{sha})"
