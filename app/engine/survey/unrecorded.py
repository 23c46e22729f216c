"""Promotions of ours that landed and that no record knows: an older copy of the records is back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, tee

from app.core.model.facts import CheckFact, Commit
from app.core.model.names import Repo, Sha
from app.core.model.pipeline import Stage
from app.core.model.records import Promotion
from app.core.model.snapshot import Snapshot
from app.core.rebuild import Finds, Landing, Trailers
from app.core.rebuild.rows import promotions
from app.engine.survey.beliefs import Beliefs
from app.engine.survey.commit_graph import Step, unheld
from app.engine.survey.warehouses import Warehouses
from app.ports import Forge, GitRepo

COMMITS = 10_000
"""Of a branch the newest that are looked at."""
LANDINGS = 50
"""Of a stage the newest that are looked for."""
DOUBTS = 20
"""So many commits may claim in vain to be promotions; then nothing more is asked of GitHub."""


Claimed = tuple[Trailers, Commit, Sha | None]
"""What a commit claims to be, that commit, and the pull request's head that it claims to merge."""


class Unrecorded:
    """
    Looks through one repository, once through each branch, however many stages are on it.

    GitHub is asked only about commits that claim to be promotions and are in no record. What it
    does not answer is an error of the port: nothing is decided by half of it.
    """

    def __init__(self, repo: Repo, default_branch: str, git: GitRepo, forge: Forge) -> None:
        self._repo = repo
        self._default_branch = default_branch
        self._git = git
        self._forge = forge
        self._down: dict[tuple[str, Sha], Iterator[Step]] = {}
        self._claims: dict[Sha, Claimed | None] = {}
        self._runs: dict[Sha, tuple[CheckFact, ...]] = {}

    def after(
        self, snapshot: Snapshot, stage: Stage, promotion: Promotion, known: Warehouses
    ) -> tuple[Promotion, ...]:
        """
        Those of *stage* that landed after *promotion*, as `stagelock rebuild` would have them.
        """
        pipeline = snapshot.config.pipeline
        if pipeline is None or promotion.landed is None:
            return ()
        told = (self._repo, self._default_branch, pipeline, self._git, self._forge)
        beliefs = Beliefs(*told, self._runs)
        landings = tuple(self._landings(beliefs, stage, promotion.landed, known))[::-1]
        for landing in landings:
            beliefs.own(landing.trailers.freight.sha)  # its end is told there, too
        finds = Finds(
            now=snapshot.now,
            repo=self._repo,
            pipeline=pipeline,
            config=snapshot.config.in_force or Sha(""),
            landings=landings,
            runs=beliefs.runs,
        )
        return promotions(finds)

    def _landings(
        self, beliefs: Beliefs, stage: Stage, since: Sha, known: Warehouses
    ) -> Iterator[Landing]:
        """Newest first."""
        git, branch = self._git, stage.branch or self._default_branch
        tip = git.heads().get(branch)
        if tip is None or git.merge_base(since, tip) is None:
            return
        believed = doubted = 0
        for step in islice(unheld(git, self._steps(branch, tip, known), since), COMMITS):
            claimed = self._claimed(beliefs, step)
            if claimed is None or claimed[0].stage != stage.name or known.ours([step.sha]):
                continue
            if beliefs.stage(claimed[0], branch) is None:
                continue
            landing = beliefs.landing(*claimed)
            if landing is not None:
                yield landing
            believed, doubted = believed + (landing is not None), doubted + (landing is None)
            if believed == LANDINGS or doubted == DOUBTS:
                return

    def _steps(self, branch: str, tip: Sha, known: Warehouses) -> Iterator[Step]:
        """The branch's line from its *tip*, newest first, each step read once."""
        key = branch, tip
        self._down[key], steps = tee(self._down.get(key) or known.down(branch))
        try:
            yield from steps
        except Exception:  # what broke off must not look like the line's end to the next stage
            self._down.pop(key, None)
            raise

    def _claimed(self, beliefs: Beliefs, step: Step) -> Claimed | None:
        if step.sha not in self._claims:
            [commit] = self._git.first_parents(step.sha, limit=1)
            claim = beliefs.claimed(commit, step.before)
            self._claims[step.sha] = claim and (claim[0], commit, claim[1])
        return self._claims[step.sha]
