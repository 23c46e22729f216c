"""Would merging our pull request still bring what it shows?"""

from __future__ import annotations

from app.core.model.facts import HeadState
from app.core.model.names import StageName
from app.core.model.snapshot import Snapshot
from app.core.paths.canonical import within
from app.core.state.terms import terms_of_head
from app.ports import GitRepo


def head_state(git: GitRepo, snapshot: Snapshot, name: StageName) -> HeadState:
    """
    Tell how the head of ``stagelock/<name>`` stands to its base.

    It must be made anew where the base's outputs changed since (a merge would conflict, or mix the
    two), and where the base lost commits that are below the head (a merge would bring them back).
    """
    stage, head = terms_of_head(snapshot, name), snapshot.tips.get(f"stagelock/{name}")
    if stage is None or head is None:
        return "fits"
    base = snapshot.tips.get(stage.branch or snapshot.default_branch)
    fork = git.merge_base(base, head) if base is not None else None
    if base is None or fork is None:
        return "outdated"
    if git.content(fork, stage.outputs) != git.content(base, stage.outputs):
        return "outdated"
    places = [output.path for output in stage.outputs]
    changed = (path.decode("utf-8", "surrogateescape") for path in git.changed_paths(head, fork))
    if any(not any(within(path, place) for place in places) for path in changed):
        return "outdated"
    return "fits" if fork == base else "behind"
