"""The rooms of each part: how many there are, in which order, and that ARCHITECTURE.md names them all."""

import re
import tomllib

import pytest

from tests.repository import text_of
from tests.rooms import PARTS, floors_of, rooms_of


@pytest.mark.parametrize(
    ("part", "floors", "most"),
    [
        ("core", 8, 15),
        ("engine", 4, 12),
        ("sql", 6, 6),
        ("sandbox", 5, 5),
        ("github", 11, 32),
        ("git", 10, 20),
        ("hook", 9, 23),
        ("web", 6, 15),
    ],
)
def test_the_rooms_of_a_part_stay_few_and_without_a_circle(part, floors, most):
    rooms = rooms_of(part)

    assert len(floors_of(rooms)) <= floors
    assert len(rooms) <= most


def test_every_part_that_is_counted_has_its_order_in_a_contract():
    contracts = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = {
        contract["containers"][0]: contract["layers"]
        for contract in contracts
        if contract["type"] == "layers" and contract["exhaustive"]
    }

    for part in PARTS:
        held = {room for layer in layers[f"app.{part}"] for room in layer.split(" | ")}
        assert held >= rooms_of(part).keys(), part


@pytest.mark.parametrize("part", PARTS)
def test_the_architecture_names_every_room(part):
    tree = text_of("ARCHITECTURE.md").split("\n```\napp/core ")[1].split("\n```")[0]
    of_parts = dict(
        re.findall(r"^app/(\w+) (.*(?:\n(?!app/).*)*)", f"app/core {tree}", re.MULTILINE)
    )

    assert rooms_of(part).keys() - set(re.findall(r"\w+", of_parts[part])) == set()
