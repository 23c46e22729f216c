"""Benchmarks are kept runnable: at sizes that say nothing about speed, and no time is asserted."""

import importlib
import json

import pytest

from benchmarks import table
from benchmarks.__main__ import NAMES

SLOW = {"branch", "webhook"}
"""What starts servers or many clones: tried by `make bench ARGS=--tiny`."""


@pytest.mark.parametrize("name", sorted(set(NAMES) - SLOW))
def test_a_benchmark_runs_and_compares(name):
    rows = importlib.import_module(f"benchmarks.{name}").rows(tiny=True)

    assert rows
    assert all(row.ours.values and row.ours.median > 0 for row in rows)
    assert json.loads(json.dumps(table.document(rows, {})))
    assert table.markdown(rows, {}).count("\n") >= len(rows)
