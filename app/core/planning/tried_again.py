"""Whether a command tries what ended again: no text offers one that would be refused."""

from __future__ import annotations

from app.core.model.names import FreightId
from app.core.model.records import Promotion
from app.core.model.verdicts import PassedBy
from app.core.planning.rolling_back import last_word
from app.core.state.ledger import Ledger, StageView


def untried(ledger: Ledger, view: StageView, promotion: Promotion) -> PassedBy:
    """Why no command tries *promotion*, which ended, again; "" where one does."""
    freight = promotion.freight
    if not last_word(view, promotion):
        return "newer" if passed_by(ledger, view, freight) else ""
    # The rollback would begin anew. Where it stands is nothing to it: it brings back older freight.
    if ledger.age(freight) is None:
        return "newer"
    return "blocked" if freight in ledger.blocked else ""


def passed_by(ledger: Ledger, view: StageView, freight: FreightId) -> bool:
    """The stage is at newer freight, or its commit left the branch: it cannot be retried."""
    age = ledger.age(freight)
    if age is None or view.current is None:
        return age is None
    here = ledger.age(view.current.freight)
    return here is not None and here < age
