"""Which later commits of its branch hold what a promotion wrote."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice

from app.core.facts import Commit
from app.core.names import PromotionId, Sha
from app.core.snapshot import Snapshot
from app.engine.courses import LineReader
from app.engine.under import stage_under
from app.ports import GitRepo

AT_FIRST = 64


def equal_commits(
    git: GitRepo, lines: LineReader, snapshot: Snapshot, promotion: PromotionId, count: int
) -> tuple[Sha, ...]:
    """The *count* nearest later commits with the outputs that *promotion* landed."""
    row = next((p for p in snapshot.records.promotions if p.id == promotion), None)
    if row is None or row.landed is None:
        return ()
    stage = stage_under(snapshot, row.stage, row.freight)
    branch = stage.branch or snapshot.default_branch
    tip = snapshot.tips.get(branch)
    if tip is None:
        return ()
    held = git.content(row.landed, stage.outputs)
    later = lines.after(branch, tip, row.landed)
    if later is None:
        later = (commit.sha for commit in _since(git, row.landed, tip))
    return tuple(islice((s for s in later if git.content(s, stage.outputs) == held), count))


def _since(git: GitRepo, landed: Sha, tip: Sha) -> Sequence[Commit]:
    """
    What came onto the branch after *landed*, oldest first, however much that is.

    First parents as long as they hold *landed*: after somebody pulled by merge and pushed, it is
    the second parent of one of them. Nothing is read that is much older.
    """
    limit = AT_FIRST
    while True:
        line = git.first_parents(tip, stop=(landed,), limit=limit)[::-1]
        if not line or line[0].parents[:1] == (landed,):
            return line
        if len(line) < limit or not git.is_ancestor(landed, line[0].sha):
            break
        limit *= 2
    begun = bisect_left(line, True, key=lambda commit: git.is_ancestor(landed, commit.sha))
    return line[begun:]
