"""An older copy of the database is restored, and people push before the first look at it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.flows.harness import REPO, Flow
from tests.flows.rebuilding import PIPELINE, lose
from tests.flows.reviewed import PEOPLE
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


def test_what_was_rolled_back_to_what_the_copy_knows_stays_rejected(flow: Flow, copied):
    """The outputs are what the copy knows, and still something landed."""
    first = flow.repo(FILES)
    restore = copied()
    second = flow.push({"apps/web/a": "2"})
    say(flow, second, "/rollback dev")
    assert file(flow, "stages/dev/web/a") == "1"
    restore()
    pushed_unseen(flow, {"README.md": "x"})
    flow.look()

    assert file(flow, "stages/dev/web/a") == "1"
    rows = [p for p in flow.promotions() if p.stage == "dev"]
    told = [(p.freight.sha, p.leaves and p.leaves.sha) for p in rows]
    assert told == [(first, None), (second, None), (first, second)]
    [hold] = flow.records().holds
    assert (hold.stage, hold.by) == ("dev", "")
    assert "rolled back from" in hold.reason
    third = flow.push({"apps/web/a": "3"})
    assert file(flow, "stages/dev/web/a") == "1"
    say(flow, third, "/resume dev")
    assert file(flow, "stages/dev/web/a") == "3"


def test_a_hold_that_newer_freight_has_outlived_is_not_back(flow: Flow, copied):
    """Somebody said `/resume` after the rollback, or nothing could have landed after it."""
    first = flow.repo(FILES)
    restore = copied()
    second = flow.push({"apps/web/a": "2"})
    say(flow, second, "/rollback dev")
    third = flow.push({"apps/web/a": "3"})
    say(flow, third, "/resume dev")
    assert file(flow, "stages/dev/web/a") == "3"
    restore()
    fourth = pushed_unseen(flow, {"apps/web/a": "4"})

    assert flow.records().holds == ()
    assert file(flow, "stages/dev/web/a") == "4"
    assert [sha for sha, _ in known(flow, "dev")] == [first, second, first, third, fourth]


def test_while_github_does_not_say_whose_a_landing_is_nothing_enters_its_stage(flow: Flow, copied):
    """Half of the answer would be none: what was rolled back would be promoted again."""
    flow.repo(FILES)
    restore = copied()
    second = flow.push({"apps/web/a": "2"})
    say(flow, second, "/rollback dev")
    restore()
    flow.world.faults.add("GET", "/commits/[0-9a-f]{40}/check-runs", "error", times=10_000)
    pushed_unseen(flow, {"README.md": "x"})
    flow.look()
    assert file(flow, "stages/dev/web/a") == "1"

    flow.world.faults.clear()
    flow.passes(minutes=6)

    assert file(flow, "stages/dev/web/a") == "1"
    assert [hold.stage for hold in flow.records().holds] == ["dev"]


def many(count: int) -> dict[str, str]:
    """A repository with that many stages on one branch, all directly on the warehouse."""
    steps = "[{uses: copy, with: {from: apps/web, to: web}}]"
    stages = "".join(f"  s{n}: {{path: stages/s{n}, steps: {steps}}}\n" for n in range(count))
    text = f"version: 1\nwarehouses: {{web: {{paths: [apps/web/]}}}}\nstages:\n{stages}"
    return {"stagelock.yaml": text, "apps/web/a": "1"}


def own_runs_asked(flow: Flow, since: int) -> list[str]:
    """The commits whose runs of ours GitHub was asked for."""
    found = list(flow.sandbox.exchanges)[since:]
    return [
        e.path.split("/")[-2]
        for e in found
        if e.path.endswith("/check-runs") and e.method == "GET" and "app_id" in e.query
    ]


def test_where_every_landing_is_known_a_new_process_asks_github_for_none(flow: Flow):
    flow.repo(many(20))
    assert len({p.stage for p in flow.promotions()}) == 20
    flow.world.push(REPO, "main", {"README.md": "x"})
    flow.settle()
    flow.reboot()
    before = len(flow.sandbox.exchanges)

    flow.look()

    assert own_runs_asked(flow, before) == []


def test_github_is_asked_once_about_each_landing_that_no_record_knows(flow: Flow, copied):
    """And once about their freight's own commit, for all stages together."""
    first = flow.repo(many(8))
    restore = copied()
    second = flow.push({"apps/web/a": "2"})
    landed = {flow.landed(f"s{n}", second) for n in range(8)}
    restore()
    before = len(flow.sandbox.exchanges)

    pushed_unseen(flow, {"README.md": "y"})

    assert sorted(own_runs_asked(flow, before)) == sorted({*landed, second})
    assert {p.freight.sha for p in flow.promotions()} == {first, second}
    assert all(p.edits == () for p in flow.promotions())


def test_what_people_did_beside_is_still_theirs(flow: Flow, copied):
    flow.repo(FILES)
    restore = copied()
    flow.push({"apps/web/a": "2"})
    restore()
    flow.world.push(REPO, "main", {"stages/dev/web/mine": "by hand"})
    third = pushed_unseen(flow, {"apps/web/a": "3"})

    assert "by hand since its last promotion: stages/dev/web/mine." in flow.summary(third, "dev")
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
