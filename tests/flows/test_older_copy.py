"""An older copy of the database is restored, and people push before the first look at it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.flows.harness import REPO, Flow
from tests.flows.test_rebuild import PIPELINE, lose
from tests.flows.test_reviews import PEOPLE
from tests.flows.words import say

FILES = {"stagelock.yaml": PIPELINE, "apps/web/a": "1"}
Restore = Callable[[], None]


@pytest.fixture
def copied(flow: Flow, tmp_path: Path) -> Callable[[], Restore]:
    """Copies the database as the manual does; what comes back puts that copy in its place."""

    def copy() -> Restore:
        file, kept = flow.app.settings.data_dir / "stagelock.db", tmp_path / "copy.db"
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(kept)) as target:
            source.backup(target)

        def restore() -> None:
            lose(flow)
            file.write_bytes(kept.read_bytes())

        return restore

    return copy


def verified(flow: Flow, sha: str) -> None:
    """In the stage with a lock."""
    flow.finish(flow.landed("e2e", sha), "e2e")


def pushed_unseen(flow: Flow, changes: dict[str, str]) -> str:
    """Somebody pushes while nothing of ours runs; then it runs again."""
    sha = flow.world.push(REPO, "main", dict(changes))
    flow.boot()
    flow.sweep()
    return sha


def known(flow: Flow, stage: str) -> list[tuple[str, str]]:
    return [(p.freight.sha, p.state) for p in flow.promotions() if p.stage == stage]


def file(flow: Flow, path: str) -> str:
    return flow.world.tree(REPO, "main", path)[path].decode()


def test_what_landed_since_the_copy_is_no_edit_by_hand(flow: Flow, copied):
    first = flow.repo(FILES)
    verified(flow, first)
    restore = copied()
    second = flow.push({"apps/web/a": "2"})
    verified(flow, second)
    restore()
    third = pushed_unseen(flow, {"apps/web/a": "3"})
    verified(flow, third)

    for stage in ("dev", "e2e"):
        assert known(flow, stage) == [(sha, "verified") for sha in (first, second, third)]
        assert flow.state(third, stage) == "success"
        assert file(flow, f"stages/{stage}/web/a") == "3"
    assert all(p.edits == () for p in flow.promotions())


def test_what_was_merged_since_the_copy_is_no_edit_by_hand(flow: Flow, copied):
    first = flow.repo(FILES)
    verified(flow, first)
    say(flow, first, "/promote prod")
    flow.world.merge(REPO, 1)
    flow.settle()
    restore = copied()
    second = flow.push({"apps/web/a": "2"})
    verified(flow, second)
    say(flow, second, "/promote prod")
    flow.world.merge(REPO, 2)
    flow.settle()
    restore()
    third = pushed_unseen(flow, {"apps/web/a": "3"})
    verified(flow, third)
    say(flow, third, "/promote prod")
    flow.world.merge(REPO, 3)
    flow.settle()

    assert known(flow, "prod") == [(sha, "verified") for sha in (first, second, third)]
    assert all(p.edits == () for p in flow.promotions())
    assert file(flow, "stages/prod/web/a") == "3"


def test_what_was_being_verified_goes_on(flow: Flow, copied):
    first = flow.repo(FILES)
    verified(flow, first)
    restore = copied()
    second = flow.push({"apps/web/a": "2"})
    landed = flow.landed("e2e", second)
    flow.world.start_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()
    restore()
    third = pushed_unseen(flow, {"apps/web/a": "3"})

    assert known(flow, "e2e")[:2] == [(first, "verified"), (second, "verifying")]
    with pytest.raises(AssertionError, match="never landed"):
        flow.landed("e2e", third)
    flow.world.finish_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()
    verified(flow, third)
    assert known(flow, "e2e") == [(sha, "verified") for sha in (first, second, third)]


def test_what_was_rolled_back_since_the_copy_stays_rejected(flow: Flow, copied):
    first = flow.repo(FILES)
    restore = copied()
    second = flow.push({"apps/web/a": "2"})
    third = flow.push({"apps/web/a": "3"})
    say(flow, third, "/rollback dev")
    assert file(flow, "stages/dev/web/a") == "2"
    restore()
    pushed_unseen(flow, {"README.md": "x"})
    flow.look()

    assert file(flow, "stages/dev/web/a") == "2"
    rows = [p for p in flow.promotions() if p.stage == "dev"]
    told = [(p.freight.sha, p.leaves and p.leaves.sha) for p in rows]
    assert told == [(first, None), (second, None), (third, None), (second, third)]


def test_what_people_did_beside_is_still_theirs(flow: Flow, copied):
    flow.repo(FILES)
    restore = copied()
    flow.push({"apps/web/a": "2"})
    restore()
    flow.world.push(REPO, "main", {"stages/dev/web/mine": "by hand"})
    third = pushed_unseen(flow, {"apps/web/a": "3"})

    assert (
        "by hand since its last promotion: stages/dev/web/mine." in flow.run(third, "dev").summary
    )
    assert file(flow, "stages/dev/web/a") == "2"
    say(flow, third, "/promote dev")
    assert file(flow, "stages/dev/web/a") == "3"


def test_trailers_that_no_run_of_ours_vouches_for_are_an_edit_by_hand(flow: Flow, copied):
    """Whoever may push can write them: another commit than ours, with our very message."""
    first = flow.repo(FILES)
    verified(flow, first)
    restore = copied()
    second = flow.push({"apps/web/a": "2"})
    [ours] = [c for c in flow.world.log(REPO, "main") if c.sha == flow.landed("dev", second)]
    restore()
    forged = {"stages/dev/web/a": "forged"}
    flow.world.push(REPO, "main", forged, message=ours.message, parent=second, force=True)
    third = pushed_unseen(flow, {"apps/web/a": "3"})

    assert second not in dict(known(flow, "dev"))
    assert flow.state(third, "dev") != "success"
    assert file(flow, "stages/dev/web/a") == "forged"


def test_a_head_that_we_pushed_since_the_copy_is_ours(flow: Flow, copied):
    """Our run on it vouches for that."""
    flow.repo(PEOPLE)
    restore = copied()
    flow.push({"apps/web/index.html": "two"})
    restore()

    third = pushed_unseen(flow, {"apps/web/index.html": "three"})

    assert flow.state(third, "prod") == "in_progress"
    held = flow.world.tree(REPO, "stagelock/prod", "stages/prod")
    assert held == {"stages/prod/web/index.html": b"three"}
