"""Would merging our pull request still bring what it shows?"""

from __future__ import annotations

from app.core.names import StageName
from app.core.places import within
from app.core.snapshot import Snapshot
from app.ports import GitRepo


def outdated(git: GitRepo, snapshot: Snapshot, name: StageName) -> bool:
    """
    Tell whether the head of ``stagelock/<name>`` must be made anew on its base.

    So it is where the base's outputs changed since (a merge would conflict, or mix the two), and
    where the base lost commits that are below the head (a merge would bring them back).
    """
    pipeline, head = snapshot.config.pipeline, snapshot.tips.get(f"stagelock/{name}")
    if pipeline is None or head is None:
        return False
    stage = pipeline.stages[name]
    base = snapshot.tips.get(stage.branch or snapshot.default_branch)
    fork = git.merge_base(base, head) if base is not None else None
    if base is None or fork is None:
        return True
    if git.content(fork, stage.outputs) != git.content(base, stage.outputs):
        return True
    places = [output.path for output in stage.outputs]
    changed = (path.decode("utf-8", "surrogateescape") for path in git.changed_paths(head, fork))
    return any(not any(within(path, place) for place in places) for path in changed)
