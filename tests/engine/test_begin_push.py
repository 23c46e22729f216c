"""No push begins late in a lease: it could land after somebody else took the repository over (I2)."""

from __future__ import annotations

from typing import Any, cast

import pytest

from app.engine.actions.context import Desk
from app.engine.queue.lease import LENGTH, Lease
from app.errors import Conflict

REPO = "repo-7"


def desk(store: Any, lease: Lease) -> Desk:
    """Only its lease is asked."""
    nobody = cast("Any", None)
    return Desk(
        repo=nobody,
        claim=nobody,
        lease=lease,
        ledger=nobody,
        survey=nobody,
        git=nobody,
        forge=nobody,
        store=store,
        metrics=nobody,
        identity=nobody,
        url="",
        locks=None,
        outside=nobody,
    )


def test_a_push_starts_only_while_more_than_half_of_the_lease_is_left(store: Any):
    """rule I2"""
    store.work.touch(REPO)
    claim = store.work.claim("me", LENGTH)
    assert claim is not None
    desk(store, Lease(store.work, claim)).may_push()
    late = Lease(store.work, claim, length=LENGTH * 2)
    with pytest.raises(Conflict, match="too little is left of the lease to begin a push"):
        desk(store, late).may_push()
    store.work.take_over("me")
    with pytest.raises(Conflict):
        desk(store, Lease(store.work, claim)).may_push()
