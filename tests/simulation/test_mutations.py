"""A hand-made mutation that no longer applies would be found only by the long run of all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.mutations import MUTATIONS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_applies_to_the_product_as_it_is_and_its_test_exists(name: str) -> None:
    patch = MUTATIONS[name]
    text = (ROOT / patch.file).read_text(encoding="utf-8")

    assert [old for old, _ in patch.edits if text.count(old) != 1] == []
    if patch.test is not None:
        file, named = patch.test
        assert named.partition(" ")[0] in (ROOT / file).read_text(encoding="utf-8")
