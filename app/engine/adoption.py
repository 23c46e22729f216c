"""First contact: which freight explains what a stage holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from app.core.facts import Identity, Rendered, RenderRequest
from app.core.model import Pipeline, Stage, sources
from app.core.names import FreightId, Sha, StageName, WarehouseName
from app.core.snapshot import Snapshot
from app.engine.lines import promoted
from app.ports import GitRepo

Fires = Callable[[WarehouseName, Sha], bool]
Watched = Callable[[WarehouseName], Callable[[bytes], bool]]

REACH = 500
"""First-parent commits in which the explaining freight is looked for (DESIGN section 4)."""
_EPOCH = datetime.fromtimestamp(0, UTC)
TRIES = 60
"""How many of them are rendered; what is older counts as unexplained."""


def adoptable(
    git: GitRepo, snapshot: Snapshot, name: StageName, fires: Fires, watched: Watched
) -> FreightId | None:
    """
    The newest freight whose way through the pipeline gives just what *name* holds; None: none.

    Nothing is pushed: each stage on the way is rendered on its branch's tip.
    """
    pipeline = snapshot.config.pipeline
    held = snapshot.contents.get(name)
    if pipeline is None or held is None:
        return None
    stage = pipeline.stages[name]
    line = snapshot.lines.get(stage.freight)
    chain = _Chain(git, snapshot, pipeline, watched(stage.freight))
    tries, written = 0, promoted(snapshot.records)
    for sha in line.commits[:REACH] if line else ():
        if sha in written or not fires(stage.freight, sha):
            continue
        tries += 1
        if tries > TRIES:
            return None
        freight = FreightId(stage.freight, sha)
        found = chain.rendered(stage, freight)
        if found is not None and found.content == held:
            return freight
    return None


def supposed(git: GitRepo, tree: Sha) -> Sha:
    """A commit that no ref names, to stand for what an upstream would have written."""
    nobody = Identity("Stagelock", "stagelock@localhost")
    return git.commit(tree, (), "What a stage would hold", nobody, _EPOCH)


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
        found = self._git.render(request, stage, self._watched)
        return found if isinstance(found, Rendered) else None
