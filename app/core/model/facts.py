"""
Facts about the outside world, as values: what adapters bring in and decisions are made on.

All times are aware datetimes in UTC. All sequences are tuples; their order is stated where it means
something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.core.model.names import FreightId, GroupName, Repo, Sha, StageName

Content = tuple[tuple[str, str], ...]
"""
What a stage's outputs hold at one commit: (output, fingerprint) pairs, sorted by output.

A fingerprint is ``mode:object id`` for a path, the scalar's text for a key, "" for what is absent.
Two equal contents are the same files, byte for byte.
"""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; *authors* are its author and co-authors as (name, e-mail)."""

    sha: Sha
    parents: tuple[Sha, ...]
    tree: Sha
    subject: str
    authors: tuple[tuple[str, str], ...]
    committed_at: datetime


RunStatus = Literal["queued", "in_progress", "completed"]


@dataclass(frozen=True, slots=True)
class CheckFact:
    """
    A check run, or a commit status shown as one (*suite_id* 0, *app* the App that
    posted it, "" for a person).

    *id* rises with creation. *conclusion* is GitHub's word, None until completed; of statuses:
    `success`, `failure` (also for `error`), or unfinished (`pending`).
    """

    id: int
    name: str
    status: str
    conclusion: str | None
    app: str
    app_id: int
    suite_id: int
    completed_at: datetime | None = None
    external_id: str = ""
    url: str = ""
    title: str = ""
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SuiteFact:
    """A check suite; *status* is `completed` or something unfinished."""

    id: int
    app: str
    app_id: int
    status: str
    conclusion: str | None = None
    runs: int | None = None
    """How many runs it has; None where unknown. A suite without runs never finishes: ignore it."""


@dataclass(frozen=True, slots=True)
class CommitChecks:
    """All that was said about one commit. Runs are in rising order of id, re-runs included."""

    sha: Sha
    runs: tuple[CheckFact, ...] = ()
    suites: tuple[SuiteFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    """A check run's button: at most 20, 40 and 20 characters."""

    label: str
    description: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark at one place of one file, on a check run."""

    path: str
    line: int
    column: int
    message: str
    title: str = ""
    level: Literal["notice", "warning", "failure"] = "failure"


@dataclass(frozen=True, slots=True)
class RunDraft:
    """
    A check run as it should be: natural key (*name*, *sha*, *external_id*).

    *title* is below 70 characters; *summary* at most 65,535 bytes of Markdown; at most 3 *buttons*,
    which GitHub shows on completed runs only.
    """

    name: str
    sha: Sha
    external_id: str
    status: RunStatus
    conclusion: str | None
    title: str
    summary: str
    buttons: tuple[Button, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    event: str = ""
    """The id of what it tells, in the audit: "Details" leads there."""
    urgent: bool = True
    """A head, a failure, a grant, an end: made before others where GitHub lets us make few."""


@dataclass(frozen=True, slots=True)
class PullFact:
    """
    A pull request. *head_repo_id* is None when the fork is gone.

    *merge_sha*: what it became when it was merged; lists of a branch do not say it.
    """

    number: int
    state: Literal["open", "closed"]
    merged: bool
    head_ref: str
    head_sha: Sha
    head_repo_id: int | None
    base_ref: str
    author: str
    title: str
    draft: bool = False
    merge_sha: Sha | None = None
    closed_at: datetime | None = None
    actor: str = ""
    """Who merged or closed it, where GitHub says so."""
    behind: bool = False
    """Its base requires heads to be up to date, and this one is not."""
    dirty: bool = False
    """GitHub says that it conflicts with its base."""
    mergeable: bool = False
    """GitHub says that no rule keeps it from being merged; lists do not say it."""
    body: str = ""


HeadState = Literal["fits", "behind", "outdated"]
"""
Of our pull request's head: merging it brings what it shows, and its base has not moved (`fits`) or
has (`behind`); or merging it would bring something else (`outdated`).
"""


@dataclass(frozen=True, slots=True)
class ReviewFact:
    """A review; *state* is GitHub's word in upper case (`APPROVED`, `CHANGES_REQUESTED`, ...)."""

    id: int
    user: str
    state: str
    commit: Sha | None
    is_bot: bool = False
    user_id: int = 0


@dataclass(frozen=True, slots=True)
class CommentFact:
    """A comment on a pull request (*pull*) or on a commit (*sha*), as it stands now."""

    id: int
    kind: Literal["issue", "commit"]
    body: str
    user: str
    is_bot: bool
    created_at: datetime
    updated_at: datetime
    pull: int | None = None
    sha: Sha | None = None
    user_id: int = 0
    app_id: int = 0
    """Of the App that wrote it; 0: none did, or the server does not say."""


Role = Literal["none", "read", "triage", "write", "maintain", "admin"]


@dataclass(frozen=True, slots=True)
class RepoFact:
    """A repository as GitHub describes it. *default_branch* may name a branch without commits."""

    repo: Repo
    default_branch: str
    archived: bool = False
    public: bool = False
    """Anybody may see it; one that only an enterprise's members see is not public."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """
    What a stage's steps make of one freight on one tip.

    *tree* is the root tree of the stage's branch afterwards, already in the object store; *content*
    the outputs in it; *before* the outputs at the tip; *changed_files* how many files differ, and
    *changed* the first of them. *pure* is what the freight alone gives: it differs from *content*
    where people's edits were *merged* in, which are *kept* (files, or ``file#key``).
    """

    tree: Sha
    content: Content
    before: Content
    changed_files: int
    changed: tuple[str, ...] = ()
    pure: Content = ()
    merged: bool = False
    kept: tuple[str, ...] = ()

    @property
    def in_sync(self) -> bool:
        """Nothing would change."""
        return self.content == self.before


@dataclass(frozen=True, slots=True)
class Clash:
    """The *places* (files, or ``file#key``) that people and the freight both changed."""

    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepProblem:
    """
    A step that cannot run on the tip, or (*is_source*) without what the freight lacks.

    *commit* last changed *file*, if any did; where that is too long ago to be looked for, it is as
    it is *unchanged_since* a commit, at least. The step is tried again when *fingerprint* changes.
    """

    file: str
    key: str | None
    message: str
    commit: Sha | None
    fingerprint: str
    unchanged_since: Sha | None = None
    is_source: bool = False


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """
    Which stage's steps to run, for which freight, on which tip.

    *onto* None: the branch does not exist, an empty tree. *upstreams*: for each stage that a step
    copies from, the commit whose tree holds what that upstream wrote. *permits* are the names that
    its grant has of lock groups; a value that names a group without one is the value that the key
    has in *kept* (None: in *onto*): before a grant nobody knows it.
    """

    stage: StageName
    freight: FreightId
    onto: Sha | None
    upstreams: Mapping[StageName, Sha] = field(default_factory=dict)
    permits: Mapping[GroupName, str] = field(default_factory=dict)
    kept: Sha | None = None


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """
    One compare-and-swap of one ref: from *expected* (None: must not exist) to *new* (None: delete).
    """

    ref: str
    new: Sha | None
    expected: Sha | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who writes a commit."""

    name: str
    email: str
