"""A hand-made mutation that no longer applies would be found only by the long run of all of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.mutations import MUTATIONS, patched

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_applies_to_the_product_as_it_is_and_its_test_exists(name: str) -> None:
    patch = MUTATIONS[name]
    text = (ROOT / patch.file).read_text(encoding="utf-8")

    assert [old for old, _ in patch.edits if text.count(old) != 1] == []
    if patch.test is not None:
        file, named = patch.test
        assert named.partition(" ")[0] in (ROOT / file).read_text(encoding="utf-8")


def test_no_mutation_names_what_is_not_there(tmp_path: Path) -> None:
    # An undefined name fails every seed: the mutation would count as caught, and show nothing.
    for name, patch in MUTATIONS.items():
        text = (ROOT / patch.file).read_text(encoding="utf-8")
        (tmp_path / f"{name}.py").write_text(patched(text, patch), encoding="utf-8")

    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F821"]
    done = subprocess.run(
        [*ruff, "--output-format", "concise", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stdout.splitlines() == ["All checks passed!"]
