"""GitHub's objects as our facts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Literal

from app.core.model.facts import (
    CheckFact,
    CommentFact,
    PullFact,
    RepoFact,
    ReviewFact,
    SuiteFact,
)
from app.core.model.installations import AppFact, InstallationFact
from app.core.model.names import Repo, Sha
from app.github.json_fields import flag, moment, number, obj, text
from app.github.permissions import lacks

BOT = "[bot]"
"""How the login of an App's account ends; no person's may."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_ISSUE_NUMBER = re.compile(r"/(?:issues|pull)/(\d+)(?:[#/?]|\Z)")

_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.:/_-]{1,300}")

_MERGEABLE = frozenset({"clean", "unstable", "has_hooks"})
"""https://docs.github.com/graphql/reference/enums#mergestatestatus, in lower case over REST."""

Json = dict[str, Any]


def run(data: Json) -> CheckFact:
    """A check run."""
    app = obj(data, "app")
    status = text(data, "status", "queued")
    return CheckFact(
        id=number(data, "id"),
        name=text(data, "name"),
        status=status,
        conclusion=text(data, "conclusion") or None,
        app=text(app, "slug"),
        app_id=number(app, "id"),
        suite_id=number(obj(data, "check_suite"), "id"),
        completed_at=moment(data, "completed_at"),
        external_id=text(data, "external_id"),
        url=text(data, "details_url") or text(data, "html_url"),
        title=text(obj(data, "output"), "title"),
        started_at=moment(data, "started_at"),
    )


def status(data: Json) -> CheckFact:
    """A commit status as a check: `error` is a failure, `pending` is unfinished."""
    state, creator = text(data, "state", "pending"), text(obj(data, "creator"), "login")
    done = state != "pending"
    return CheckFact(
        id=number(data, "id"),
        name=text(data, "context", "default"),
        status="completed" if done else "in_progress",
        conclusion=("success" if state == "success" else "failure") if done else None,
        app=creator.removesuffix(BOT) if creator.endswith(BOT) else "",
        app_id=0,
        suite_id=0,
        completed_at=(moment(data, "updated_at") or moment(data, "created_at")) if done else None,
        url=text(data, "target_url"),
    )


def suite(data: Json) -> SuiteFact:
    """A check suite."""
    app = obj(data, "app")
    runs = number(data, "latest_check_runs_count", -1)
    return SuiteFact(
        id=number(data, "id"),
        app=text(app, "slug"),
        app_id=number(app, "id"),
        status=text(data, "status") or "queued",
        conclusion=text(data, "conclusion") or None,
        runs=None if runs < 0 else runs,
    )


def pull(data: Json) -> PullFact:
    """A pull request, from a list (which has no `merged`) or alone."""
    head, merged = obj(data, "head"), flag(data, "merged") or bool(text(data, "merged_at"))
    repo_id = number(obj(head, "repo"), "id")
    state: Literal["open", "closed"] = "closed" if text(data, "state") == "closed" else "open"
    return PullFact(
        number=number(data, "number"),
        state=state,
        merged=merged,
        head_ref=text(head, "ref"),
        head_sha=Sha(text(head, "sha")),
        head_repo_id=repo_id or None,
        base_ref=text(obj(data, "base"), "ref"),
        author=text(obj(data, "user"), "login"),
        title=text(data, "title"),
        draft=flag(data, "draft"),
        closed_at=moment(data, "closed_at"),
        actor=text(obj(data, "merged_by"), "login"),
        behind=text(data, "mergeable_state") == "behind",
        dirty=text(data, "mergeable_state") == "dirty",
        mergeable=text(data, "mergeable_state") in _MERGEABLE,
        body=text(data, "body"),
    )


def review(data: Json) -> ReviewFact:
    """A review of a pull request."""
    user = obj(data, "user")
    return ReviewFact(
        id=number(data, "id"),
        user=text(user, "login"),
        state=text(data, "state").upper(),
        commit=Sha(text(data, "commit_id")) or None,
        is_bot=is_bot(user),
        user_id=number(user, "id"),
    )


def comment(data: Json, kind: Literal["issue", "commit"]) -> CommentFact:
    """A comment; without `updated_at` it counts as never edited."""
    user = obj(data, "user")
    created = moment(data, "created_at") or _LONG_AGO
    match = _ISSUE_NUMBER.search(text(data, "issue_url") or text(data, "html_url"))
    return CommentFact(
        id=number(data, "id"),
        kind=kind,
        body=text(data, "body"),
        user=text(user, "login"),
        is_bot=is_bot(user),
        created_at=created,
        updated_at=moment(data, "updated_at") or created,
        pull=int(match.group(1)) if kind == "issue" and match else None,
        sha=(Sha(text(data, "commit_id")) or None) if kind == "commit" else None,
        user_id=number(user, "id"),
        app_id=number(obj(data, "performed_via_github_app"), "id"),
    )


def is_bot(user: Json) -> bool:
    """Whether an account is no person."""
    return text(user, "type") == "Bot" or text(user, "login").endswith(BOT)


def repository(data: Json, installation_id: int) -> RepoFact:
    """A repository; *installation_id* is through which we see it."""
    owner, _, name = text(data, "full_name").partition("/")
    return RepoFact(
        repo=Repo(
            id=number(data, "id"),
            owner=text(obj(data, "owner"), "login") or owner,
            name=text(data, "name") or name,
            installation_id=installation_id,
        ),
        default_branch=text(data, "default_branch") or "main",
        archived=flag(data, "archived"),
        public=_public(data),
    )


def _public(data: Json) -> bool:
    """One that GitHub does not call public is not: `internal` is for an enterprise's members."""
    said = text(data, "visibility")
    return said == "public" if said else data.get("private") is False


def installation(data: Json) -> InstallationFact:
    """An installation of our App; an enterprise has a slug in place of a login."""
    account, granted = obj(data, "account"), levels(data)
    return InstallationFact(
        id=number(data, "id"),
        account=text(account, "login") or text(account, "slug"),
        suspended=bool(data.get("suspended_at")),
        permissions=granted,
        url=_page(text(data, "html_url")),
        lacks=lacks(granted, data.get("events")),
        account_id=number(account, "id"),
        organization=text(account, "type") == "Organization",
    )


def app(data: Json) -> AppFact:
    """Our App. Its developer's page is not in the answer: GitHub's pages are laid out so."""
    slug = text(data, "slug") or text(data, "name", "stagelock").lower().replace(" ", "-")
    owner, web = obj(data, "owner"), text(data, "html_url").partition("/apps/")[0]
    whose = f"/organizations/{text(owner, 'login')}" * (text(owner, "type") == "Organization")
    page = _page(f"{web}{whose}/settings/apps/{slug}/permissions") if web else ""
    granted = levels(data)
    return AppFact(number(data, "id"), slug, granted, page, lacks(granted, data.get("events")))


def levels(data: Json) -> dict[str, str]:
    """The permissions in an answer, by name."""
    granted = obj(data, "permissions")
    return {name: level for name, level in granted.items() if isinstance(level, str)}


def _page(url: str) -> str:
    """A page that a text may link to as it is, else ""."""
    return url if _PLAIN_URL.fullmatch(url) else ""
