"""
Where every stage is: a reading of the records against the tips, shared by all decisions.

Nothing is believed but what is reachable now: a force push that drops a commit takes its evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from app.core.model.facts import CommitChecks, Content, PullFact, ReviewFact
from app.core.model.names import FreightId, GroupName, PromotionId, Sha, StageName, WarehouseName
from app.core.model.people import Person, Standing
from app.core.model.pipeline import Pipeline
from app.core.model.questions import (
    AdoptQuestion,
    AuthorsQuestion,
    CannotAsk,
    ChecksQuestion,
    ContentQuestion,
    EqualQuestion,
    FiringQuestion,
    HeardQuestion,
    MemberQuestion,
    PullQuestion,
    Question,
    RenderQuestion,
    RestoreQuestion,
    ReviewsQuestion,
    StandingQuestion,
    Unanswered,
)
from app.core.model.records import Promotion
from app.core.model.renders import Rendered, StepProblem
from app.core.model.snapshot import Snapshot
from app.core.state.indexed import Indexed
from app.core.state.past import missing
from app.core.state.relocated import left
from app.core.state.stage_state import StageView
from app.core.state.terms import IN_FORCE, pinned
from app.core.state.unanswered import blind, unproven

__all__ = ["Ledger", "StageView"]


class Ledger(Indexed):
    """Lazily computed readings of one snapshot; pure: the same snapshot gives the same answers."""

    def __init__(self, snapshot: Snapshot, pipeline: Pipeline) -> None:
        super().__init__(snapshot, pipeline)
        self._back: dict[StageName, int | None] = {}
        self.missed: set[Unanswered] = set()
        """What kept a decision from being made."""

    def want(self, question: Question) -> None:
        """Ask *question* of the survey; CannotAsk where it has no answer in this tick."""
        unanswered = self.snapshot.unanswered.get(question)
        if unanswered is not None:
            self.missed.add(unanswered)
            raise CannotAsk(question, unanswered)
        self.questions.add(question)

    def knows(self, question: Question) -> None:
        """CannotAsk where *question*, which is answered unasked, has no answer in this tick."""
        if question in self.snapshot.unanswered:
            self.want(question)

    def sees(self, stage: StageName) -> None:
        """CannotAsk where it is not known what *stage* holds, or what an upstream was brought."""
        for question in self._blind.get(stage, ()):
            self.want(question)

    def proves(self, stage: StageName, freight: FreightId) -> None:
        """
        CannotAsk where what the checks say of *freight* in *stage* was asked for and is not known.

        A control-flow stage has no evidence of its own: its upstreams' is meant.
        """
        if not self.snapshot.unanswered:
            return
        view = self.views[stage]
        promotion = view.verified.get(freight) or view.latest.get(freight)
        question = unproven(self.snapshot, promotion) if promotion is not None else None
        if question is not None:
            self.want(question)
        if not view.stage.writes:
            for name in view.stage.upstreams:
                self.proves(name, freight)

    @cached_property
    def _blind(self) -> Mapping[StageName, tuple[Question, ...]]:
        return blind(self.snapshot, self.pipeline)

    def render(self, stage: StageName, freight: FreightId) -> Rendered | StepProblem | None:
        """What the stage's steps make of *freight*; None (and a question) where not known yet."""
        outcome = self.snapshot.renders.get((stage, freight))
        if outcome is None:
            self.want(RenderQuestion(stage, freight))
        return outcome

    def restored(
        self, stage: StageName, freight: FreightId, content: Content
    ) -> Rendered | StepProblem | None:
        """The stage's branch with *content* back; None (and a question) where not known yet."""
        question = RestoreQuestion(stage, freight, content)
        outcome = self.snapshot.restored.get(question)
        if outcome is None:
            self.want(question)
        return outcome

    def checks(self, sha: Sha, within: str = "", *, known: bool = False) -> CommitChecks | None:
        """What was said about *sha*, as `ChecksQuestion` has it; None where not known yet."""
        commit_checks = self.snapshot.checks.get(sha)
        if commit_checks is None:
            self.want(ChecksQuestion(sha, within, known))
        return commit_checks

    def heard(self, sha: Sha, turn: int = 0) -> CommitChecks | None:
        """What is remembered of *sha*, as `HeardQuestion` has it; None: not known yet."""
        question = HeardQuestion(sha, turn)
        if question not in self.snapshot.heard:
            self.want(question)
        return self.snapshot.heard.get(question)

    def equal(
        self, promotion: Promotion, count: int, until: Sha | None = None
    ) -> tuple[Sha, ...] | None:
        """Later commits with equal outputs, as `EqualQuestion` has it; None: not known yet."""
        question = EqualQuestion(promotion.id, count, until)
        if question not in self.snapshot.equal:
            self.want(question)
        return self.snapshot.equal.get(question)

    def adoptable(self, stage: StageName) -> FreightId | None:
        """The freight that explains what *stage* holds; None (and a question) where not known."""
        if stage not in self.snapshot.adoptable:
            self.want(AdoptQuestion(stage))
        return self.snapshot.adoptable.get(stage)

    def content_at(self, sha: Sha, stage: StageName, config: Sha = IN_FORCE) -> Content | None:
        """
        What the stage's outputs, as of the commit *config*, hold at *sha*; None (and a question)
        where not known yet.
        """
        question = ContentQuestion(stage, sha, config)
        content = self.snapshot.written.get(question)
        if content is None:
            self.want(question)
        return content

    def held_at(self, sha: Sha, promotion: Promotion) -> Content | None:
        """As `content_at`, of the outputs that *promotion* writes by its own terms."""
        return self.content_at(sha, promotion.stage, pinned(self.snapshot, promotion))

    def pull(self, stage: StageName, number: int) -> PullFact | None:
        """Our pull request as it is now; None (and a question) where not known yet."""
        pull = self.snapshot.pulls.get(stage)
        if pull is None or pull.number != number:
            self.want(PullQuestion(stage, number))
            return None
        return pull

    def reviews(self, number: int) -> tuple[ReviewFact, ...] | None:
        """The reviews of our pull request; None (and a question) where not known yet."""
        reviews = self.snapshot.reviews.get(number)
        if reviews is None:
            self.want(ReviewsQuestion(number))
        return reviews

    def standing(self, person: Person) -> Standing | None:
        """What the person may do here now; None (and a question) where not known yet."""
        standing = self.snapshot.standings.get(person.id)
        if standing is None:
            self.want(StandingQuestion(person))
        return standing

    def member(self, team: str, person: Person) -> bool | None:
        """Whether the team has the person; None (and a question) where not known yet."""
        is_member = self.snapshot.members.get((team, person.id))
        if is_member is None:
            self.want(MemberQuestion(team, person))
        return is_member

    def authors(self, stage: StageName, freight: FreightId) -> frozenset[int] | None:
        """Who wrote what is new in *freight*; None (and a question) where not known yet."""
        authors = self.snapshot.authors.get((stage, freight))
        if authors is None:
            self.want(AuthorsQuestion(stage, freight))
        return authors

    def firing(self, warehouse: WarehouseName, floor: int, count: int) -> tuple[Sha, ...] | None:
        """
        The newest commits above *floor* that fire, fewer than *count* only where there are no
        more; None (and a question) where not known yet.
        """
        line = self.snapshot.lines[warehouse]
        shas = tuple(sha for sha in line.firing if line.places[sha] > floor)
        if len(shas) >= count or line.low <= floor + 1:
            return shas
        self.want(FiringQuestion(warehouse, floor, count))
        return None

    @cached_property
    def views(self) -> Mapping[StageName, StageView]:
        """Every stage of the pipeline in force, in needs-order."""
        views: dict[StageName, StageView] = {}
        for name, stage in self.pipeline.stages.items():
            views[name] = StageView.read(
                stage,
                self.of_stage(name),
                self.holds,
                views,
                self.age,
                orders=self.orders.get(name, ()),
                request=self.requests.get(name),
                hold=self.holding.get(name),
            )
            if views[name].current is None and name not in self._left:
                self.questions |= missing(self.snapshot, name)
        return views

    @cached_property
    def _left(self) -> Mapping[StageName, frozenset[PromotionId]]:
        """Of stages whose folder was renamed, the promotions that were brought to another one."""
        there = self.snapshot.reachable
        stages = self.pipeline.stages.items()
        gone = {name: left(stage, self.of_stage(name), there) for name, stage in stages}
        return {name: promotion_ids for name, promotion_ids in gone.items() if promotion_ids}

    def known_back(self, name: StageName) -> int | None:
        """All that the stage verified is known that is not older than this age; None: all of it."""
        if name not in self._back:
            self._back[name] = self._known_back(name)
        return self._back[name]

    def _known_back(self, name: StageName) -> int | None:
        cut = self.snapshot.records.cut.get(name)
        if cut is None:
            return None
        landed = (p for p in self.views[name].promotions if p.number >= cut and self.holds(p))
        oldest = next(landed, None)
        age = self.age(oldest.freight) if oldest is not None else None
        return -1 if age is None else age

    @cached_property
    def below(self) -> Mapping[StageName, tuple[StageName, ...]]:
        """Where each stage's freight goes next; control-flow stages are looked through."""
        feeds: dict[StageName, set[StageName]] = {name: set() for name in self.pipeline.stages}
        for name, stage in reversed(tuple(self.pipeline.stages.items())):
            through = feeds[name] if not stage.writes and feeds[name] else {name}
            for upstream in stage.upstreams:
                feeds[upstream] |= through
        return {name: tuple(sorted(stages)) for name, stages in feeds.items()}

    def groups(self, promotion: Promotion) -> tuple[GroupName, ...]:
        """The lock groups to ask for now: no promotion has its grant yet when it asks."""
        stage = self.pipeline.stages.get(promotion.stage)
        return stage.locks if stage is not None else ()

    def weights(self, promotion: Promotion) -> dict[GroupName, int]:
        """How many permits to ask for now, of those of its groups where that is not one."""
        stage = self.pipeline.stages.get(promotion.stage)
        return {w.group: w.permits for w in stage.weights} if stage is not None else {}

    def permits(self, groups: Iterable[GroupName]) -> dict[GroupName, int]:
        """How many there are of each group; of one that is not defined any more one."""
        defined = self.pipeline.locks
        return {g: defined[g].permits if g in defined else 1 for g in groups}

    def permit_names(self, groups: Iterable[GroupName]) -> dict[GroupName, tuple[str, ...]]:
        """What they are called, in those of *groups* where they have names."""
        defined = self.pipeline.locks
        return {g: defined[g].names for g in groups if g in defined and defined[g].names}

    @cached_property
    def holds(self) -> Callable[[Promotion], bool]:
        """Tells whether a promotion's content is on its branch now, or under what came later."""
        reachable, age = self.snapshot.reachable, self.age
        gone = frozenset[PromotionId]().union(*self._left.values())

        def holds(promotion: Promotion) -> bool:
            landed = promotion.landed
            # A control-flow stage writes nothing: its promotions hold by having been decided.
            there = promotion.state == "verified" if landed is None else landed in reachable
            return there and age(promotion.freight) is not None

        return (lambda promotion: promotion.id not in gone and holds(promotion)) if gone else holds
