"""
What a plan still wants to know: `core/planning/plan` asks, `engine/survey/survey` answers, until
nothing is asked.

So only facts that a decision needs are ever read from git or GitHub, and `plan` stays pure. What
cannot be answered now is `Unanswered`: whoever reads it from the ledger gets `CannotAsk`, so that
no decision is ever made on a fact that is half known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.core.model.drift_questions import OfDrift
from app.core.model.facts import Content
from app.core.model.names import FreightId, GroupName, PromotionId, Sha, StageName, WarehouseName
from app.core.model.past_questions import OfPast
from app.core.model.people import Person
from app.core.model.pull_questions import ReviewRuleQuestion
from app.core.model.run_questions import OfRuns

MINTING = "minting"
"""The limit of `ChecksQuestion` that minting has: one for all warehouses together."""


@dataclass(frozen=True, slots=True)
class RenderQuestion:
    """What do the stage's steps make of *freight* on its branch's tip?"""

    stage: StageName
    freight: FreightId


@dataclass(frozen=True, slots=True)
class ChecksQuestion:
    """What was said about this commit? Its other fields let what was said before be enough."""

    sha: Sha
    within: str = ""
    """
    The limit of a tick that it counts for: that of minting, or a promotion's, which looks further
    than where it landed.
    """
    known: bool = False
    """What is remembered is enough."""


@dataclass(frozen=True, slots=True)
class HeardQuestion:
    """What is remembered of this commit, or told of by deliveries?"""

    sha: Sha
    turn: int = 0
    """Asked anew in each so-many-th sweep; 0: only where a delivery told of it."""


@dataclass(frozen=True, slots=True)
class EqualQuestion:
    """Which later commits hold what this promotion wrote?"""

    promotion: PromotionId
    count: int
    """The nearest so many."""
    until: Sha | None = None
    """The commit before which to look; None: up to the tip."""


@dataclass(frozen=True, slots=True)
class PullQuestion:
    """What became of our pull request?"""

    stage: StageName
    number: int


@dataclass(frozen=True, slots=True)
class ProposedQuestion:
    """Which pull requests are there of the branch ``stagelock/<stage>``, in whatever state?"""

    stage: StageName


@dataclass(frozen=True, slots=True)
class ReviewsQuestion:
    """Who reviewed our pull request?"""

    number: int


@dataclass(frozen=True, slots=True)
class AdoptQuestion:
    """Which freight, if any, explains what the stage holds at first contact?"""

    stage: StageName


@dataclass(frozen=True, slots=True)
class ContentQuestion:
    """
    What do the stage's outputs hold at *sha*? Its outputs as of the commit *config*; empty: in
    force.
    """

    stage: StageName
    sha: Sha
    config: Sha


@dataclass(frozen=True, slots=True)
class MergeQuestion:
    """What do *freight* and people's edits since *promotion* give together, three-way?"""

    stage: StageName
    freight: FreightId
    promotion: PromotionId


@dataclass(frozen=True, slots=True)
class RestoreQuestion:
    """What does the stage's branch become when its outputs hold *content*, as *freight* had it?"""

    stage: StageName
    freight: FreightId
    content: Content


@dataclass(frozen=True, slots=True)
class HeadQuestion:
    """How does our pull request's head stand to its base?"""

    stage: StageName


@dataclass(frozen=True, slots=True)
class OwnHeadQuestion:
    """Did we push that commit as the head of a pull request of *stage*, whatever it became?"""

    stage: StageName
    commit: Sha


@dataclass(frozen=True, slots=True)
class StageQuestion:
    """What is there in git of this stage: its outputs, its pull request's branch?"""

    stage: StageName


@dataclass(frozen=True, slots=True)
class PlaceQuestion:
    """Is what this promotion wrote on its branch?"""

    stage: StageName
    promotion: PromotionId


@dataclass(frozen=True, slots=True)
class LineQuestion:
    """Which commits of its branch does this warehouse watch?"""

    warehouse: WarehouseName


@dataclass(frozen=True, slots=True)
class FiringQuestion:
    """Which are the newest commits that fire this warehouse?"""

    warehouse: WarehouseName
    floor: int
    """Only those above this place of the line."""
    count: int
    """At most so many."""


@dataclass(frozen=True, slots=True)
class StandingQuestion:
    """What may this person do in the repository now?"""

    person: Person


@dataclass(frozen=True, slots=True)
class MemberQuestion:
    """Is this person, called so now, in the *team* of the repository's owner?"""

    team: str
    person: Person


@dataclass(frozen=True, slots=True)
class AuthorsQuestion:
    """Who wrote what *freight* would bring to the stage?"""

    stage: StageName
    freight: FreightId


@dataclass(frozen=True, slots=True)
class RevertQuestion:
    """Which later commit of the line took back something that *freight* holds?"""

    freight: FreightId


@dataclass(frozen=True, slots=True)
class GroupQuestion:
    """What is this lock group of the organisation? Answered unasked, where it can be."""

    group: GroupName


Question = (
    RenderQuestion
    | ChecksQuestion
    | HeardQuestion
    | EqualQuestion
    | PullQuestion
    | ProposedQuestion
    | ReviewsQuestion
    | ReviewRuleQuestion
    | AdoptQuestion
    | ContentQuestion
    | OfDrift
    | MergeQuestion
    | RestoreQuestion
    | HeadQuestion
    | OwnHeadQuestion
    | StageQuestion
    | PlaceQuestion
    | LineQuestion
    | FiringQuestion
    | OfPast
    | StandingQuestion
    | MemberQuestion
    | AuthorsQuestion
    | RevertQuestion
    | OfRuns
    | GroupQuestion
)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that has no answer in this tick."""

    kind: Literal["cannot", "later"]
    """``cannot``: an error. ``later``: this tick has asked enough, the next one goes on at once."""
    words: str
    """The error's, for people."""
    since: datetime
    """Since when it has had no answer."""
    next_look: datetime
    """When it is asked again."""


class CannotAsk(Exception):
    """
    A decision needs an answer that there is none of now.

    Caught once for each unit that decides (a stage's plan, a verdict, a lock request, a warehouse,
    a head): it takes no action then, and says so.
    """

    def __init__(self, question: Question, unanswered: Unanswered) -> None:
        super().__init__(unanswered.words)
        self.question = question
        self.unanswered = unanswered
