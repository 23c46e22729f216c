"""Pipeline cards: one a pull request, and what it carries."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.model.cards import CardRecord, Carrier
from app.core.model.names import Sha
from app.errors import Conflict
from tests.contracts.desk import LATER
from tests.contracts.facts import AT, claimed, freight

CARD = CardRecord(12, 900, "abc", ("prod:web@1:not-started:",), over=False, written_at=AT)


def test_a_card_is_kept_by_pull_request_until_it_is_over(store):
    claim = claimed(store)
    assert store.cards.of(7, 12) is None
    store.cards.save(claim, 7, CARD)
    store.cards.save(claim, 7, replace(CARD, pull=11, comment_id=None))
    store.cards.save(claim, 8, CARD)
    assert store.cards.of(7, 12) == CARD
    assert [card.pull for card in store.cards.unfinished(7)] == [11, 12]

    over = replace(CARD, digest="def", needs=(), over=True, written_at=LATER)
    store.cards.save(claim, 7, over)
    assert store.cards.of(7, 12) == over
    assert [card.pull for card in store.cards.unfinished(7)] == [11]
    assert store.cards.of(8, 12) == CARD


def test_which_pull_request_brought_a_commit_is_kept_by_freight(store):
    claim = claimed(store)
    one, two = freight(1), freight(2)
    brought = (
        Carrier(one, Sha("a" * 40), 12, AT),
        Carrier(one, Sha("b" * 40), 0, AT),
        Carrier(two, Sha("c" * 40), 12, AT),
    )
    for carrier in (*brought, brought[0]):
        store.cards.note(claim, 7, carrier)
    assert tuple(store.cards.carriers(7, one)) == brought[:2]
    assert tuple(store.cards.carried(7, 12)) == (one, two)
    assert tuple(store.cards.carriers(8, one)) == ()


def test_what_is_over_is_forgotten_and_what_a_card_still_tells_of_is_not(store):
    claim, later = claimed(store), AT + timedelta(days=91)
    going = Carrier(freight(1), Sha("a" * 40), 12, AT)
    gone = replace(going, sha=Sha("b" * 40), pull=13)
    store.cards.save(claim, 7, CARD)
    store.cards.save(claim, 7, replace(CARD, pull=13, over=True))
    for carrier in (going, gone):
        store.cards.note(claim, 7, carrier)
    assert store.forget(AT + timedelta(days=89)) == 0
    store.forget(later)
    assert store.cards.of(7, 13) is None
    assert store.cards.of(7, 12) == CARD
    assert tuple(store.cards.carriers(7, freight(1))) == (going,)


def test_who_lost_the_claim_writes_no_card(store):
    stale = replace(claimed(store), fence=-1)
    with pytest.raises(Conflict):
        store.cards.save(stale, 7, CARD)
    with pytest.raises(Conflict):
        store.cards.note(stale, 7, Carrier(freight(1), Sha("a" * 40), 12, AT))
    assert store.cards.of(7, 12) is None
