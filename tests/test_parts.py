"""The slow tests run in parts: every one in exactly one of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parts import SLOW, in_part, told

NAMES = st.text("abc_[]-1é", min_size=1, max_size=20)


@given(begins=st.sampled_from(SLOW), name=NAMES, parts=st.integers(1, 12))
def test_each_slow_test_is_in_exactly_one_part(begins: str, name: str, parts: int):
    node_id = f"{begins}_x.py::test_{name}"
    assert [in_part(node_id, f"{k}/{parts}") for k in range(1, parts + 1)].count(True) == 1


@given(folder=st.sampled_from(["tests/core/", "tests/hooks/", "tests/test_"]), name=NAMES)
def test_every_other_test_is_in_all_parts(folder: str, name: str):
    node_id = f"{folder}x.py::test_{name}"
    assert in_part(node_id, "1/2")
    assert in_part(node_id, "2/2")


@pytest.mark.parametrize("part", ["2/4", "1/12"])
def test_a_part_is_said_with_the_command_that_runs_all(part: str):
    assert told(part).endswith(f"part {part}: make test PART=1/1 runs all")


def test_nothing_is_said_where_everything_ran():
    assert told("1/1") == ""
