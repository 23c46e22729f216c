"""What promotions would write: a stage's steps run for a freight, people's edits kept or not."""

from __future__ import annotations

from collections.abc import Callable

from app.core.model.facts import Content
from app.core.model.names import FreightId, PromotionId, Sha, StageName, WarehouseName
from app.core.model.pipeline import Stage, sources
from app.core.model.questions import RestoreQuestion
from app.core.model.records import Promotion
from app.core.model.renders import Clash, Rendered, RenderRequest, StepProblem
from app.core.model.snapshot import Snapshot
from app.core.remarks import promotions as remarks
from app.core.state.drift import Outcome, agreed, as_recorded, mergeable
from app.core.state.grants_in_steps import Given, given_in, given_to
from app.core.state.ledger import Ledger
from app.engine.survey.config_in_force import Pipelines
from app.engine.survey.hand_edits import merged
from app.engine.survey.stage_terms import stage_under, upstream_commits
from app.engine.survey.watched_paths import WatchedPaths
from app.ports import GitRepo


class Rendering:
    """Runs steps on one repository's mirror; writes objects, moves no ref."""

    def __init__(
        self, git: GitRepo, watched: WatchedPaths, default_branch: str, earlier: Pipelines
    ) -> None:
        self._git = git
        self._earlier = earlier
        self._watched = watched
        self._default_branch = default_branch

    def alone(
        self, snapshot: Snapshot, name: StageName, freight: FreightId
    ) -> Rendered | StepProblem:
        """What the stage's steps make of *freight* on its branch's tip."""
        stage = stage_under(snapshot, name, freight)
        given = given_in(snapshot, name, freight)
        return self._run(snapshot, stage, freight, self._tip(snapshot, stage), given)

    def together(
        self, snapshot: Snapshot, name: StageName, freight: FreightId, promotion: PromotionId
    ) -> Outcome:
        """What *freight* and people's edits since *promotion* give on the branch's tip."""
        stage = stage_under(snapshot, name, freight)
        since = next(p for p in snapshot.records.promotions if p.id == promotion)
        given = given_in(snapshot, name, freight)
        return self._merge(snapshot, stage, freight, self._tip(snapshot, stage), since, given)

    def restored(self, snapshot: Snapshot, asked: RestoreQuestion) -> Rendered | StepProblem:
        """What the stage's branch becomes with earlier content back."""
        stage = stage_under(snapshot, asked.stage, asked.freight)
        given = given_in(snapshot, asked.stage, asked.freight)
        tip = self._tip(snapshot, stage)
        return self._restore(stage, asked.freight, asked.content, tip, given)

    def outcome(self, ledger: Ledger, promotion: Promotion, onto: Sha | None) -> Outcome:
        """
        What *promotion* makes of *onto*, by the pipeline that it runs under, as it was planned.
        """
        snapshot, view = ledger.snapshot, ledger.views[promotion.stage]
        stage = stage_under(snapshot, promotion.stage, promotion.freight)
        given = given_to(snapshot, promotion)
        if promotion.leaves is not None:
            made = self._restore(stage, promotion.freight, promotion.restores, onto, given)
            return as_recorded(ledger, promotion, made)
        since = mergeable(ledger, view, promotion)
        if since is not None:
            outcome = self._merge(snapshot, stage, promotion.freight, onto, since, given)
            if not (isinstance(outcome, Clash) and agreed(ledger, view, promotion.over)):
                return outcome
        return self._run(snapshot, stage, promotion.freight, onto, given)

    def _restore(
        self, stage: Stage, freight: FreightId, content: Content, onto: Sha | None, given: Given
    ) -> Rendered | StepProblem:
        request = RenderRequest(stage.name, freight, onto, {}, given.permits, given.kept)
        return self._git.restore(request, stage, content)

    def _tip(self, snapshot: Snapshot, stage: Stage) -> Sha | None:
        return snapshot.tips.get(stage.branch or self._default_branch)

    def _run(
        self,
        snapshot: Snapshot,
        stage: Stage,
        freight: FreightId,
        onto: Sha | None,
        given: Given,
    ) -> Rendered | StepProblem:
        request = self._request(snapshot, stage, freight, onto, given)
        if isinstance(request, StepProblem):
            return request
        return self._git.render(request, stage, self.watcher(snapshot, freight.warehouse))

    def _merge(
        self,
        snapshot: Snapshot,
        stage: Stage,
        freight: FreightId,
        onto: Sha | None,
        since: Promotion,
        given: Given,
    ) -> Outcome:
        request = self._request(snapshot, stage, freight, onto, given)
        if isinstance(request, StepProblem):
            return request
        watched = self.watcher(snapshot, freight.warehouse)

        def again() -> Rendered | StepProblem:
            then = self._earlier.at(since.config)
            before = then.stages.get(since.stage) if then is not None else None
            then_given = given_to(snapshot, since)
            return self._run(snapshot, before or stage, since.freight, onto, then_given)

        return merged(
            self._git,
            stage,
            since,
            lambda base: self._git.merge(request, stage, watched, base),
            again,
        )

    def _request(
        self,
        snapshot: Snapshot,
        stage: Stage,
        freight: FreightId,
        onto: Sha | None,
        given: Given,
    ) -> RenderRequest | StepProblem:
        upstreams = upstream_commits(snapshot, stage, freight)
        unknown = next((name for name in sources(stage) if name not in upstreams), None)
        if unknown is not None:
            words = remarks.never_came(freight.short, unknown)
            place = stage.path or stage.branch or ""
            return StepProblem(place, None, words, None, str(freight), is_source=True)
        return RenderRequest(stage.name, freight, onto, upstreams, given.permits, given.kept)

    def watcher(self, snapshot: Snapshot, warehouse: WarehouseName) -> Callable[[bytes], bool]:
        """Answers for one path whether *warehouse* watches it."""
        pipeline = snapshot.config.pipeline
        if pipeline is None:
            return lambda _path: False
        rules = self._watched.rules(pipeline, self._default_branch)
        return lambda path: rules.is_watched(warehouse, path)
