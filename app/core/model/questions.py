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
    """
    What was said about this commit?

    *within* names the limit of a tick that it counts for: that of minting, or a promotion's, which
    looks further than where it landed. It, and *known*, let what was said before be enough.
    """

    sha: Sha
    within: str = ""
    known: bool = False


@dataclass(frozen=True, slots=True)
class HeardQuestion:
    """
    What is remembered of this commit, or told of by deliveries? Asked anew in each *turn*-th sweep.
    """

    sha: Sha
    turn: int = 0


@dataclass(frozen=True, slots=True)
class EqualQuestion:
    """Which later commits, before *until*, hold what this promotion wrote? The nearest *count*."""

    promotion: PromotionId
    count: int
    until: Sha | None = None


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
    """What do the stage's outputs hold at *sha*?"""

    stage: StageName
    sha: Sha


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
class PastQuestion:
    """
    Which older promotions of *stage* are there: of *freight*, that wrote *content*, whose pull
    request has or had *head*, that ended *since* then, or *landed* as that commit?

    None of these: the next ones below the number *before*, newest first. The answer joins the
    records.
    """

    stage: StageName
    freight: FreightId | None = None
    content: Content | None = None
    head: Sha | None = None
    since: datetime | None = None
    landed: Sha | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class FiringQuestion:
    """Which are the newest *count* commits above the place *floor* that fire this warehouse?"""

    warehouse: WarehouseName
    floor: int
    count: int


@dataclass(frozen=True, slots=True)
class MintedQuestion:
    """Which are the newest *count* freights of the warehouse above the place *floor*?"""

    warehouse: WarehouseName
    floor: int
    count: int


@dataclass(frozen=True, slots=True)
class FreightQuestion:
    """Which freights of *warehouse* begin with *digits*? The answer joins the records."""

    warehouse: WarehouseName
    digits: str


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
    | PastQuestion
    | FiringQuestion
    | MintedQuestion
    | FreightQuestion
    | StandingQuestion
    | MemberQuestion
    | AuthorsQuestion
    | RevertQuestion
    | OfRuns
    | GroupQuestion
)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """
    A question that has no answer in this tick.

    ``cannot``: an error, with its *words*, since *since*. ``later``: this tick has asked enough,
    the next one goes on at once. *next_look* is when it is asked again.
    """

    kind: Literal["cannot", "later"]
    words: str
    since: datetime
    next_look: datetime


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
