"""
Merge groups that hold a pull request of ours: what is said on its head is said on theirs.

A merge queue asks for checks on a commit of its own making, which has several pull requests on top
of one another. Whether ours is among them is seen by content, as a merge is: the outputs are what
our head holds. A group whose name says our number holds it, too; and so does any other that changes
the same outputs while ours is queued, for groups build on one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from app.core.model.merge_queue import MergeGroup, merge_group
from app.core.model.names import Sha, StageName
from app.core.model.questions import CannotAsk
from app.core.model.records import Promotion
from app.core.planning.plan_result import ClosedHead, HeadVerdict
from app.core.state.ledger import Ledger


class _Group(NamedTuple):
    tip: Sha
    name: MergeGroup


class InGroups(NamedTuple):
    """The runs on merge groups, as on heads: for what is under way and what has ended."""

    heads: tuple[HeadVerdict, ...]
    closed: tuple[ClosedHead, ...]


def in_groups(
    ledger: Ledger, heads: Iterable[HeadVerdict], closed: Iterable[ClosedHead]
) -> InGroups:
    """
    Both again for each group that holds them; of several in one, one that must not be merged.

    A promotion that is over says nothing where another one to its stage is in the group. A head
    that was replaced is in none: GitHub takes a pull request out of its queue when it is pushed to.
    """
    by_tip: dict[Sha, HeadVerdict] = {}
    taken: set[tuple[StageName, Sha]] = set()
    for head in heads:
        for tip in _holding(ledger, head.verdict.promotion, head.number, head.head):
            taken.add((head.stage, tip))
            known = by_tip.get(tip)
            if known is None or known.ready:
                by_tip[tip] = replace(head, head=tip)
    over = tuple(
        replace(closed, head=tip)
        for closed in closed
        if not closed.replaced and closed.promotion.stage in ledger.pipeline.stages
        for tip in _holding(ledger, closed.promotion, closed.promotion.pull or 0, closed.head)
        if (closed.promotion.stage, tip) not in taken
    )
    lost = {closed.head for closed in over}
    going_on = (head for tip, head in by_tip.items() if not (head.ready and tip in lost))
    return InGroups(tuple(going_on), over)


def _holding(
    ledger: Ledger, promotion: Promotion | None, number: int, head: Sha
) -> tuple[Sha, ...]:
    """The tips of the groups on *promotion*'s base that hold what *head* brings."""
    if promotion is None:
        return ()
    base = ledger.base(promotion)
    groups = [group for group in _groups(ledger) if group.name.base == base]
    if not groups:
        return ()
    try:
        here = {group: ledger.held_at(group.tip, promotion) for group in groups}
        ours, tip = ledger.held_at(head, promotion), ledger.snapshot.tips.get(base)
        before = ledger.held_at(tip, promotion) if tip is not None else ()
    except CannotAsk:
        return tuple(group.tip for group in groups)  # what cannot be asked opens nothing
    brings = [group for group in groups if here[group] != before]
    mine = [g for g in brings if g.name.number == number or here[g] == ours]
    return tuple(group.tip for group in (brings if mine else ()))


def _groups(ledger: Ledger) -> Iterator[_Group]:
    for branch, tip in ledger.snapshot.tips.items():
        name = merge_group(branch)
        if name is not None:
            yield _Group(tip, name)
