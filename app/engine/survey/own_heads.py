"""Is what stands at a branch of ours a head that we pushed, though no promotion has it now?"""

from __future__ import annotations

from dataclasses import replace

from app.core.model.questions import OwnHeadQuestion
from app.core.model.snapshot import Snapshot
from app.core.rebuild import read_trailers
from app.engine.survey.beliefs import Beliefs
from app.ports import Forge, GitRepo


def own_head(forge: Forge, git: GitRepo, snapshot: Snapshot, question: OwnHeadQuestion) -> Snapshot:
    """
    *snapshot* with the answer.

    Its trailers say which promotion it was for, and our run on it, or our signature, vouches for
    that: a merge on top of it, or anything else that people wrote, has neither.
    """
    pipeline, ours = snapshot.config.pipeline, False
    said = read_trailers(snapshot.repo.id, git.message(question.commit))
    if pipeline is not None and said is not None and said.stage == question.stage:
        beliefs = Beliefs(snapshot.repo, snapshot.default_branch, pipeline, git, forge)
        ours = beliefs.proposed(question.commit, said)
    return replace(snapshot, own_heads={**snapshot.own_heads, question: ours})
