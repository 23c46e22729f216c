"""Benchmarks are kept runnable: at sizes that say nothing about speed, and no time is asserted."""

import importlib
import json
import re

import pytest

from benchmarks import table
from benchmarks.__main__ import NAMES, PAGE, RESULTS

SLOW = {"branch", "contention", "webhook", "neighbours", "deaf", "receipts"}
"""What starts servers or many clones: tried by `make bench ARGS=--tiny`."""


@pytest.mark.parametrize("name", sorted(set(NAMES) - SLOW))
def test_a_benchmark_runs_and_compares(name):
    rows = importlib.import_module(f"benchmarks.{name}").rows(tiny=True)

    assert rows
    assert all(row.ours.values and row.ours.median > 0 for row in rows)
    found = [table.Measured(name, {"commit": "c0ffee", "load": "0.1 before the run"}, rows)]
    assert table.markdown(found).count("| c0ffee; 0.1 before the run |") == len(rows)
    assert table.markdown(table.read(json.loads(json.dumps(table.document(found)))))


def test_the_published_table_is_that_of_the_published_values():
    shown = table.markdown(table.read(json.loads(RESULTS.read_text(encoding="utf-8"))))

    assert re.search(re.escape(f"{table.BEGIN}\n{shown}\n{table.END}"), PAGE.read_text())
