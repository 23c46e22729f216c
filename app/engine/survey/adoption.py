"""First contact: which freight explains what a stage holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from app.core.model.facts import Identity
from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.model.pipeline import Pipeline, Stage, sources
from app.core.model.renders import Rendered, RenderRequest
from app.core.model.snapshot import Snapshot
from app.engine.survey.warehouses import Warehouses
from app.ports import GitRepo

Watched = Callable[[WarehouseName], Callable[[bytes], bool]]

REACH = 500
"""Among so many of the line's newest commits that fire the explaining freight is looked for."""
RENDERS = 60
"""How many of them a tick renders; the next one goes on."""
_EPOCH = datetime.fromtimestamp(0, UTC)


class Contacts:
    """How far stages' contents were compared with what freight gives, from tick to tick."""

    def __init__(self) -> None:
        self._done: dict[object, int] = {}

    def adoptable(
        self,
        git: GitRepo,
        snapshot: Snapshot,
        name: StageName,
        firing: Sequence[Sha],
        watched: Watched,
    ) -> tuple[FreightId | None, bool]:
        """
        The newest of *firing* whose way through the pipeline gives just what *name* holds, None
        where none does; and whether that is the whole truth (else the next tick goes on).

        Nothing is pushed: each stage on the way is rendered on its branch's tip.
        """
        pipeline = snapshot.config.pipeline
        held = snapshot.contents.get(name)
        if pipeline is None or held is None:
            return None, True
        stage = pipeline.stages[name]
        chain = _Chain(git, snapshot, pipeline, watched(stage.freight))
        key = (snapshot.repo.id, name, held, snapshot.config.in_force, *firing[:1])
        start = self._done.pop(key, 0)
        end = min(start + RENDERS, len(firing))
        for sha in firing[start:end]:
            rendered = chain.rendered(stage, FreightId(stage.freight, sha))
            if rendered is not None and rendered.content == held:
                return FreightId(stage.freight, sha), True
        if end < len(firing):
            self._done[key] = end
        return None, end == len(firing)


def contact(
    contacts: Contacts, git: GitRepo, snapshot: Snapshot, name: StageName, known: Warehouses
) -> Snapshot | None:
    """*snapshot* with what explains the stage's content; None: not in this tick."""
    stage = known.pipeline.stages[name]
    firing = known.newest(stage.freight, REACH) if stage.freight in snapshot.lines else ()
    if firing is None:
        return None
    explained, whole = contacts.adoptable(git, snapshot, name, firing, known.watcher)
    if not whole:
        return None
    files = dict(snapshot.unexplained)
    if explained is None:
        tip = snapshot.tips.get(stage.branch or known.default_branch)
        files[name] = git.files_in(tip, stage.outputs)
    adoptable = {**snapshot.adoptable, name: explained}
    return replace(snapshot, adoptable=adoptable, unexplained=files)


def supposed(git: GitRepo, tree: Sha) -> Sha:
    """A commit that no ref names, to stand for what an upstream would have written."""
    nobody = Identity("Stagelock", "stagelock@localhost")
    return git.commit(tree, (), "supposed", nobody, _EPOCH)


class _Chain:
    """What each stage would hold, had *freight* gone through all stages above it."""

    def __init__(
        self,
        git: GitRepo,
        snapshot: Snapshot,
        pipeline: Pipeline,
        watched: Callable[[bytes], bool],
    ) -> None:
        self._git = git
        self._snapshot = snapshot
        self._pipeline = pipeline
        self._watched = watched

    def rendered(self, stage: Stage, freight: FreightId) -> Rendered | None:
        """None where a step above cannot run."""
        upstreams: dict[StageName, Sha] = {}
        for name in stage.upstreams:
            upstream = self._pipeline.stages[name]
            above = self.rendered(upstream, freight) if upstream.writes else None
            if above is not None:
                upstreams[name] = supposed(self._git, above.tree)
        if any(name not in upstreams for name in sources(stage)):
            return None
        tip = self._snapshot.tips.get(stage.branch or self._snapshot.default_branch)
        request = RenderRequest(stage.name, freight, tip, upstreams)
        rendered = self._git.render(request, stage, self._watched)
        return rendered if isinstance(rendered, Rendered) else None
