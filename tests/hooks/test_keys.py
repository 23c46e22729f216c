"""Single promoted keys: the value that readers find there is the promoter's, however it is written."""

from __future__ import annotations

import pytest

from tests.hooks.world import BOT, World

MAIN, FILE = "refs/heads/main", "stages/keys/values.yaml"


def with_tag(world: World, written: str, base: str) -> str:
    return world.commit({FILE: f"image:\n  name: web\n  tag: {written}\n"}, base)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("'12e4567'", "12e4567"),
        ("'1e5'", "1e5"),
        ("'0o17'", "0o17"),
        ("'y'", "y"),
        ("'1.10'", "!!float '1.10'"),
        ("'1.10'", "!Secret '1.10'"),
        ("v1", "!!binary v1"),
    ],
)
def test_a_value_that_another_reader_takes_for_another_is_changed(world, before, after):
    first = with_tag(world, before, world.tip())
    assert world.push(f"{first}:{MAIN}", who=BOT).accepted

    pushed = world.push(f"{with_tag(world, after, first)}:{MAIN}")

    assert not pushed.accepted
    assert f"{FILE}#image.tag" in pushed.said


@pytest.mark.parametrize(("before", "after"), [("'12e4567'", '"12e4567"'), ("v1", "'v1'")])
def test_a_value_that_all_readers_take_for_the_same_is_not(world, before, after):
    first = with_tag(world, before, world.tip())
    assert world.push(f"{first}:{MAIN}", who=BOT).accepted

    assert world.push(f"{with_tag(world, after, first)}:{MAIN}").accepted
