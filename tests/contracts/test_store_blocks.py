"""Blocks of freight: kept until they are ended."""

from __future__ import annotations

from dataclasses import replace

from app.core.model.comments import CommandRecord
from app.core.model.people import Block
from tests.contracts.desk import LATER
from tests.contracts.facts import AT, claimed, freight

COMMAND = CommandRecord("issue-5", 5, "issue", "/block 1234567 it leaks", "ada", AT, pull=2)


def test_a_block_is_kept_by_freight_until_it_is_ended(store):
    claim = claimed(store)
    one, two = freight(1), freight(2)
    first, again = Block(one, "it leaks", "ada", AT), Block(one, "still, \x1b[1m", "bob", LATER)
    other = Block(two, "why not", "ada", AT)
    store.history.set_block(claim, 7, first, COMMAND)
    store.history.set_block(claim, 8, first, COMMAND)
    assert store.history.load(7).blocks == (first,)
    store.history.set_block(claim, 7, other, COMMAND)
    store.history.set_block(claim, 7, again, COMMAND)
    assert set(store.history.load(7).blocks) == {again, other}
    noted = replace(COMMAND, parts=("it has ended",))
    store.history.end_block(claim, 7, one, noted)
    store.history.end_block(claim, 7, one, noted)
    assert store.history.open_commands(7) == (noted,)
    assert store.history.load(7).blocks == (other,)
    assert store.history.load(8).blocks == (first,)
