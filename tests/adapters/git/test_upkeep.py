"""Mirrors take no more of the disk than they have to, and that is told."""

from __future__ import annotations

import os
import time

import pytest

from app.core.model.names import Repo
from app.git import upkeep as rules
from app.git.mirror import Mirrors
from app.observe import disk
from tests.adapters.git.origin import Origin

REPO = Repo(7, "acme", "web", 1)


@pytest.fixture
def origin(tmp_path):
    made = Origin.make(tmp_path / "web.git")
    made.commit({"f": b"1"})
    return made


@pytest.fixture
def mirrors(tmp_path, origin):
    found = Mirrors(tmp_path / "data" / "mirrors", lambda _: str(origin.path), lambda _: None)
    with found.open(REPO) as mirror:
        mirror.fetch()
    return found


def aged(path, seconds):
    """As if nobody had used it for so long."""
    then = time.time() - seconds  # noqa: TID251 - files have the machine's time
    os.utime(path, (then, then))


def test_a_mirror_of_a_repository_that_is_gone_goes_when_nobody_uses_it(tmp_path, mirrors):
    folder = tmp_path / "data" / "mirrors" / "7.git"
    mirrors.upkeep({8})
    assert folder.exists(), "a tick may be at work in it, for a repository that is new"

    aged(folder / "HEAD", rules.UNUSED_SECONDS + 1)
    mirrors.upkeep({7, 8})
    assert folder.exists()
    mirrors.upkeep({8})
    assert not folder.exists()

    with mirrors.open(REPO) as mirror:  # it came back
        assert mirror.fetch()


def test_what_killed_processes_left_goes_after_a_day(tmp_path, mirrors):
    root = tmp_path / "data" / "mirrors"
    left = [root / "look-abc", root / "9.new"]
    for folder in left:
        folder.mkdir()
    mirrors.upkeep({7})
    assert all(folder.exists() for folder in left)

    for folder in left:
        aged(folder, rules.LEFT_SECONDS + 1)
    mirrors.upkeep({7})
    assert not any(folder.exists() for folder in left)
    assert (root / "7.git").exists()


def test_a_mirror_that_has_outgrown_is_made_anew_when_it_is_next_opened(tmp_path, mirrors, origin):
    """What a server once gave, git keeps for ever, also when no branch has it any more."""
    folder = tmp_path / "data" / "mirrors" / "7.git"
    mirrors.upkeep({7})
    ballast = folder / "objects" / "pack" / "ballast"
    with ballast.open("wb") as file:
        file.truncate(4 * rules.weigh(folder) + rules.ROOM)
    mirrors.upkeep({7})
    assert ballast.exists()

    with mirrors.open(REPO) as mirror:
        assert mirror.fetch()["main"] == origin.tip()
    assert not ballast.exists()
    assert not rules.outgrown(folder)
    mirrors.upkeep({7})
    assert not rules.outgrown(folder)


def test_what_they_take_is_told_as_of_the_last_sweep(tmp_path, mirrors):
    data = tmp_path / "data"
    assert [gauge.name for gauge in disk.gauges(data)] == ["disk_free_bytes"]

    mirrors.upkeep({7})

    found = {gauge.name: gauge.value for gauge in disk.gauges(data)}
    assert found["mirrors"] == 1
    assert found["mirrors_bytes"] == pytest.approx(rules.weigh(data / "mirrors" / "7.git"), abs=99)
    assert found["disk_free_bytes"] > 0
