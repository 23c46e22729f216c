"""Numbers and short ids."""

import os
import subprocess
import sys
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.text.markup import event_id
from app.errors import Rejected, Transient
from app.observe import Metrics, counts, listener, stage_id
from app.observe.metrics import MOST_STAGES
from app.ports.gauge import Gauge, Served
from tests.processes import PATIENCE

COUNTING = """
import os, signal
from app.observe import Metrics, counts
counts.reserve()
metrics = Metrics()
for _ in range(3):
    metrics.tick("repo", "done", 0.2)
metrics.budget_wait(70)
metrics.lead(7, "dev", __import__("datetime").timedelta(seconds=5))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_counters_and_the_stores_numbers_are_in_one_text():
    found = [Gauge("work_due", 3.0), Gauge("promotions", 2.0, ("in-review",))]
    metrics = Metrics(lambda: found)
    metrics.tick("repo", "done", 0.2)
    metrics.delivery("push", "accepted")
    text = metrics.render().decode()
    assert 'stagelock_ticks_total{kind="repo",outcome="done"} 1.0' in text
    assert 'stagelock_deliveries_total{event="push",outcome="accepted"} 1.0' in text
    assert "stagelock_work_due 3.0" in text
    assert 'stagelock_promotions{state="in-review"} 2.0' in text


def test_the_stores_numbers_are_read_at_each_scrape():
    found = [Gauge("work_due", 1.0)]
    metrics = Metrics(lambda: found)
    assert b"stagelock_work_due 1.0" in metrics.render()
    found[0] = Gauge("work_due", 0.0)
    assert b"stagelock_work_due 0.0" in metrics.render()


def test_while_the_store_is_away_the_counts_are_shown_nevertheless():
    def away():
        raise Transient("the database is away")

    metrics = Metrics(away)
    metrics.push("promotion", "refused")
    text = metrics.render().decode()
    assert "stagelock_store_up 0.0" in text
    assert 'stagelock_pushes_total{kind="promotion",outcome="refused"} 1.0' in text


def test_two_sets_of_metrics_do_not_disturb_each_other():
    one, two = Metrics(), Metrics()
    one.tick("repo", "done", 0.2)
    assert b'outcome="done"' not in two.render()


def test_a_stage_has_no_name_in_metrics_and_there_is_a_bound_to_how_many_are_told_apart():
    metrics = Metrics()
    for number in range(MOST_STAGES + 20):
        metrics.lead(7, f"secret-{number}", timedelta(seconds=1))
    text = metrics.render().decode()
    assert "secret" not in text
    assert f'stage="{stage_id(7, "secret-0")}"}} 1.0' in text
    assert 'stagelock_lead_seconds_count{repository="other",stage="other"} 20.0' in text


def test_processes_that_died_keep_their_counts_in_what_the_others_show(tmp_path: Path):
    environ = counts.prepare(tmp_path / "metrics", alone=True)
    for _ in range(2):
        command = [sys.executable, "-c", COUNTING]
        subprocess.run(command, env={**os.environ, **environ}, check=False, timeout=PATIENCE)

    with (
        listener("127.0.0.1", 0, list, tmp_path / "metrics") as port,
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as answer,
    ):
        text = answer.read().decode()

    assert 'stagelock_ticks_total{kind="repo",outcome="done"} 6.0' in text
    assert "stagelock_lead_seconds_sum" in text
    assert "stagelock_store_up 1.0" in text


def test_series_of_a_repository_that_left_are_shown_by_no_process(tmp_path: Path):
    """Two work processes counted for it, and one of them died: rule N39."""
    folder = tmp_path / "metrics"
    environ = {**os.environ, **counts.prepare(folder, alone=True)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNTING], env=environ, check=False, timeout=PATIENCE)
    here = [Served(frozenset({7, 8}), frozenset({70}))]

    with listener("127.0.0.1", 0, list, folder, lambda: here[0]) as port:

        def scraped() -> str:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE
            ) as answer:
                read: bytes = answer.read()
                return read.decode()

        before = scraped()
        here[0] = Served(frozenset({8}), frozenset())
        after = scraped()
        here[0] = Served(frozenset({7}), frozenset({70}))
        again = scraped()

    name, budget = 'stagelock_lead_seconds_count{repository="7"', "budget_waits_total{installation="
    assert (name in before, name in after, name in again) == (True, False, True)
    assert (budget in before, budget in after, budget in again) == (True, False, True)
    assert 'stagelock_ticks_total{kind="repo",outcome="done"} 6.0' in after


def test_while_nobody_can_say_who_is_served_no_series_of_a_repository_are_shown():
    def away():
        raise Transient("the database is away")

    metrics = Metrics(away, away)
    metrics.lead(7, "dev", timedelta(seconds=5))
    metrics.tick("repo", "done", 0.2)
    text = metrics.render().decode()
    assert 'repository="7"' not in text
    assert 'stagelock_ticks_total{kind="repo",outcome="done"} 1.0' in text


def test_their_files_have_their_room_from_the_start(tmp_path: Path):
    """A hole that a full disk cannot fill would end the process by a signal."""
    environ = counts.prepare(tmp_path, alone=True)
    subprocess.run(
        [sys.executable, "-c", COUNTING], env={**os.environ, **environ}, check=False, timeout=60
    )
    files = {f.name.partition("_")[0]: f.stat() for f in tmp_path.glob("*.db")}
    assert set(files) == {"counter", "histogram", "summary"}
    for stat in files.values():
        assert stat.st_blocks * 512 >= stat.st_size == counts.ROOM


def test_where_nobody_works_the_counts_begin_anew(tmp_path: Path):
    old = tmp_path / "counter_7.db"
    old.write_bytes(b"")
    counts.prepare(tmp_path, alone=False)
    assert old.exists()
    counts.prepare(tmp_path, alone=True)
    assert not old.exists()


def test_an_address_that_is_taken_is_told_in_words(tmp_path: Path):
    with (
        listener("127.0.0.1", 0, list, tmp_path) as port,
        pytest.raises(Rejected, match=f"127.0.0.1:{port}"),
        listener("127.0.0.1", port, list, tmp_path),
    ):
        pass


def test_an_event_id_is_eight_characters_and_stable():
    assert event_id("acme/shop", 7) == event_id("acme/shop", "7")
    assert len(event_id()) == 8
    assert event_id("a", "bc") != event_id("ab", "c")


@given(st.lists(st.text(st.characters(codec=None))))
def test_every_event_has_a_plain_id(parts):
    assert event_id(*parts).isalnum()
