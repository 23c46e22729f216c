"""What Git and GitHub still know of one repository whose records are lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from app.core.evidence.judge import Ask, judge
from app.core.evidence.matching import ACTIONS
from app.core.model.check_names import PLAN, stage_run
from app.core.model.facts import CommitChecks
from app.core.model.group_names import spoken
from app.core.model.names import FreightId, GroupName, Repo, Sha, StageName, WarehouseName
from app.core.model.pipeline import Pipeline, Stage
from app.core.model.snapshot import ConfigState
from app.core.paths.watch_rules import PathRules
from app.core.protection.commit_notes import lock_state
from app.core.protection.push_facts import LOCK_REFS
from app.core.rebuild import Finds, Head, Landing, Seen, read_trailers
from app.core.rebuild.found import vouches
from app.core.text.commit_messages import started_by
from app.engine.survey.beliefs import Beliefs
from app.engine.survey.commit_graph import Step, fires
from app.engine.survey.unremembered import unremembered
from app.engine.survey.watched_paths import WatchedPaths
from app.ports import Forge, GitRepo

LANDINGS = 50
"""Of each stage the newest promotions that are looked for."""
DOUBTS = 100
"""Of each stage so many commits may claim in vain to be promotions; then nothing more is asked."""
FREIGHTS = 50
"""Of each warehouse the newest commits on which our runs are looked for."""
BELOW = 20
"""Commits below a pull request's head among which ours is looked for ("Update branch")."""
RUNNING = 5
"""Of each locked stage the newest landings whose checks are looked at."""


class Searcher:
    """Looks through one repository; every question to GitHub is asked once."""

    def __init__(
        self,
        repo: Repo,
        default_branch: str,
        config: ConfigState,
        pipeline: Pipeline,
        *,
        git: GitRepo,
        forge: Forge,
        watched: WatchedPaths,
        quiet: timedelta,
        now: datetime,
    ) -> None:
        self._repo = repo
        self._default_branch = default_branch
        self._config = config
        self._pipeline = pipeline
        self._git = git
        self._forge = forge
        self._quiet = quiet
        self._now = now
        self._beliefs = Beliefs(repo, default_branch, pipeline, git, forge)
        self.doubted: list[Sha] = []
        """Commits that claim to be promotions and that no run of ours vouches for."""
        self._rules: PathRules = watched.rules(pipeline, default_branch)

    def search(self) -> Finds:
        """All that is left. Raises what the ports raise."""
        landings = [landing for branch in self._branches() for landing in self._landings(branch)]
        heads = list(self._heads())
        seen = list(self._seen(landings, heads))
        if self._config.commit is not None:
            self._beliefs.own(self._config.commit)
        return Finds(
            now=self._now,
            repo=self._repo,
            pipeline=self._pipeline,
            config=self._config.in_force or Sha(""),
            landings=tuple(landings),
            heads=tuple(heads),
            seen=tuple(seen),
            running=frozenset(self._running(landings)),
            tokens=dict(self._published()),
            runs=dict(self._beliefs.runs),
        )

    def _branches(self) -> list[str]:
        writing = (s for s in self._pipeline.stages.values() if s.writes)
        names = dict.fromkeys(self._beliefs.branch(stage) for stage in writing)
        return [name for name in names if name in self._git.heads()]

    # --- promotions -------------------------------------------------------------------------

    def _landings(self, branch: str) -> list[Landing]:
        """The believed promotions of the stages that are written to *branch*, oldest first."""
        landings: list[Landing] = []
        believed: Counter[StageName] = Counter()
        doubted: Counter[StageName] = Counter()
        for step in self._line(branch):
            [commit] = self._git.first_parents(step.sha, limit=1)
            claimed = self._beliefs.claimed(commit, step.before)
            if claimed is None or self._beliefs.stage(claimed[0], branch) is None:
                continue
            said, head = claimed
            if believed[said.stage] == LANDINGS or doubted[said.stage] == DOUBTS:
                continue
            landing = self._beliefs.landing(said, commit, head)
            if landing is None:
                doubted[said.stage] += 1
                self.doubted.append(commit.sha)
            else:
                believed[said.stage] += 1
                landings.append(landing)
        return landings[::-1]

    def _line(self, branch: str) -> Iterator[Step]:
        """The branch's line from its tip, newest first; its tips are not remembered any more."""

        def landed(sha: Sha) -> bool:
            said = read_trailers(self._repo.id, self._git.message(sha))
            ours = said is not None and self._beliefs.stage(said, branch) is not None
            return ours and said is not None and self._beliefs.pushed(said, sha, branch)

        tip = self._git.heads().get(branch)
        return unremembered(self._git, tip, landed) if tip is not None else iter(())

    # --- pull requests ----------------------------------------------------------------------

    def _heads(self) -> Iterator[Head]:
        """Our believed open pull requests. The runs on others' heads are seen on the way."""
        beliefs = self._beliefs
        for pull in self._forge.open_pulls(self._repo):
            runs = beliefs.own(pull.head_sha)
            name = beliefs.ours(pull)
            if name is None or pull.base_ref != beliefs.branch(self._pipeline.stages[name]):
                continue
            if not beliefs.there(pull.head_sha):
                continue
            for commit in self._git.first_parents(pull.head_sha, limit=BELOW):
                said = read_trailers(self._repo.id, self._git.message(commit.sha))
                if said is None or said.stage != name or not beliefs.stage(said, pull.base_ref):
                    continue
                told = vouches(runs, PLAN, said.promotion)
                if not (told or beliefs.proposed(commit.sha, said)):
                    continue
                outputs = self._pipeline.stages[name].outputs
                content = self._git.content(commit.sha, outputs)
                yield Head(said, pull.number, commit, content, runs, started_by(pull.body))
                break

    # --- freight, checks, locks ---------------------------------------------------------------

    def _seen(self, landings: Iterable[Landing], heads: Iterable[Head]) -> Iterator[Seen]:
        """Freight: what was promoted, and commits that bear a run of a stage of ours."""
        promoted = {landing.trailers.freight for landing in landings}
        promoted |= {head.trailers.freight for head in heads}
        written = {landing.commit.sha for landing in landings}
        for warehouse in self._pipeline.warehouses.values():
            branch = warehouse.branch or self._default_branch
            freights, looked, left = [], 0, {f for f in promoted if f.warehouse == warehouse.name}
            for step in self._line(branch):
                freight = FreightId(warehouse.name, step.sha)
                known = freight in left
                if not known:
                    if looked == FREIGHTS and not left:
                        break
                    new = looked < FREIGHTS and step.sha not in written
                    if not new or not self._fires(warehouse.name, step):
                        continue
                    looked += 1
                if known or self._is_freight(freight):
                    freights.append(Seen(freight, self._beliefs.own(step.sha)))
                left.discard(freight)
            yield from self._older(branch, left)
            yield from reversed(freights)

    def _fires(self, warehouse: WarehouseName, step: Step) -> bool:
        return fires(self._git, lambda path: self._rules.is_watched(warehouse, path), step)

    def _older(self, branch: str, promoted: set[FreightId]) -> Iterator[Seen]:
        """Promoted freight that the branch holds and its line does not: nobody remembers how."""
        tip = self._git.heads().get(branch)
        for freight in sorted(promoted):
            if tip is not None and self._git.is_ancestor(freight.sha, tip):
                yield Seen(freight, self._beliefs.own(freight.sha))

    def _is_freight(self, freight: FreightId) -> bool:
        stages = self._pipeline.stages.values()
        names = {stage_run(s.name) for s in stages if s.freight == freight.warehouse}
        return any(run.name in names for run in self._beliefs.own(freight.sha))

    def _running(self, landings: list[Landing]) -> Iterator[tuple[StageName, Sha]]:
        """Where a check that a locked stage awaits is running, or may still start."""
        left = {s.name: RUNNING for s in self._pipeline.stages.values() if s.locks and s.verifies}
        for landing in reversed(landings):
            name, sha = landing.trailers.stage, landing.commit.sha
            if left.get(name, 0):
                left[name] -= 1
                checks = self._forge.checks(self._repo, sha)
                if self._may_run(self._pipeline.stages[name], landing, checks):
                    yield name, sha

    def _may_run(self, stage: Stage, landing: Landing, checks: CommitChecks) -> bool:
        at = landing.commit.committed_at
        ask = Ask((checks,), self._forge.app_id(), at, self._now, self._quiet)
        evidence = judge(stage.verify, ask)
        if stage.workflow is not None and any(run.app == ACTIONS for run in checks.runs):
            return True
        return evidence.started

    def _published(self) -> Iterator[tuple[GroupName, int]]:
        for group in self._pipeline.locks:
            note = self._git.note(LOCK_REFS.decode() + spoken(group))
            state = lock_state(note[1].encode()) if note else None
            if state is not None:
                newest = max([state.token, *(h.token for h in state.holders)])
                yield GroupName(spoken(group)), newest
