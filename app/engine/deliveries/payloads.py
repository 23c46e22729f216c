"""
The few fields of webhook payloads that we read, each checked; shapes as GitHub documents them:
https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from app.core.model.comments import CommandRecord
from app.core.model.names import Repo, Sha, is_sha

BODY_LIMIT = 65_536
"""GitHub's own limit for a comment, in characters."""


class BadPayload(ValueError):
    """A field that we need is missing or of another kind; the text names it."""


class PayloadFields:
    """A JSON object whose fields are read by kind; `BadPayload` where they are not of it."""

    def __init__(self, value: object, name: str = "the payload") -> None:
        if not isinstance(value, dict):
            raise BadPayload(f"{name} is no object")
        self._value = value

    @classmethod
    def parse(cls, body: bytes) -> PayloadFields:
        try:
            return cls(json.loads(body))
        except (ValueError, RecursionError) as error:
            raise BadPayload("the body is no JSON object") from error

    def has(self, name: str) -> bool:
        return self._value.get(name) is not None

    def inner(self, name: str) -> PayloadFields:
        return PayloadFields(self._value.get(name), name)

    def items(self, name: str) -> Sequence[PayloadFields]:
        """The objects of a list; none where the list is missing."""
        entries = self._value.get(name) or []
        if not isinstance(entries, list):
            raise BadPayload(f"{name} is no list")
        return [PayloadFields(item, name) for item in entries]

    def text(self, name: str, limit: int = 1000) -> str:
        value = self._value.get(name)
        if not isinstance(value, str):
            raise BadPayload(f"{name} is no text")
        return value[:limit]

    def number(self, name: str) -> int:
        value = self._value.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
            raise BadPayload(f"{name} is no number")
        return value

    def sha(self, name: str) -> Sha:
        value = self.text(name)
        if not is_sha(value):
            raise BadPayload(f"{name} is no commit id")
        return Sha(value)

    def time(self, name: str) -> datetime:
        try:
            moment = datetime.fromisoformat(self.text(name))
        except ValueError as error:
            raise BadPayload(f"{name} is no time") from error
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def pushed(payload: PayloadFields) -> tuple[str, list[Sha]]:
    """The branch of a push, and its tips before and after it; "" where it is of a tag."""
    ref = payload.text("ref") if payload.has("ref") else ""
    if not ref.startswith("refs/heads/"):
        return "", []
    tips = [payload.sha(name) for name in ("before", "after") if payload.has(name)]
    return ref.removeprefix("refs/heads/"), [sha for sha in tips if set(sha) != {"0"}]


def repo_of(fields: PayloadFields, installation_id: int) -> tuple[Repo, str]:
    """A repository as a payload names it, and its default branch ("" where it is left out)."""
    owner, _, name = fields.text("full_name").partition("/")
    if not owner or not name or "/" in name:
        raise BadPayload("full_name is no owner/name")
    branch = fields.text("default_branch") if fields.has("default_branch") else ""
    return Repo(fields.number("id"), owner, name, installation_id), branch


def is_person(fields: PayloadFields) -> bool:
    """
    Tell whether the account is a person's: bots and organisations command nothing.

    Where a server leaves the type out, GitHub's mark of a bot's login decides.
    """
    if fields.has("type"):
        return fields.text("type") == "User"
    return not fields.text("login").endswith("[bot]")


def comment_command(event: str, payload: PayloadFields, *, at: datetime) -> CommandRecord | None:
    """
    The command that a created comment may hold, first seen *at*; None where it can hold none.

    Only what its author wrote counts: the sender must be the comment's author, and a person. Plain
    issues (no pull request) have no freight and are left alone.
    """
    comment, sender = payload.inner("comment"), payload.inner("sender")
    author = comment.inner("user")
    body = comment.text("body", BODY_LIMIT)
    if sender.number("id") != author.number("id") or not is_person(author):
        return None
    if not any(line.lstrip().startswith("/") for line in body.splitlines()):
        return None
    if event == "issue_comment" and not payload.inner("issue").has("pull_request"):
        return None
    number = comment.number("id")
    kind: Literal["issue", "commit"] = "issue" if event == "issue_comment" else "commit"
    return CommandRecord(
        key=f"{kind}-{number}",
        order=number,
        kind=kind,
        body=body,
        user=author.text("login"),
        user_id=author.number("id"),
        created_at=comment.time("created_at"),
        pull=payload.inner("issue").number("number") if kind == "issue" else None,
        sha=comment.sha("commit_id") if kind == "commit" else None,
        seen_at=at,
    )


def click_command(
    action: str, payload: PayloadFields, *, app_id: int, guid: str, at: datetime
) -> CommandRecord | None:
    """
    The click on a button of one of *our* check runs, None for a run of another App or by a bot.

    "Re-run" (action `rerequested`) is the verb ``rerequested``; a button, its identifier.
    """
    run, sender = payload.inner("check_run"), payload.inner("sender")
    if run.inner("app").number("id") != app_id or not is_person(sender):
        return None
    pressed = action == "requested_action"
    return CommandRecord(
        key=f"click-{guid}",
        order=int(at.timestamp() * 1000),
        kind="click",
        body="",
        user=sender.text("login"),
        user_id=sender.number("id"),
        created_at=at,
        sha=run.sha("head_sha"),
        verb=payload.inner("requested_action").text("identifier", 20) if pressed else action,
        run_name=run.text("name"),
        run_id=run.number("id"),
        run_key=run.text("external_id") if run.has("external_id") else "",
    )


_RUN = re.compile(r"/actions/runs/(\d+)/deployment_protection_rule\Z")


def waits_at(payload: PayloadFields) -> tuple[int, str]:
    """
    The workflow run, and the environment at which jobs of it wait for our answer.

    The run stands in the address that GitHub would have us call; that address itself is not used.
    """
    match = _RUN.search(payload.text("deployment_callback_url"))
    if match is None:
        raise BadPayload("deployment_callback_url names no workflow run")
    return int(match[1]), payload.text("environment", 255)


def spoken_of(event: str, payload: PayloadFields, own_app: int) -> tuple[Sha, ...]:
    """The commit of which the delivery says that others' checks changed there, if it does."""
    match event:
        case "check_run" | "check_suite":
            told = payload.inner(event)
            ours = told.inner("app").number("id") == own_app
            return () if ours else (told.sha("head_sha"),)
        case "workflow_run":
            return (payload.inner(event).sha("head_sha"),)
        case "status":
            return (payload.sha("sha"),)
        case _:
            return ()
