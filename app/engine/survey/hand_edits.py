"""What people changed in a stage's outputs by hand, and who, as git's history tells."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import takewhile

from app.core.model.facts import Content
from app.core.model.hand_edits import HandEdit, gathered
from app.core.model.names import Sha
from app.core.model.pipeline import Stage
from app.core.model.records import Promotion
from app.core.model.renders import Clash, Rendered, StepProblem
from app.core.model.snapshot import Snapshot
from app.core.model.verdicts import Reason
from app.core.state.drift import pure_of
from app.engine.survey.commit_graph import Step, unheld
from app.errors import Missing
from app.ports import GitRepo

Merge = Callable[[Content], Rendered | StepProblem | Clash]


def hand_edits(
    git: GitRepo,
    down: Iterable[Step],
    snapshot: Snapshot,
    stage: Stage,
    promotion: Promotion,
    seen_at: Callable[[Sha], datetime | None] = lambda _: None,
) -> tuple[HandEdit, ...]:
    """
    The places in which the stage's outputs differ from what *promotion* wrote.

    Each with the authors of the commits since then that changed it; *down* is the line of the
    stage's branch from its tip, and *seen_at* tells when the push of one of its commits was seen.
    """
    tip, wrote = snapshot.tips.get(stage.branch or snapshot.default_branch), _wrote(git, promotion)
    if tip is None or wrote is None:
        return ()
    who: dict[str, list[str]] = {p: [] for p in git.differing(wrote, tip, stage.outputs)}
    if not who:
        return ()
    others = {p.landed for p in snapshot.records.promotions if p.stage == promotion.stage}
    since = _since(git, down, tip, wrote, others - {_merge_of(promotion)})
    files = {output.path for output in stage.outputs if output.key is not None}
    git.prefetch((step.sha, file) for step in since for file in files)
    first: dict[str, Sha] = {}
    for step in since:
        if step.sha == _merge_of(promotion):
            continue
        if not git.differing(wrote, step.sha, stage.outputs):
            break
        [commit] = git.first_parents(step.sha, limit=1)
        for place in git.differing(step.before, step.sha, stage.outputs):
            if place in who:
                who[place] += [name for name, _ in commit.authors]
                first[place] = step.sha
    at = {place: seen_at(sha) for place, sha in first.items()}
    return gathered(HandEdit(p, tuple(names), since=at.get(p)) for p, names in who.items())


def _since(
    git: GitRepo, down: Iterable[Step], tip: Sha, wrote: Sha, stops: Collection[Sha | None]
) -> list[Step]:
    """The steps of the line, newest first, that *wrote* does not hold, ending before *stops*."""
    if git.merge_base(wrote, tip) is None:
        return []  # of another history altogether: nobody edited anything
    return list(takewhile(lambda step: step.sha not in stops, unheld(git, down, wrote)))


def _wrote(git: GitRepo, promotion: Promotion) -> Sha | None:
    """A commit that holds what *promotion* wrote."""
    if _merge_of(promotion) is not None:
        return (
            promotion.head
            if promotion.head is not None and git.has(promotion.head)
            else promotion.landed
        )
    return promotion.landed


def _merge_of(promotion: Promotion) -> Sha | None:
    """The merge of its pull request that brought something else: no hand edit by itself."""
    return promotion.landed if promotion.reason == Reason.LANDED_OTHERWISE else None


def merged(
    git: GitRepo,
    stage: Stage,
    since: Promotion,
    merge: Merge,
    again: Callable[[], Rendered | StepProblem],
) -> Rendered | StepProblem | Clash:
    """
    Let *merge* keep what people changed since *since*.

    What its freight alone gave may never have been pushed, and be gone from the mirror, or from the
    records after a rebuild: *again* makes it once more. Where that cannot be done, everything that
    people may have changed clashes.
    """
    if since.pure:
        try:
            return merge(_base(git, stage, since))
        except Missing:
            pass
    made = again()
    try:
        if isinstance(made, Rendered):
            return merge(_base(git, stage, replace(since, pure=since.pure or made.content)))
    except Missing:
        pass
    return Clash(tuple(str(output) for output in stage.outputs))


def _base(git: GitRepo, stage: Stage, since: Promotion) -> Content:
    """What its freight alone gave; of outputs that are new since then, what was there."""
    content = dict(pure_of(since))
    if any(str(output) not in content for output in stage.outputs) and since.landed is not None:
        content = {**dict(git.content(since.landed, stage.outputs)), **content}
    return tuple(sorted(content.items()))
