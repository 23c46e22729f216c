"""Who approved what: what the store remembers of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.core.model.comments import CommandRecord
from app.core.model.names import StageName
from app.core.model.people import Approval
from tests.contracts.facts import AT, claimed, freight

COMMAND = CommandRecord(
    "issue-5", 5, "issue", "/approve prod", "ada", AT, user_id=2**40 + 1, pull=2
)
ADA = Approval(StageName("prod"), freight(1), 2**40 + 1, "ada", AT)


def test_an_approval_is_kept_by_stage_freight_and_person_until_it_is_ended(store):
    claim = claimed(store)
    again = replace(ADA, login="ada2", at=AT + timedelta(hours=1))
    others = (
        replace(ADA, user_id=4, login="bob\x1b[1m", at=AT + timedelta(hours=2)),
        replace(ADA, freight=freight(2)),
        replace(ADA, stage=StageName("qa")),
    )
    for one in (ADA, *others, again):
        store.history.set_approval(claim, 7, one, COMMAND)
    store.history.set_approval(claim, 8, ADA, COMMAND)

    assert set(store.history.load(7).approvals) == {again, *others}
    noted = replace(COMMAND, parts=("taken back",))
    store.history.end_approvals(claim, 7, (ADA, others[1]), noted)
    store.history.end_approvals(claim, 7, (ADA,))
    assert store.history.open_commands(7) == (noted,)
    assert set(store.history.load(7).approvals) == {others[0], others[2]}
    assert store.history.load(8).approvals == (ADA,)
    assert [a.user_id for a in store.history.load(7).approvals if a.stage == "prod"] == [4]
