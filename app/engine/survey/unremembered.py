"""The line of a branch of which nothing is remembered: a lost database, somebody's own clone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.core.model.names import Sha
from app.core.state.lines import before_merge
from app.engine.survey.commit_graph import Step
from app.ports import GitRepo

Landed = Callable[[Sha], bool]


def unremembered(git: GitRepo, tip: Sha, landed: Landed) -> Iterator[Step]:
    """
    The line from *tip*, newest first: first parents, but at a merge of what *landed* on the branch.

    *landed* tells of a commit whether one of our promotions landed as it on this very branch; it is
    asked about what merges brought in.
    """

    def among(parents: Sequence[Sha]) -> Iterator[Sha]:
        return filter(landed, git.beyond(parents[0], parents[1:]))

    sha: Sha | None = tip
    while sha is not None:
        [commit] = git.first_parents(sha, limit=1)
        before = next(iter(commit.parents), None)
        if len(commit.parents) > 1:
            before = before_merge(git, commit.parents, among(commit.parents))
        yield Step(sha, before)
        sha = before
