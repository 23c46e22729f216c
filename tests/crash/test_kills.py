"""Invariant 6 on real processes: `kill -9` at any moment, a restart, and the same world."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.crash.killing import FEW, Killer
from tests.crash.place import place
from tests.crash.story import declare, doubled, overlapping, picture, tell
from tests.processes import until


def crashed(root: Path, seed: int, victims: Sequence[str], pushes: int, workers: int) -> None:
    """The story without and with kills, one after the other on one server: they end the same."""
    with place(root) as here:
        declare(here.world)
        here.start("serve", "--workers", str(workers))
        tell(here.world, "calm/shop", pushes)
        killer = Killer(here, seed, victims)
        with killer.at_work():
            tell(here.world, "storm/shop", pushes)
        assert sorted(killer.kills) == sorted(victims), killer.kills

        calm = picture(here.world, "calm/shop")
        told = f"seed {seed}: {killer.kills}"
        until(lambda: picture(here.world, "storm/shop") == calm, 120, told)
        assert doubled(here.world, "storm/shop") == [], told
        assert overlapping(here.world, "storm/shop") == [], told
        with here.store() as store:
            requests = store.history.load(here.world.repo("storm/shop").id).requests
            assert {r.state for r in requests} == {"released"}, told
            assert not any(d.guid for d in store.inbox.pending(None, None)), told
        assert killer.server.end() == 0


def test_killed_at_any_moment_the_world_ends_the_same_and_nothing_is_there_twice(tmp_path: Path):
    """`make endurance` kills more, and by more seeds."""
    crashed(tmp_path, seed=1, victims=FEW, pushes=1, workers=1)
