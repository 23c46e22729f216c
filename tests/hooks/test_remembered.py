"""What is written down of a pipeline is read back the same, or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.protection import Guard
from app.hook.cache import FILE, remember, remembered

TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
OUTPUT = st.tuples(TEXT, st.none() | TEXT, st.lists(TEXT, max_size=2).map(tuple))
GUARD = st.builds(
    Guard,
    stage=TEXT,
    ref=st.binary(max_size=8),
    whole_tree=st.booleans(),
    outputs=st.lists(OUTPUT, max_size=3).map(tuple),
    groups=st.lists(TEXT, max_size=2).map(tuple),
)


@given(st.lists(GUARD, max_size=4).map(tuple), TEXT)
def test_every_pipeline_is_read_back_the_same(guards, branch):
    with tempfile.TemporaryDirectory() as folder:
        remember(folder, "e" * 40, branch, guards)

        assert remembered(folder, "e" * 40, branch) == guards
        assert remembered(folder, "f" * 40, branch) is None


@pytest.mark.parametrize("cut", [0, 1, 40, -1, -5])
def test_half_a_file_is_none(tmp_path, cut):
    remember(str(tmp_path), "e" * 40, "main", [Guard("dev", b"refs/heads/main", False, ())])
    file = tmp_path / FILE
    file.write_bytes(file.read_bytes()[:cut])

    assert remembered(str(tmp_path), "e" * 40, "main") is None


@pytest.mark.parametrize("line", [b"stage", b"path", b"value\tx", b"odd\tx", b"\\x", b"\xff\t"])
def test_a_line_that_is_not_ours_is_none(tmp_path, line):
    remember(str(tmp_path), "e" * 40, "main", [])
    file = Path(tmp_path, FILE)
    file.write_bytes(file.read_bytes().replace(b"end\n", line + b"\nend\n"))

    assert remembered(str(tmp_path), "e" * 40, "main") is None
