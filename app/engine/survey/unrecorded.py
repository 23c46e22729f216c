"""Promotions of ours that landed and that no record knows: an older copy of the records is back."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.model.names import Repo, Sha
from app.core.model.pipeline import Stage
from app.core.model.records import Promotion
from app.core.model.snapshot import Snapshot
from app.core.rebuild import Landing, Salvage
from app.core.rebuild.rows import promotions
from app.engine.survey.beliefs import Beliefs
from app.engine.survey.commit_graph import unheld
from app.engine.survey.warehouses import Warehouses
from app.ports import Forge, GitRepo

LANDINGS = 50
"""Of a stage the newest that are looked for."""
DOUBTS = 20
"""So many commits may claim in vain to be promotions; then nothing more is asked of GitHub."""


class Unrecorded:
    """
    Looks through one repository.

    What GitHub does not answer is an error of the port: nothing is decided by half of it.
    """

    def __init__(self, repo: Repo, default_branch: str, git: GitRepo, forge: Forge) -> None:
        self._repo = repo
        self._default_branch = default_branch
        self._git = git
        self._forge = forge

    def after(
        self, snapshot: Snapshot, stage: Stage, row: Promotion, known: Warehouses
    ) -> tuple[Promotion, ...]:
        """Those of *stage* that landed after *row*, as `stagelock rebuild` would have them."""
        pipeline = snapshot.config.pipeline
        if pipeline is None or row.landed is None:
            return ()
        beliefs = Beliefs(self._repo, self._default_branch, pipeline, self._git, self._forge)
        found = tuple(self._landings(beliefs, stage, row.landed, known))[::-1]
        for landing in found:
            beliefs.own(landing.trailers.freight.sha)  # its end is told there, too
        salvage = Salvage(
            now=snapshot.now,
            repo=self._repo,
            pipeline=pipeline,
            config=snapshot.config.in_force or Sha(""),
            landings=found,
            runs=beliefs.runs,
        )
        return promotions(salvage)

    def _landings(
        self, beliefs: Beliefs, stage: Stage, since: Sha, known: Warehouses
    ) -> Iterator[Landing]:
        """Newest first."""
        git, branch = self._git, stage.branch or self._default_branch
        tip = git.heads().get(branch)
        if tip is None or git.merge_base(since, tip) is None:
            return
        believed = doubted = 0
        for step in unheld(git, known.down(branch), since):
            [commit] = git.first_parents(step.sha, limit=1)
            claimed = beliefs.claimed(commit, step.before)
            if claimed is None or claimed[0].stage != stage.name or known.ours([step.sha]):
                continue
            if beliefs.stage(claimed[0], branch) is None:
                continue
            landing = beliefs.landing(claimed[0], commit, claimed[1])
            if landing is not None:
                yield landing
            believed, doubted = believed + (landing is not None), doubted + (landing is None)
            if believed == LANDINGS or doubted == DOUBTS:
                return
