"""Ports -> Snapshot: nothing is read twice in a tick, except what its own actions changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property, partial, reduce

from app.core.model.drift_questions import DriftQuestion, UnrecordedQuestion
from app.core.model.facts import Commit
from app.core.model.names import Repo, Sha, StageName
from app.core.model.past_questions import FreightQuestion, MintedQuestion, OfPast, PastQuestion
from app.core.model.pipeline import Pipeline
from app.core.model.pull_questions import ReviewRuleQuestion
from app.core.model.questions import (
    AdoptQuestion,
    ChecksQuestion,
    ContentQuestion,
    EqualQuestion,
    FiringQuestion,
    GroupQuestion,
    HeadQuestion,
    HeardQuestion,
    LineQuestion,
    MergeQuestion,
    OwnHeadQuestion,
    PlaceQuestion,
    ProposedQuestion,
    PullQuestion,
    Question,
    RenderQuestion,
    RestoreQuestion,
    RevertQuestion,
    ReviewsQuestion,
    StageQuestion,
)
from app.core.model.records import Promotion, Records
from app.core.model.run_questions import OfRuns
from app.core.model.snapshot import Snapshot
from app.core.planning.plan import plan
from app.core.planning.plan_result import Plan
from app.core.planning.retry_pauses import Patience
from app.core.state.ledger import Ledger
from app.engine.survey.adoption import contact
from app.engine.survey.around import Around
from app.engine.survey.branch_lines import LineReader
from app.engine.survey.checks_heard import Hearing
from app.engine.survey.config_in_force import Pipelines, config_now
from app.engine.survey.drifts import Drifts
from app.engine.survey.equal_commits import equal_commits, outputs_at
from app.engine.survey.kept import Kept
from app.engine.survey.memo import Memo
from app.engine.survey.organizations import shared
from app.engine.survey.own_heads import own_head
from app.engine.survey.past import Recalling, with_freights
from app.engine.survey.people import OfPeople, PeopleRoom
from app.engine.survey.pull_facts import of_pulls
from app.engine.survey.rendering import Rendering
from app.engine.survey.stale_heads import head_state
from app.engine.survey.unanswered import Attempts, Behind, Enough
from app.engine.survey.unrecorded import Unrecorded
from app.engine.survey.warehouses import Warehouses
from app.engine.survey.watched_paths import Ours, WatchedPaths
from app.engine.survey.workflow_files import with_workflows
from app.engine.survey.workflow_runs import of_runs, started_heads
from app.errors import OutsideError
from app.ports import Clock, Forge, GitRepo, History

ROUNDS = 1000
"""How many rounds of questions a plan may need: the past comes by pages. More is a defect."""


class Survey:
    """Reads one repository for one tick."""

    def __init__(
        self,
        *,
        repo: Repo,
        default_branch: str,
        git: GitRepo,
        forge: Forge,
        watched: WatchedPaths,
        lines: LineReader,
        quiet: timedelta,
        clock: Clock,
        history: History,
        kept: Kept,
        people: PeopleRoom,
        planner: Callable[[Snapshot], Plan] = plan,
        patience: Patience | None = None,
        hearing: Hearing | None = None,
        around: Around | None = None,
    ) -> None:
        self.repo = repo
        self.default_branch = default_branch
        self._git = git
        self._forge = forge
        self._watched = watched
        self._quiet = quiet
        self.clock = clock
        self._asked_at: datetime | None = None
        self._plan = planner
        self.attempts = Attempts(patience or Patience({}))
        self._history = history
        self._around = around or Around()
        texts = partial(history.config_text, repo.id)
        earlier = Pipelines(git, default_branch, texts, self._around.account_id)
        self.recall = Recalling(history, git, lines, earlier, kept.reached, self.attempts)
        self.memo = Memo()
        self.hearing = hearing or Hearing(repo, forge)
        self.lines = lines
        self._kept = kept
        self.people = people
        self.rendering = Rendering(git, watched, default_branch, earlier)

    @cached_property
    def _drifts(self) -> Drifts:
        unrecorded = Unrecorded(self.repo, self.default_branch, self._git, self._forge)
        return Drifts(self.default_branch, self._git, unrecorded, self._kept.compared)

    def fetch(self) -> None:
        """Ask the server for its branches; what arrives there from now on is not seen."""
        self._asked_at = self.clock()
        self._git.fetch()
        self.attempts.forget()

    def look(self, records: Records, now: datetime) -> tuple[Snapshot, Plan]:
        """The world at *now*, with every question of the plan answered, and the plan."""
        try:
            return self._look(records, now)
        except Behind:
            self.fetch()
            return self._look(records, now, catching_up=False)

    def _look(
        self, records: Records, now: datetime, *, catching_up: bool = True
    ) -> tuple[Snapshot, Plan]:
        snapshot = self._base(records, now)
        plan = self._plan(snapshot)
        for _ in range(ROUNDS):
            if not plan.questions:
                return snapshot, plan
            snapshot = self.answered(snapshot, plan.questions)
            if catching_up and self._is_behind(snapshot):
                raise Behind
            plan = self._plan(snapshot)
        raise RuntimeError(f"{self.repo.full_name}: a plan never stops asking {plan.questions}")

    def _base(self, records: Records, now: datetime) -> Snapshot:
        git, tips, on = self._git, self._git.heads(), self.default_branch
        config = with_workflows(git, config_now(git, tips.get(on), records, on), tips, on)
        config = self._around.with_home(git, config, tips.get(on), on)
        beside, trials = self._around.neighbours, self.attempts
        there, config, records = shared(beside, config, records, trials, now)
        snapshot = Snapshot(
            now=now,
            installation=self._around.installation,
            organization=there,
            services=self._around.services,
            repo=self.repo,
            default_branch=on,
            config=config,
            records=records,
            quiet=self._quiet,
            app_id=self._forge.app_id(),
            tips=tips,
            asked_at=self._asked_at,
            alone=frozenset(self.memo.alone),
        )
        if (pipeline := config.pipeline) is None:
            return snapshot
        ground = self.recall.ground(snapshot, pipeline, records)
        lines = ground.lines(self.warehouses(snapshot))
        snapshot = with_freights(snapshot, (f for _, freights in lines.values() for f in freights))
        pipelines = ground.pipelines(config.in_force or Sha(""))
        snapshot = replace(snapshot, pipelines=pipelines)
        places, reachable = ground.places(snapshot), ground.reachable(snapshot)
        return replace(
            snapshot,
            lines={name: line for name, (line, _) in lines.items()},
            contents={n: p.content for n, p in places.items() if p.content is not None},
            reachable=reachable,
            uncompared=self._kept.uncompared(self.repo.id, pipeline.stages),
            pushers={n: p.pusher for n, p in places.items() if p.pusher is not None},
            strays={n: p.strays for n, p in places.items() if p.strays is not None},
            permits={n: group.permits for n, group in pipeline.locks.items() if group.permits},
            unanswered=dict(self.attempts.unanswered),
        )

    def warehouses(self, snapshot: Snapshot) -> Warehouses:
        on, pipeline = self.default_branch, snapshot.config.pipeline or Pipeline({}, {})
        rules, records = self._watched.rules(pipeline, on), snapshot.records
        ours = Ours(records, lambda commits: self._history.landed_as(self.repo.id, commits))
        return Warehouses(self.lines, pipeline, records, on, rules, snapshot.now, ours)

    def _is_behind(self, snapshot: Snapshot) -> bool:
        """Something was merged, or a run began, after our last fetch: two times are spoken of."""
        merges = (p.merge_sha for p in snapshot.pulls.values() if p.merged)
        return any(s and not self._git.has(s) for s in (*merges, *started_heads(snapshot)))

    def answered(self, snapshot: Snapshot, questions: Iterable[Question]) -> Snapshot:
        """*snapshot* with the answers to *questions*, or with the fact that there are none now."""
        return reduce(self._asked, sorted(questions, key=self.attempts.turn), snapshot)

    def _asked(self, snapshot: Snapshot, question: Question) -> Snapshot:
        """*snapshot* with the answer, or with the fact that there is none in this tick."""
        if isinstance(question, OfPast):
            return self.recall.answer(snapshot, question)  # without the store there is no tick
        unanswered = self.attempts.unanswered
        if question not in unanswered:
            try:
                return self._answer(snapshot, question)
            except Enough as enough:
                self.attempts.enough(question, str(enough), snapshot.now)
            except OutsideError as error:
                self.attempts.failed(question, error, snapshot.now)
        noted = {**snapshot.unanswered, question: unanswered[question]}
        return replace(snapshot, unanswered=noted)

    def _answer(self, snapshot: Snapshot, question: Question) -> Snapshot:
        if isinstance(question, OfRuns):
            return of_runs(self._forge, self.memo, snapshot, question, self._around.neighbours)
        if isinstance(question, OfPeople):
            return self.people.answer(snapshot, question, self.warehouses(snapshot).watcher)
        match question:
            case StageQuestion() | PlaceQuestion() | LineQuestion() | GroupQuestion():
                return snapshot  # answered unasked
            case PastQuestion() | FreightQuestion() | MintedQuestion():
                return self.recall.answer(snapshot, question)
            case FiringQuestion():
                return self._firing(snapshot, question)
            case RenderQuestion(stage, freight):
                alone = self.rendering.alone(snapshot, stage, freight)
                return replace(snapshot, renders={**snapshot.renders, (stage, freight): alone})
            case ChecksQuestion():
                return self._checks(snapshot, question)
            case HeardQuestion():
                return self._heard(snapshot, question)
            case EqualQuestion(promotion, count, until):
                lines = self.warehouses(snapshot)
                shas = equal_commits(self._git, lines, snapshot, promotion, (count, until))
                known = {**self.hearing.known(shas, snapshot.now), **snapshot.checks}
                equal = {**snapshot.equal, question: shas}
                return replace(snapshot, equal=equal, checks=known)
            case PullQuestion() | ProposedQuestion() | ReviewsQuestion() | ReviewRuleQuestion():
                return of_pulls(self._forge, self.memo, snapshot, question)
            case AdoptQuestion(stage):
                return self._contact(snapshot, stage)
            case ContentQuestion():
                return outputs_at(self._git, snapshot, question)
            case DriftQuestion() | UnrecordedQuestion():
                return self._drifts.answer(snapshot, question, self.warehouses(snapshot))
            case MergeQuestion(stage, freight, promotion):
                together = self.rendering.together(snapshot, stage, freight, promotion)
                return replace(snapshot, merges={**snapshot.merges, (stage, freight): together})
            case RestoreQuestion():
                back = self.rendering.restored(snapshot, question)
                return replace(snapshot, restored={**snapshot.restored, question: back})
            case RevertQuestion():
                lines = self.warehouses(snapshot)
                return self._kept.reverts.answer(self._git, snapshot, lines, question)
            case HeadQuestion(stage):
                state = head_state(self._git, snapshot, stage)
                return replace(snapshot, heads={**snapshot.heads, stage: state})
            case OwnHeadQuestion():
                return own_head(self._forge, self._git, snapshot, question)

    def news(self, ledger: Ledger, promotion: Promotion) -> tuple[Commit, ...]:
        """The commits that fire the warehouse, from the stage's previous freight to this one."""
        current = ledger.views[promotion.stage].current
        since = current.freight.sha if current else None
        shas = self.warehouses(ledger.snapshot).news(self._git, promotion.freight, since)
        return tuple(commit for sha in shas for commit in self._git.first_parents(sha, limit=1))

    def _checks(self, snapshot: Snapshot, question: ChecksQuestion) -> Snapshot:
        if (said := self.hearing.answer(question, snapshot.now)) is None:
            raise Enough(f"{question.sha[:7]} comes next")
        return replace(snapshot, checks={**snapshot.checks, question.sha: said})

    def _heard(self, snapshot: Snapshot, question: HeardQuestion) -> Snapshot:
        if (said := self.hearing.remembered(question, snapshot.now)) is None:
            raise Enough(f"{question.sha[:7]} comes next")
        return replace(snapshot, heard={**snapshot.heard, question: said})

    def _firing(self, snapshot: Snapshot, question: FiringQuestion) -> Snapshot:
        line = self.warehouses(snapshot).more(question, snapshot.lines[question.warehouse])
        if line is None:
            raise Enough("older commits come next")
        return replace(snapshot, lines={**snapshot.lines, question.warehouse: line})

    def _contact(self, snapshot: Snapshot, name: StageName) -> Snapshot:
        known = self.warehouses(snapshot)
        contacted = contact(self._kept.contacts, self._git, snapshot, name, known)
        if contacted is None:
            raise Enough("older freight comes next")
        return contacted
