"""
Facts about the outside world, as values: what adapters bring in and decisions are made on.

All times are aware datetimes in UTC. All sequences are tuples; their order is stated where it means
something.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.core.model.names import Repo, Sha

Content = tuple[tuple[str, str], ...]
"""
What a stage's outputs hold at one commit: (output, fingerprint) pairs, sorted by output.

A fingerprint is ``mode:object id`` for a path, the scalar's text for a key, "" for what is absent.
Two equal contents are the same files, byte for byte.
"""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit, as Git has it."""

    sha: Sha
    parents: tuple[Sha, ...]
    """In Git's order; the first is what the commit was made on."""
    tree: Sha
    """Its root tree."""
    subject: str
    """The first line of its message."""
    authors: tuple[tuple[str, str], ...]
    """Its author and co-authors as (name, e-mail)."""
    committed_at: datetime


RunStatus = Literal["queued", "in_progress", "completed"]


@dataclass(frozen=True, slots=True)
class CheckFact:
    """
    A check run (https://docs.github.com/rest/checks/runs), or a commit status shown as one
    (https://docs.github.com/rest/commits/statuses).
    """

    id: int
    """Rises with creation."""
    name: str
    """Of a status: its context."""
    status: str
    """`completed`, or something unfinished."""
    conclusion: str | None
    """
    GitHub's word, None until completed; of statuses `success`, or `failure` (also for `error`).
    """
    app: str
    """The slug of the App that wrote it; "" of a status: a person did."""
    app_id: int
    """The number of that App; 0 of statuses."""
    suite_id: int
    """0: it is a commit status."""
    completed_at: datetime | None = None
    """None until completed; of a status: when it was written."""
    external_id: str = ""
    """What its App wrote there; of our runs see `check_names`."""
    url: str = ""
    """Where people read more: GitHub's page of it, or what its App names."""
    title: str = ""
    """Of what its App said last, foreign text; "": nothing."""
    started_at: datetime | None = None
    """None: GitHub does not say, as of statuses."""


@dataclass(frozen=True, slots=True)
class SuiteFact:
    """A check suite: https://docs.github.com/rest/checks/suites."""

    id: int
    app: str
    """The slug of the App whose runs it holds."""
    app_id: int
    status: str
    """`completed`, or something unfinished."""
    conclusion: str | None = None
    """GitHub's word, None until completed."""
    runs: int | None = None
    """How many runs it has; None where unknown. A suite without runs never finishes: ignore it."""


@dataclass(frozen=True, slots=True)
class CommitChecks:
    """All that was said about one commit."""

    sha: Sha
    runs: tuple[CheckFact, ...] = ()
    """In rising order of id, re-runs included."""
    suites: tuple[SuiteFact, ...] = ()
    """As GitHub lists them."""


@dataclass(frozen=True, slots=True)
class Button:
    """A check run's button; GitHub refuses longer texts."""

    label: str
    """At most 20 characters."""
    description: str
    """At most 40 characters."""
    identifier: str
    """At most 20 characters: what a click sends back."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark at one place of one file, on a check run."""

    path: str
    """From the root of the repository."""
    line: int
    """From 1."""
    column: int
    """From 1."""
    message: str
    title: str = ""
    level: Literal["notice", "warning", "failure"] = "failure"


@dataclass(frozen=True, slots=True)
class RunDraft:
    """A check run as it should be; its natural key is its name, its commit and its external id."""

    name: str
    sha: Sha
    external_id: str
    status: RunStatus
    conclusion: str | None
    """None until completed."""
    title: str
    """Below 70 characters."""
    summary: str
    """Markdown, at most 65,535 bytes."""
    buttons: tuple[Button, ...] = ()
    """At most 3; GitHub shows them on completed runs only."""
    annotations: tuple[Annotation, ...] = ()
    event: str = ""
    """The id of what it tells, in the audit: "Details" leads there."""
    urgent: bool = True
    """A head, a failure, a grant, an end: made before others where GitHub lets us make few."""


@dataclass(frozen=True, slots=True)
class PullFact:
    """A pull request: https://docs.github.com/rest/pulls/pulls."""

    number: int
    state: Literal["open", "closed"]
    merged: bool
    head_ref: str
    """The branch, without `refs/heads/`."""
    head_sha: Sha
    head_repo_id: int | None
    """None: the fork is gone."""
    base_ref: str
    """The branch, without `refs/heads/`."""
    author: str
    """Login of who opened it; foreign text."""
    title: str
    draft: bool = False
    merge_sha: Sha | None = None
    """
    What it became when it was merged; None: it was not, or a list of pull requests was read, which
    does not say it.
    """
    closed_at: datetime | None = None
    """None while it is open."""
    actor: str = ""
    """Who merged or closed it, where GitHub says so."""
    behind: bool = False
    """Its base requires heads to be up to date, and this one is not."""
    dirty: bool = False
    """GitHub says that it conflicts with its base."""
    mergeable: bool = False
    """GitHub says that no rule keeps it from being merged; lists do not say it."""
    body: str = ""
    """Its description, foreign text."""


HeadState = Literal["fits", "behind", "outdated"]
"""
Of our pull request's head: merging it brings what it shows, and its base has not moved (`fits`) or
has (`behind`); or merging it would bring something else (`outdated`).
"""


@dataclass(frozen=True, slots=True)
class ReviewFact:
    """A review of a pull request: https://docs.github.com/rest/pulls/reviews."""

    id: int
    """Rises with submission."""
    user: str
    """The login."""
    state: str
    """GitHub's word in upper case: `APPROVED`, `CHANGES_REQUESTED`, ..."""
    commit: Sha | None
    """The head that was reviewed; None: it is not there any more."""
    is_bot: bool = False
    user_id: int = 0
    """The account's number; 0: not said."""


@dataclass(frozen=True, slots=True)
class CommentFact:
    """A comment on a pull request or on a commit, as it stands now."""

    id: int
    kind: Literal["issue", "commit"]
    body: str
    user: str
    """The login."""
    is_bot: bool
    created_at: datetime
    updated_at: datetime
    pull: int | None = None
    """The pull request that it is on; None: it is on a commit."""
    sha: Sha | None = None
    """The commit that it is on; None: it is on a pull request."""
    user_id: int = 0
    """The account's number; 0: not said."""
    app_id: int = 0
    """Of the App that wrote it; 0: none did, or the server does not say."""


Role = Literal["none", "read", "triage", "write", "maintain", "admin"]


@dataclass(frozen=True, slots=True)
class RepoFact:
    """A repository as GitHub describes it: https://docs.github.com/rest/repos/repos."""

    repo: Repo
    default_branch: str
    """It may name a branch without commits."""
    archived: bool = False
    """Nobody can write to it."""
    public: bool = False
    """Anybody may see it; one that only an enterprise's members see is not public."""


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One compare-and-swap of one ref."""

    ref: str
    """Its full name."""
    new: Sha | None
    """None: delete it."""
    expected: Sha | None
    """None: it must not exist."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who writes a commit."""

    name: str
    email: str
