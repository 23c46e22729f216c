"""Numbers and short ids."""

from hypothesis import given
from hypothesis import strategies as st

from app.observe import Metrics, event_id


def test_counters_and_the_stores_numbers_are_in_one_text():
    numbers = {"work_due": 3.0, "promotions_verifying": 2.0, "promotions_failed": 1.0}
    metrics = Metrics(lambda: numbers)
    metrics.ticks.labels("done").inc()
    metrics.deliveries.labels("push", "accepted").inc()
    text = metrics.render().decode()
    assert 'stagelock_ticks_total{outcome="done"} 1.0' in text
    assert 'stagelock_deliveries_total{event="push",outcome="accepted"} 1.0' in text
    assert "stagelock_work_due 3.0" in text
    assert 'stagelock_promotions{state="verifying"} 2.0' in text
    assert 'stagelock_promotions{state="failed"} 1.0' in text


def test_the_stores_numbers_are_read_at_each_scrape():
    numbers = {"work_due": 1.0}
    metrics = Metrics(lambda: numbers)
    assert b"stagelock_work_due 1.0" in metrics.render()
    numbers["work_due"] = 0.0
    assert b"stagelock_work_due 0.0" in metrics.render()


def test_two_sets_of_metrics_do_not_disturb_each_other():
    one, two = Metrics(), Metrics()
    one.ticks.labels("done").inc()
    assert b'outcome="done"' not in two.render()


def test_an_event_id_is_eight_characters_and_stable():
    assert event_id("acme/shop", 7) == event_id("acme/shop", "7")
    assert len(event_id()) == 8
    assert event_id("a", "bc") != event_id("ab", "c")


@given(st.lists(st.text(st.characters(codec=None))))
def test_every_event_has_a_plain_id(parts):
    assert event_id(*parts).isalnum()
