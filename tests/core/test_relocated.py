"""A stage whose folder was renamed: whether what stands there now is what it wrote."""

from __future__ import annotations

import pytest

from app.core.model.names import StageName, WarehouseName
from app.core.model.pipeline import Stage
from app.core.model.steps import Output
from app.core.state.relocated import moved, relocated

DEV = Stage(
    StageName("dev"), WarehouseName("web"), path="envs/dev", outputs=(Output("envs/dev/web"),)
)
TREE = "040000:" + "a" * 40
OTHER = "040000:" + "b" * 40


@pytest.mark.parametrize(
    ("output", "elsewhere"),
    [
        ("stages/dev/web", True),
        ("envs/dev/web", False),
        ("envs/dev/site", False),
        ("envs/dev", False),
        ("envs/dev2/web", True),
        ("stages/dev/k.yaml#tag", True),
        ("envs/dev/k.yaml#tag", False),
        (".", True),
    ],
)
def test_what_was_written_lies_elsewhere_if_none_of_it_is_below_the_stages_path(output, elsewhere):
    assert moved(DEV, ((output, TREE),)) is elsewhere


@pytest.mark.parametrize("output", [".", "web", "stages/dev/web", "k.yaml#tag"])
def test_nothing_lies_elsewhere_than_on_the_whole_branch_of_a_stage(output):
    whole = Stage(StageName("dev"), WarehouseName("web"), branch="env", outputs=(Output("web"),))
    assert not moved(whole, ((output, TREE),))


def test_nothing_written_lies_nowhere():
    assert not moved(DEV, ())


@pytest.mark.parametrize(
    ("written", "here", "same"),
    [
        ({"stages/dev/web": TREE}, {"envs/dev/web": TREE}, True),
        ({"stages/dev/web": TREE}, {"envs/dev/web": OTHER}, False),
        ({"stages/dev/site": TREE}, {"envs/dev/web": TREE}, False),
        ({"stages/dev": TREE}, {"envs/dev": TREE}, True),
        ({"web": TREE}, {"envs/dev/web": TREE}, False),
        ({"s/web": TREE, "s/k#a.b": "1"}, {"envs/dev/k#a.b": "1", "envs/dev/web": TREE}, True),
        ({"s/web": TREE, "s/k#a.b": "1"}, {"envs/dev/k#a.b": "2", "envs/dev/web": TREE}, False),
        ({"s/web": TREE, "t/k#a.b": "1"}, {"envs/dev/k#a.b": "1", "envs/dev/web": TREE}, False),
        ({"s/web": TREE, "s/x": TREE}, {"envs/dev/web": TREE}, False),
        ({"s/a/web": TREE, "s/web": OTHER}, {"envs/dev/web": OTHER, "envs/dev/a/web": TREE}, True),
        ({}, {}, False),
    ],
)
def test_the_same_content_stands_at_the_same_places_below_another_folder(written, here, same):
    assert relocated(DEV, tuple(written.items()), tuple(here.items())) is same
