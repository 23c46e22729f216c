"""Every fact that a decision may use, at one instant. `now` is one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from app.core.model.deployments import Deployment, Job, WorkflowRun
from app.core.model.drift_questions import UnrecordedQuestion
from app.core.model.facts import CommitChecks, Content, HeadState, PullFact, ReviewFact
from app.core.model.hand_edits import HandEdit
from app.core.model.installations import InstallationFact
from app.core.model.lock_services import ServicesKnown
from app.core.model.names import (
    FreightId,
    GroupName,
    Repo,
    Sha,
    StageName,
    WarehouseName,
)
from app.core.model.organization_locks import HomeFile, LinterAnswer, Organization
from app.core.model.past_questions import FreightQuestion, PastQuestion
from app.core.model.people import Standing
from app.core.model.pipeline import Pipeline, Problem
from app.core.model.previews import FirstTick, Ignored, Replayed, StagePreview
from app.core.model.questions import (
    ContentQuestion,
    EqualQuestion,
    HeardQuestion,
    OwnHeadQuestion,
    Question,
    RestoreQuestion,
    Unanswered,
)
from app.core.model.records import Promotion, Records
from app.core.model.renders import Clash, Rendered, StepProblem
from app.core.model.reverts import Revert
from app.core.model.run_questions import StartedQuestion

RenderKey = tuple[StageName, FreightId]


@dataclass(frozen=True, slots=True)
class ConfigState:
    """What `stagelock.yaml` is at the default branch's tip, and which version is in force."""

    status: Literal["absent", "valid", "invalid"]
    commit: Sha | None = None
    """It brought the file into its state at the tip; None: absent, or an empty repository."""
    in_force: Sha | None = None
    """The commit whose version counts: with a valid tip the same. None: none ever counted."""
    pipeline: Pipeline | None = None
    """That of *in_force*."""
    problems: tuple[Problem, ...] = ()
    """Of the version at the tip."""
    notes: tuple[Problem, ...] = ()
    """Of the version at the tip: what is right, and probably not meant."""
    lacks: tuple[Problem, ...] = ()
    """What the version in force, valid by itself, takes from its organisation in vain."""
    home: HomeFile | None = None
    """The lock groups of the organisation, where this is the repository that defines them."""
    told_both: frozenset[Sha] = frozenset()
    """Commits that changed both files, one of which another commit has changed since."""


BEGINNING = -(1 << 60)
"""A place below every place of a line."""


@dataclass(frozen=True, slots=True)
class Line:
    """A warehouse's branch, as far as it was read, and what of it is watched."""

    places: Mapping[Sha, int]
    """Rising numbers: newer is higher."""
    at: Mapping[int, Sha]
    """The commit of each place."""
    top: int
    """The place of the tip."""
    firing: tuple[Sha, ...] = ()
    """
    The commits that changed a watched path, newest first, complete from the tip down to *low*.
    """
    low: int = BEGINNING
    """`BEGINNING`: there is none older."""
    heads: Mapping[Sha, datetime] = field(default_factory=dict)
    """The tips that we saw, and since when."""
    minted_low: int = BEGINNING
    """
    Where freights are left out of the records, the warehouse's are there from the tip down to this
    place.
    """

    @property
    def tip(self) -> Sha:
        """The newest commit."""
        return self.at[self.top]

    def seen_at(self, sha: Sha) -> datetime | None:
        """When the push that brought *sha* was first seen; None: it is not on the line."""
        return first_seen(self.at, self.heads, self.places.get(sha))

    def between(self, sha: Sha, other: Sha | None) -> Sequence[Sha]:
        """The commits after *sha* and before *other* (None: all later ones), nearest first."""
        end = self.top + 1 if other is None else self.places[other]
        return [self.at[place] for place in range(self.places[sha] + 1, end)]


def first_seen(
    at: Mapping[int, Sha], heads: Mapping[Sha, datetime], place: int | None
) -> datetime | None:
    """
    When the first of a line's *heads* that holds the commit at *place* was seen; None: nobody saw
    one. The push that brought a commit ends a few places above it, however long the line is.
    """
    while place is not None and place in at:
        if (seen := heads.get(at[place])) is not None:
            return seen
        place += 1
    return None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody else's pull request (or a merge group, number 0) and what merging it would feed."""

    number: int
    head: Sha
    base: str
    warehouses: tuple[WarehouseName, ...]
    ignored: tuple[Ignored, ...] = ()
    """The first changed paths that make no freight, and by which rule; *ignored_count* in all."""
    ignored_count: int = 0
    changes_config: bool = False
    config_problems: tuple[Problem, ...] = ()
    config_notes: tuple[Problem, ...] = ()
    config_readable: bool = True
    config_gone: bool = False
    """It removes `stagelock.yaml`."""
    config_pipeline: Pipeline | None = None
    """What its `stagelock.yaml` says, where it changes that file and is valid."""
    home_file: LinterAnswer | None = None
    """What it makes of the organisation's lock groups, where it changes their file."""
    known: bool = True
    """False: what it changes could not be read."""
    outputs: tuple[tuple[StageName, tuple[str, ...], int], ...] = ()
    """What it changes by hand: (stage, first paths of its outputs, how many), in needs-order."""
    stages: tuple[StagePreview, ...] = ()
    """What merging it brings to each stage that it feeds, in needs-order."""
    replayed: tuple[Replayed, ...] = ()
    """Which stages the branch's newest commits feed by the rules in force, and by its own."""
    first: tuple[FirstTick, ...] = ()
    """Where no pipeline is in force: what its own would do first."""
    merged: Sha | None = None
    """Where *first* is said: the supposed merge."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All facts about one repository at *now*."""

    now: datetime
    repo: Repo
    default_branch: str
    config: ConfigState
    records: Records
    quiet: timedelta = timedelta(seconds=60)
    """How long after a push checks that a glob awaits may still begin."""
    app_id: int = 0
    """Our App's number."""
    tips: Mapping[str, Sha] = field(default_factory=dict)
    """The tip of each branch."""
    lines: Mapping[WarehouseName, Line] = field(default_factory=dict)
    contents: Mapping[StageName, Content] = field(default_factory=dict)
    """What each stage's outputs hold at its branch's tip."""
    written: Mapping[ContentQuestion, Content] = field(default_factory=dict)
    """What a promotion's landed commit or pull request head holds."""
    renders: Mapping[RenderKey, Rendered | StepProblem] = field(default_factory=dict)
    """What the stages' steps make of the freight that may be next, on the tip."""
    reachable: frozenset[Sha] = frozenset()
    """Of the commits that promotions wrote or landed as, those that their branch holds."""
    equal: Mapping[EqualQuestion, tuple[Sha, ...]] = field(default_factory=dict)
    """The nearest later commits with equal outputs, as many as were asked for."""
    checks: Mapping[Sha, CommitChecks] = field(default_factory=dict)
    """Of every commit that a decision may ask about, as far as it was asked."""
    heard: Mapping[HeardQuestion, CommitChecks] = field(default_factory=dict)
    pipelines: Mapping[Sha, Pipeline] = field(default_factory=dict)
    """The pipeline as of each commit that an unfinished promotion runs under."""
    strays: Mapping[StageName, tuple[str, ...]] = field(default_factory=dict)
    """What each branch `stagelock/<stage>` changes beyond its stage's outputs."""
    adoptable: Mapping[StageName, FreightId | None] = field(default_factory=dict)
    """At first contact, the freight that explains a stage's content; None: none does."""
    unexplained: Mapping[StageName, int] = field(default_factory=dict)
    """At first contact with content that no freight explains: how many files there are."""
    pulls: Mapping[StageName, PullFact] = field(default_factory=dict)
    """Our pull request of each stage: the one its unfinished promotion names, else the open one."""
    reviews: Mapping[int, tuple[ReviewFact, ...]] = field(default_factory=dict)
    required_reviews: Mapping[str, int] = field(default_factory=dict)
    """How many approving ones the rules of a branch require, as far as GitHub tells."""
    proposed: Mapping[StageName, tuple[PullFact, ...]] = field(default_factory=dict)
    """The pull requests of each branch `stagelock/<stage>` in all states, by number."""
    heads: Mapping[StageName, HeadState] = field(default_factory=dict)
    """How the head of `stagelock/<stage>` stands to its base."""
    own_heads: Mapping[OwnHeadQuestion, bool] = field(default_factory=dict)
    """Of what stands at `stagelock/<stage>` and no promotion has: whether it is a head of ours."""
    drifts: Mapping[StageName, tuple[HandEdit, ...]] = field(default_factory=dict)
    """What people changed in a stage's outputs since our last write there."""
    unrecorded: Mapping[UnrecordedQuestion, tuple[Promotion, ...]] = field(default_factory=dict)
    """Promotions of ours that landed in a stage and are not among the records, oldest first."""
    uncompared: frozenset[StageName] = frozenset()
    """Stages of which this process does not know yet whether there are such promotions."""
    merges: Mapping[RenderKey, Rendered | StepProblem | Clash] = field(default_factory=dict)
    """As *renders*, with people's edits merged in (`on-drift: merge`)."""
    restored: Mapping[RestoreQuestion, Rendered | StepProblem] = field(default_factory=dict)
    """What it would be to have earlier content back."""
    pushers: Mapping[StageName, str] = field(default_factory=dict)
    """Who wrote a foreign tip of `stagelock/<stage>`, as far as the commit says."""
    installation: InstallationFact | None = None
    """What the App was granted here; None: nobody knows."""
    organization: Organization | None = None
    """Known where groups of it are named here, or held."""
    asked_at: datetime | None = None
    """When the server was last asked for *tips*; None: at *now*."""
    alone: frozenset[str] = frozenset()
    """Branches on which a rule refused several promotions together: they go one by one."""
    proposals: tuple[Proposal, ...] = ()
    standings: Mapping[int, Standing] = field(default_factory=dict)
    """What people may do here, by their numbers."""
    members: Mapping[tuple[str, int], bool] = field(default_factory=dict)
    """Whether a team of the owner's has that person."""
    authors: Mapping[RenderKey, frozenset[int]] = field(default_factory=dict)
    """
    The accounts that wrote what a freight would bring to a stage, 0 for those without one; of many,
    two.
    """
    reverted: Mapping[FreightId, Revert | None] = field(default_factory=dict)
    """Of freight: what later commits took back of it; None: nothing."""
    workflow_runs: Mapping[int, WorkflowRun] = field(default_factory=dict)
    probed: Mapping[tuple[int, int], WorkflowRun] = field(default_factory=dict)
    """By the numbers of a repository, ours or another, and of a run: whose jobs hold groups."""
    started: Mapping[StartedQuestion, tuple[WorkflowRun, ...]] = field(default_factory=dict)
    """The runs that were started by a request, by rising id."""
    jobs: Mapping[tuple[int, int], tuple[Job, ...]] = field(default_factory=dict)
    """Of each attempt of a workflow run."""
    deployments: Mapping[tuple[Sha, str], tuple[Deployment, ...]] = field(default_factory=dict)
    """Of a commit to an environment."""
    past: frozenset[PastQuestion] = frozenset()
    """What was asked of older promotions: the answers are among the records."""
    named: frozenset[FreightQuestion] = frozenset()
    """What was asked of freights by their names: the answers are among the records."""
    permits: Mapping[GroupName, int] = field(default_factory=dict)
    """Of each lock group in force."""
    services: ServicesKnown = field(default_factory=ServicesKnown)
    """The external lock services that this server has profiles of."""
    unanswered: Mapping[Question, Unanswered] = field(default_factory=dict)
    """What was asked, and has no answer in this tick."""
