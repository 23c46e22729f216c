"""One tick of one repository: look, decide, act, until nothing is left to do."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import cast

from app.core.checkruns import targets
from app.core.model.names import Repo, StageName
from app.core.model.pipeline import Pipeline
from app.core.model.repository_change import RepoChange, RepoRecord
from app.core.model.snapshot import Snapshot
from app.core.planning.actions import EndRequest, Requeue, TakeOver
from app.core.planning.plan import plan
from app.core.planning.plan_result import Plan
from app.core.planning.retry_pauses import Patience
from app.core.state.ledger import Ledger
from app.core.text.documents import documents
from app.engine.actions.context import Desk
from app.engine.actions.dispatch import carry_out
from app.engine.actions.leaving import Leaving
from app.engine.actions.lock_publishing import published
from app.engine.actions.lock_refs import LockNotes, Refused, written_with
from app.engine.actions.outside import Outside
from app.engine.checkruns.chosen import Choice, but_others_plans, every, plans_to_merge
from app.engine.checkruns.introduction import introduced, introducing
from app.engine.checkruns.records import not_taken_back
from app.engine.checkruns.said import with_said
from app.engine.checkruns.writer import project
from app.engine.commands.in_turn import in_turn
from app.engine.commands.process import CommandAnswers
from app.engine.commands.speaking import Speaking
from app.engine.deliveries.intake import Intake
from app.engine.metrics.dwell_times import Progress
from app.engine.options import Options
from app.engine.queue.lease import Lease
from app.engine.queue.next_look import awaiting, delay, soonest
from app.engine.queue.work_keys import repo_key
from app.engine.starting import first_ticks
from app.engine.survey.branch_lines import forget_heard
from app.engine.survey.config_in_force import FILE
from app.engine.survey.first_file import is_proposed
from app.engine.survey.home_file import Home, home
from app.engine.survey.identity import identity
from app.engine.survey.kept_surveys import Surveys
from app.engine.survey.known_repository import Known
from app.engine.survey.listening import Listening
from app.engine.survey.proposals import Proposals
from app.engine.survey.survey import Survey
from app.errors import Denied, Missing, OutsideError, Transient
from app.observe import Metrics, about, listed
from app.ports import Clock, Forge, GitMirrors, GitRepo, Store
from app.ports.store import Claim

log = logging.getLogger("stagelock.reconcile")


class Reconciler:
    """The handler of the keys ``repo-<id>``."""

    def __init__(
        self,
        *,
        store: Store,
        forge: Forge,
        mirrors: GitMirrors,
        clock: Clock,
        intake: Intake,
        metrics: Metrics,
        options: Options,
    ) -> None:
        self._store = store
        self._listening = Listening(forge)
        forge = self._forge = cast("Forge", self._listening)
        self._mirrors = mirrors
        self._clock = clock
        self._intake = intake
        self._metrics = metrics
        self._options = options
        self._refused: Refused = {}
        self._known = Known(store, forge, clock)
        self._leaving = Leaving(store, options.services, clock)
        timed = metrics.plan_seconds.time()(plan)
        self._surveys = Surveys(
            store, forge, clock, options.quiet, options.list_comments_every, timed, options.services
        )
        self._proposals = Proposals(forge, first_ticks)
        self._speaking = Speaking(store, forge, clock, options.github_url)
        self._answers = CommandAnswers(
            store=store,
            forge=forge,
            clock=clock,
            github_url=options.github_url,
            every=options.list_comments_every,
            quota=options.lock_quota,
        )

    def handle(self, claim: Claim, lease: Lease) -> timedelta | None:
        """Tick the repository that *claim* names; returns when to look again by ourselves."""
        self._listening.anew(lambda: lease.over)
        repo_id = int(claim.key.removeprefix("repo-"))
        taken = self._intake.repository(repo_id)
        record = self._store.repos.get(repo_id)
        if record is None:
            return None
        if record.unavailable:
            return self._leaving.give_back(claim, lease, record.id)
        shared = home(self._store, record)
        try:
            with about(delivery=listed(taken.deliveries)):
                return self._tick(claim, lease, record, shared)
        except OutsideError as error:
            if shared:
                shared.failed(claim, error)
            if isinstance(error, Denied | Missing):
                return self._known.denied(record, error)
            raise

    def _tick(
        self, claim: Claim, lease: Lease, record: RepoRecord, shared: Home | None
    ) -> timedelta | None:
        fact = self._known.today(record)
        if fact is None:
            return None
        repo, branch = fact.repo, fact.default_branch
        known = self._mirrors.holds(repo, branch, FILE) or self._begun(repo)
        if not known and not (shared and shared.is_there(claim, self._mirrors, branch)):
            forget_heard(self._store.lines, claim, repo.id)
            seen = dict(self._mirrors.ls_remote(repo))
            if not is_proposed(self._mirrors, repo, record, branch, seen):
                self._store.repos.change(repo.id, RepoChange(tips=seen, awaiting=False))
                self._store.views.put(claim, repo.id, {})
                return None
        with self._mirrors.open(repo) as git:
            progress = Progress(self._metrics, repo.id, git, record.stays, Patience(record.stays))
            survey = self._surveys.survey(repo, branch, git, claim, progress.patience)
            survey.fetch()
            if shared:
                shared.read(claim, git, branch)
            try:
                again_in, unfinished = self._converge(claim, lease, survey, git, progress)
            except (Transient, Denied, Missing):
                self._store.repos.change(repo.id, RepoChange(stays=progress.written()))
                raise
            self._surveys.end(survey)
            tips = git.heads()
        left = RepoChange(tips=dict(tips), awaiting=unfinished, stays=progress.written())
        self._store.repos.change(repo.id, left)
        if survey.attempts.closed:
            with suppress(Transient):
                self._forge.repository(repo)  # ours no more: then this is what ends the tick
                self._ask_leave(repo)
        return again_in

    def _ask_leave(self, repo: Repo) -> None:
        """Something was refused: what we may do there, if it is news, is for the next tick."""
        if self._store.installs.put(self._forge.installation(repo.installation_id)):
            self._store.work.touch(repo_key(repo.id))

    def _begun(self, repo: Repo) -> bool:
        return self._store.history.load(repo.id).begun

    def _converge(
        self, claim: Claim, lease: Lease, survey: Survey, git: GitRepo, progress: Progress
    ) -> tuple[timedelta | None, bool]:
        """Plan and act until the plan is empty, then bring GitHub's view up to date."""
        # Promotions wait neither for comments nor for others' pull requests.
        attempts, now = survey.attempts, self._clock()
        listed = self._answers.take_in(claim, lease, survey.repo, attempts)
        notes = self._notes(lease, survey, git)
        snapshot, plan = self._look(survey, progress)
        snapshot, plan, done = in_turn(
            introducing(self._store.history, claim, snapshot),
            plan,
            decide=partial(self._decide, claim, lease, survey, listed=listed),
            act=partial(self._act, claim, lease, survey, git, notes),
            look=partial(self._look, survey, progress),
        )
        plan = published(attempts, now, notes, snapshot, plan)
        known = False
        with attempts.apart("proposals", now):
            there = self._surveys.watched, attempts, survey.answered
            proposals = self._proposals.read(snapshot, git, *there)
            snapshot, known = replace(snapshot, proposals=proposals), True
        choice = every if known else but_others_plans(plan)
        pause = self._project(claim, lease, survey, snapshot, plan, choice)
        pause = soonest(pause, self._speaking.write(claim, lease, survey, git, snapshot, plan))
        survey.hearing.saw_to(snapshot)
        looks = (*attempts.next_looks(), *survey.hearing.next_turns, *(() if done else (now,)))
        return delay(plan, pause, self._clock(), looks), awaiting(snapshot, plan)

    def _decide(
        self,
        claim: Claim,
        lease: Lease,
        survey: Survey,
        snapshot: Snapshot,
        plan: Plan,
        *,
        listed: bool,
    ) -> bool:
        """Let the next word take effect; what cannot be asked for it is tried again later."""
        lease.check()
        said = False
        with survey.attempts.apart("commands", self._clock()):
            said |= self._answers.decide(claim, snapshot, plan, survey, listed=listed)
        return said

    def _notes(self, lease: Lease, survey: Survey, git: GitRepo) -> LockNotes | None:
        if not self._options.publish_locks:
            return None
        return LockNotes(
            git, survey.repo, identity(self._forge), lease, self._metrics, self._refused
        )

    def _look(self, survey: Survey, progress: Progress) -> tuple[Snapshot, Plan]:
        records = self._store.history.load(survey.repo.id)
        with self._metrics.survey_seconds.time():
            snapshot, plan = survey.look(records, self._clock())
        progress.saw(snapshot, plan)
        return snapshot, plan

    def _act(
        self,
        claim: Claim,
        lease: Lease,
        survey: Survey,
        git: GitRepo,
        notes: LockNotes | None,
        snapshot: Snapshot,
        plan: Plan,
    ) -> None:
        pushed = written_with(plan.actions, snapshot)
        plan = published(survey.attempts, self._clock(), notes, snapshot, plan, pushed)
        if choice := plans_to_merge(plan):  # where it is required, it is green before the merge
            self._project(claim, lease, survey, snapshot, plan, choice)
        resting = frozenset[StageName]()
        given_up = any(isinstance(a, Requeue | EndRequest | TakeOver) for a in plan.actions)
        if given_up and (plan.heads or any(c.granted for c in plan.closed)):
            # A pull request's `success` is taken back before its grant is given up.
            self._project(claim, lease, survey, snapshot, plan, but_others_plans(plan))
            shown = with_said(self._store.history, snapshot, plan)
            told = targets(shown, plan, web=self._options.github_url)
            resting = not_taken_back(plan, told, shown.records.runs)
        desk = Desk(
            repo=survey.repo,
            claim=claim,
            lease=lease,
            ledger=Ledger(snapshot, snapshot.config.pipeline or Pipeline({}, {})),
            survey=survey,
            git=git,
            forge=self._forge,
            store=self._store,
            metrics=self._metrics,
            identity=identity(self._forge),
            url=f"{self._options.github_url}/{survey.repo.full_name}",
            locks=notes,
            outside=Outside.beside(survey, self._store, claim, self._options.services),
            quota=self._options.lock_quota,
        )
        if carry_out(desk, plan.actions, resting):
            survey.fetch()

    def _project(
        self,
        claim: Claim,
        lease: Lease,
        survey: Survey,
        snapshot: Snapshot,
        plan: Plan,
        choice: Choice,
    ) -> timedelta | None:
        """Write views, and the check runs of *choice*."""
        repo, snapshot = snapshot.repo, with_said(self._store.history, snapshot, plan)
        web = self._options.github_url
        self._store.views.put(claim, repo.id, documents(snapshot, plan))
        told = [target for target in targets(snapshot, plan, web=web) if choice(target)]
        pause = project(
            claim,
            repo,
            told,
            snapshot.records.runs,
            forge=self._forge,
            history=self._store.history,
            clock=self._clock,
            check=lease.check,
            refused=survey.attempts.doubt,
        )
        introduced(self._store.history, claim, snapshot)
        return pause
