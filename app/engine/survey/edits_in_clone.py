"""What people changed by hand in a stage since its last promotion, as a clone alone tells."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.model.facts import Commit
from app.core.model.hand_edits import HandEdit, gathered
from app.core.model.names import Sha
from app.core.model.pipeline import Stage
from app.core.protection.commit_notes import written
from app.engine.survey.adoption import REACH
from app.ports import GitRepo


def since_promotion(
    git: GitRepo, stage: Stage, tip: Sha | None
) -> tuple[Commit | None, Sequence[Commit]]:
    """
    The newest promotion to *stage* among the last `REACH` commits of its branch, and the commits
    after it, newest first; None: there is none.

    Nothing is stored here, so what a commit says of itself has to do; of a merge, what it merges.
    """
    after: list[Commit] = []
    for commit in git.first_parents(tip, limit=REACH) if tip is not None else ():
        if any(_promotes(git, sha, stage) for sha in (commit.sha, *commit.parents[1:])):
            return commit, after
        after.append(commit)
    return None, after


def _promotes(git: GitRepo, sha: Sha, stage: Stage) -> bool:
    claim = written(sha, git.message(sha).encode("utf-8", "surrogatepass"))
    return claim is not None and claim[0] == stage.name


def hand_edits(git: GitRepo, stage: Stage, tip: Sha | None) -> tuple[HandEdit, ...]:
    """The places in which its outputs differ from what that promotion wrote, with who did it."""
    wrote, after = since_promotion(git, stage, tip)
    if wrote is None:
        return ()
    who: dict[str, list[str]] = {p: [] for p in git.differing(wrote.sha, tip, stage.outputs)}
    for commit in after if who else ():
        before = commit.parents[0] if commit.parents else None
        for place in git.differing(before, commit.sha, stage.outputs):
            if place in who:
                who[place] += [name for name, _ in commit.authors]
    return gathered(HandEdit(place, tuple(names)) for place, names in who.items())
