"""What the stand-in remembers: plain records, mutable, only touched under the hub's lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

Role = Literal["none", "read", "triage", "write", "maintain", "admin"]
ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")


@dataclass(slots=True)
class User:
    """A person, a bot or an organisation. `token` is what a person pushes with."""

    id: int
    login: str
    name: str
    kind: str = "User"
    token: str = field(default="", repr=False)

    @property
    def email(self) -> str:
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(slots=True)
class App:
    id: int
    slug: str
    owner: User
    bot: User
    permissions: dict[str, str]
    events: tuple[str, ...]
    created_at: datetime
    public_key_pem: str = ""
    webhook_url: str | None = None
    webhook_secret: str = field(default="", repr=False)
    name: str = ""
    setup_url: str = ""  # where a person is sent after installing it
    first_party: bool = False  # like GitHub Actions: sees every repository, is sent no webhooks


@dataclass(slots=True)
class Installation:
    id: int
    app_id: int
    account: User
    permissions: dict[str, str]
    events: tuple[str, ...]
    created_at: datetime
    repo_ids: set[int] = field(default_factory=set)
    suspended_at: datetime | None = None


@dataclass(slots=True)
class Token:
    value: str = field(repr=False)
    installation_id: int
    made_at: datetime
    expires_at: datetime
    permissions: dict[str, str]
    repo_ids: set[int] | None = None  # None: all repositories of the installation


@dataclass(slots=True)
class Protection:
    """What a protected branch refuses: pushes, deletions and force pushes, with GitHub's text."""

    message: str
    allowed: set[str] = field(default_factory=set)  # logins that may push all the same
    up_to_date: bool = False  # pull requests must contain the base's tip
    required_checks: tuple[str, ...] = ()
    refuses_pushes: bool = True
    required_app: int | None = None  # the only App that may report the required checks
    required_reviews: int = 0  # approving ones that a pull request needs
    classic: bool = False  # a branch protection, whose reviews are not shown to an App; no ruleset


@dataclass(slots=True)
class Repo:
    id: int
    owner: User
    name: str
    path: Path
    default_branch: str
    created_at: datetime
    pushed_at: datetime
    private: bool = True
    roles: dict[str, Role] = field(default_factory=dict)
    merge_methods: tuple[str, ...] = ("merge", "squash", "rebase")
    protected: dict[str, Protection] = field(default_factory=dict)
    last_number: int = 0  # of a pull request
    archived: bool = False
    deletes_heads: bool = False  # when their pull request is merged
    reviewed: set[str] = field(default_factory=set)  # environments that wait for a review
    guarded: dict[str, set[int]] = field(default_factory=dict)  # environments whose rules are Apps
    parent_id: int | None = None  # what it is a fork of
    disabled: set[str] = field(default_factory=set)  # files of workflows that somebody disabled

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"


@dataclass(slots=True)
class Suite:
    id: int
    repo_id: int
    app_id: int
    head_sha: str
    head_branch: str | None
    before: str | None
    created_at: datetime
    updated_at: datetime
    requested: bool = False  # asked to run and nothing has answered yet
    attempt: int = 1
    path: str = ".github/workflows/ci.yml"
    event: str = "push"
    actor: User | None = None  # who started it; the owner where nobody is said
    again: User | None = None  # who had it run again
    inputs: Mapping[str, str] = field(default_factory=dict)
    title: str = ""  # what `run-name` makes of it; the commit's subject where there is none


@dataclass(slots=True)
class Run:
    id: int
    repo_id: int
    app_id: int
    suite_id: int
    head_sha: str
    name: str
    status: str = "queued"
    conclusion: str | None = None
    external_id: str = ""
    details_url: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, str]] = field(default_factory=list)
    attempt: int = 1


@dataclass(slots=True)
class Deployment:
    """Of the job *run_id* to an environment; *states*: (id, word, when), oldest first."""

    id: int
    repo_id: int
    suite_id: int
    run_id: int
    sha: str
    ref: str
    environment: str
    created_at: datetime
    states: list[tuple[int, str, datetime]] = field(default_factory=list)
    asked: set[int] = field(default_factory=set)  # Apps that have not answered yet


@dataclass(frozen=True, slots=True)
class Leave:
    """What an App said to the jobs of a run at an environment; *state* "": only a comment."""

    app_id: int
    suite_id: int
    environment: str
    state: str
    comment: str


@dataclass(slots=True)
class Status:
    id: int
    repo_id: int
    sha: str
    context: str
    state: str
    description: str | None
    target_url: str | None
    creator: User
    created_at: datetime


@dataclass(slots=True)
class Pull:
    id: int
    repo_id: int
    number: int
    title: str
    body: str | None
    head: str
    base: str
    head_sha: str
    base_sha: str
    head_repo_id: int
    user: User
    created_at: datetime
    updated_at: datetime
    state: str = "open"
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_sha: str | None = None
    closed_at: datetime | None = None


@dataclass(slots=True)
class Review:
    id: int
    repo_id: int
    number: int
    user: User
    state: str
    body: str
    sha: str
    submitted_at: datetime


@dataclass(slots=True)
class Comment:
    """On a pull request (`number`) or on a commit (`sha`); one of the two."""

    id: int
    repo_id: int
    user: User
    body: str
    created_at: datetime
    updated_at: datetime
    number: int | None = None
    sha: str | None = None
    by_app: int | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True)
class Reaction:
    id: int
    user: User
    content: str
    created_at: datetime


@dataclass(slots=True)
class Delivery:
    """One attempt (or planned attempt) to hand a webhook to an App."""

    id: int
    guid: str
    app_id: int
    installation_id: int | None
    repository_id: int | None
    event: str
    action: str | None
    payload: dict[str, Any]
    created_at: datetime
    redelivery: bool = False
    status: str = "pending"
    status_code: int = 0
    duration: float = 0.0
    delivered_at: datetime | None = None
    request_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""


@dataclass(frozen=True, slots=True)
class MadeApp:
    """What a code of the manifest flow is good for."""

    app: App
    private_key_pem: str = field(repr=False)
    client_secret: str = field(repr=False)
    made_at: datetime


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """What a registered App is configured with."""

    app_id: int
    private_key_pem: str = field(repr=False)


class Refusal(Exception):
    """GitHub says no: an HTTP status, a message and, for 422, the fields at fault."""

    def __init__(self, status: int, message: str, errors: list[Any] | None = None) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.errors = errors or []
