"""What deliveries tell of landed commits, on every database."""

from dataclasses import replace

import pytest

from app.core.model.names import Sha
from app.errors import Conflict
from tests.contracts.facts import claimed, promotion

NEWEST = 10


def landed(number):
    return Sha(f"{number:040x}")


def deep(store, claim):
    """A stage that landed more often than a look begins with."""
    rows = [
        replace(promotion(f"p-{n}"), landed=landed(n), state="verified")
        for n in range(1, NEWEST + 3)
    ]
    store.history.save_promotions(claim, 7, rows)
    return rows


def test_what_a_delivery_told_of_is_kept_until_a_look_has_seen_to_it(store):
    """rule L13: with the promotion that landed so, however many came since."""
    claim = claimed(store)
    deep(store, claim)
    assert store.history.load(7).promotions[0].landed == landed(3)

    for _ in range(2):  # deliveries are repeated
        store.checks.told(7, [landed(1), Sha("f" * 40)])
    records = store.history.load(7)
    assert records.told == {landed(1)}
    assert [p.id for p in records.promotions][:2] == ["p-1", "p-3"]
    assert store.history.load(8).told == frozenset()

    store.checks.seen_to(claim, 7, records.told)
    assert store.history.load(7).told == frozenset()


def test_what_pushes_told_is_something_else(store):
    claim = claimed(store)
    deep(store, claim)
    store.lines.hear(7, "main", [landed(1)])
    store.checks.told(7, [landed(2)])

    assert [heard.branch for heard in store.lines.heard(7)] == ["main"]
    store.lines.forget_heard(claim, 7, 99)
    assert store.history.load(7).told == {landed(2)}
    store.lines.hear(7, "main", [landed(2)])
    store.checks.seen_to(claim, 7, [landed(2)])
    assert [heard.sha for heard in store.lines.heard(7)] == [landed(2)]


def test_who_has_lost_the_work_has_seen_to_nothing(store):
    claim = claimed(store)
    deep(store, claim)
    store.checks.told(7, [landed(1)])
    store.work.take_over("")
    with pytest.raises(Conflict):
        store.checks.seen_to(claim, 7, [landed(1)])
    assert store.history.load(7).told == {landed(1)}
