"""What there is already of a promotion's pull request, and how its head stands to its base."""

from __future__ import annotations

from app.core.model.facts import HeadState, PullFact
from app.core.model.names import StageName
from app.core.model.questions import HeadQuestion, ProposedQuestion
from app.core.model.records import Promotion
from app.core.state.ledger import Ledger, StageView


def existing(ledger: Ledger, view: StageView, promotion: Promotion) -> tuple[PullFact, ...] | None:
    """
    The pull request that is *promotion*'s: at most one; None (and a question) where not known yet.

    The answer to our opening it may have been lost, and people may have acted since. So one whose
    head is this promotion's commit is taken as it is: open, merged, or closed, which is a no. One
    that is open with another head is taken over. The others are about other freight.
    """
    there = ledger.snapshot.proposed.get(promotion.stage)
    if there is None:
        ledger.want(ProposedQuestion(promotion.stage))
        return None
    before = {p.pull for p in view.promotions if p.id != promotion.id}
    base = ledger.base(promotion)
    opened = [pull for pull in there if pull.state == "open"]
    mine = [p for p in there if p.head_sha == promotion.head and p.number not in before]
    order = (
        [pull for pull in mine if pull.state == "open"],
        mine,
        [pull for pull in opened if pull.base_ref == base],
        opened,
    )
    return next((tuple(pulls[-1:]) for pulls in order if pulls), ())


def torn(ledger: Ledger, promotion: Promotion, pull: PullFact) -> bool | None:
    """
    Tell whether the head has to be made anew on its base; None (and a question): not known yet.

    What GitHub says of a head that is on its base's tip already is of the head before.
    """
    state = _head(ledger, promotion.stage)
    if state is None:
        return None
    conflicts = pull.dirty and pull.head_sha == promotion.head and state == "behind"
    return conflicts or state == "outdated"


def _head(ledger: Ledger, stage: StageName) -> HeadState | None:
    if stage not in ledger.snapshot.heads:
        ledger.want(HeadQuestion(stage))
    return ledger.snapshot.heads.get(stage)
