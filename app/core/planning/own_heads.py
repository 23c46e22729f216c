"""Which heads of `stagelock/<stage>` are ours, whatever became of them: only those are moved."""

from __future__ import annotations

from app.core.model.names import Sha
from app.core.model.questions import OwnHeadQuestion
from app.core.model.records import Promotion
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import ask


def is_head(promotion: Promotion, tip: Sha) -> bool:
    """
    Tell whether *tip* is the head of *promotion*, or was, or was to be pushed as that.

    Its head may be somebody's update of ours by now; rows of an older version name only that and
    the push that is under way.
    """
    if tip in heads_of(promotion):
        return True
    intent = promotion.intent
    return intent is not None and (intent.branch, intent.commit) == (
        f"stagelock/{promotion.stage}",
        tip,
    )


def heads_of(promotion: Promotion) -> tuple[Sha, ...]:
    """What was, or was to be, the head of *promotion*, oldest first; a pull request has one."""
    there = () if promotion.head is None else (promotion.head,)
    return tuple(dict.fromkeys((*promotion.pushed, *there)))


def known(view: StageView, tip: Sha) -> bool:
    """Tell whether one of the promotions that were read has *tip*."""
    return any(is_head(promotion, tip) for promotion in view.promotions)


def ours(ledger: Ledger, view: StageView, tip: Sha) -> bool | None:
    """
    Tell whether *tip* is ours to move; None (and a question): not known yet.

    Where no promotion has it, however old, the records may be an older copy, or were lost.
    """
    if known(view, tip):
        return True
    if ask(ledger, view.stage.name, head=tip):
        return None
    question = OwnHeadQuestion(view.stage.name, tip)
    if question not in ledger.snapshot.own_heads:
        ledger.want(question)
    return ledger.snapshot.own_heads.get(question)
