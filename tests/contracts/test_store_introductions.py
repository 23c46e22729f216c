"""That the plan was introduced to a repository is one row, and final once it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.model.introductions import Introduction
from app.errors import Conflict
from tests.contracts.facts import AT, LEASE, claimed, sha

FIRST = Introduction(sha(1))


def test_the_commit_may_be_chosen_anew_until_it_is_told(store):
    claim = claimed(store)
    assert store.history.load(7).introduction is None

    store.history.introduce(claim, 7, FIRST)
    store.history.introduce(claim, 7, Introduction(sha(2)))
    assert store.history.load(7).introduction == Introduction(sha(2))

    told = Introduction(sha(2), told=True)
    store.history.introduce(claim, 7, told)
    store.history.introduce(claim, 7, FIRST)
    assert store.history.load(7).introduction == told
    assert store.history.load(8).introduction is None


def test_it_is_never_forgotten(store):
    store.history.introduce(claimed(store), 7, replace(FIRST, told=True))

    while store.forget(AT + timedelta(days=4000)):
        pass
    assert store.history.load(7).introduction == replace(FIRST, told=True)


def test_an_outdated_claim_introduces_nothing(store):
    claim = claimed(store, lease=timedelta())
    assert store.work.claim("heir", LEASE) is not None

    with pytest.raises(Conflict):
        store.history.introduce(claim, 7, FIRST)
