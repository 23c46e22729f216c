"""Which commit becomes freight."""

from __future__ import annotations

import pytest

from tests.core.world import a_pipeline

DEV = """
version: 1
warehouses:
  web: {paths: [apps/web/], paths-ignore: ["**/*.md"]%s}
stages:
  dev: {path: stages/dev}
"""
PLAIN, CHECKED = DEV % "", DEV % ", checks: [build]"


def minted(world):
    return [f.id.sha for f in world.freights]


def test_a_watched_commit_is_minted_at_once():
    world = a_pipeline(PLAIN)
    sha = world.push({"apps/web/a": "1"})
    world.settle()
    assert minted(world) == [sha]


def test_of_several_pushed_together_only_the_newest_counts():
    world = a_pipeline(PLAIN)
    world.push({"apps/web/a": "1"})
    newest = world.push({"apps/web/a": "2"})
    world.settle()
    assert minted(world) == [newest]


def test_a_later_commit_that_touches_only_ignored_paths_changes_nothing():
    world = a_pipeline(PLAIN)
    sha = world.push({"apps/web/a": "1"})
    world.push({"apps/web/README.md": "words", "other": "x"})
    world.settle()
    world.push({"apps/web/README.md": "more"})
    world.settle()
    assert minted(world) == [sha]


def test_our_own_promotions_mint_nothing():
    world = a_pipeline(PLAIN)
    world.push({"apps/web/a": "1"})
    world.settle()
    world.settle()
    assert len(world.freights) == 1
    assert world.files("stages/dev") == {"a": "1"}


def test_a_commit_that_mixes_source_and_outputs_makes_freight_of_its_source():
    world = a_pipeline(PLAIN)
    world.push({"apps/web/a": "1"})
    world.settle()
    mixed = world.push({"apps/web/a": "2", "stages/dev/b": "by hand"})
    world.settle()
    assert minted(world)[-1] == mixed
    assert world.files("stages/dev") == {"a": "2", "b": "by hand"}


def test_a_move_out_of_the_watched_folder_fires():
    world = a_pipeline(PLAIN)
    world.push({"apps/web/a": "1", "apps/web/b": "1"})
    world.settle()
    away = world.push({"apps/web/a": None, "elsewhere/a": "1"})
    world.settle()
    assert minted(world)[-1] == away


class TestChecks:
    def test_no_freight_before_the_checks_passed(self):
        world = a_pipeline(CHECKED)
        sha = world.push({"apps/web/a": "1"})
        plan = world.settle()
        assert minted(world) == []
        assert [(w.commit, w.checks, w.failed) for w in plan.minting] == [(sha, ("build",), False)]
        world.check(sha, "build")
        world.settle()
        assert minted(world) == [sha]

    def test_a_red_build_never_reaches_dev(self):
        world = a_pipeline(CHECKED)
        sha = world.push({"apps/web/a": "1"})
        world.check(sha, "build", "failure")
        plan = world.settle()
        assert minted(world) == []
        assert plan.minting[0].failed

    def test_the_newest_green_commit_counts_below_a_red_one(self):
        world = a_pipeline(CHECKED)
        green = world.push({"apps/web/a": "1"})
        world.check(green, "build")
        red = world.push({"apps/web/a": "2"})
        world.check(red, "build", "failure")
        world.settle()
        assert minted(world) == [green]

    def test_one_that_is_unfinished_hides_no_older_green_commit(self):
        world = a_pipeline(CHECKED)
        green = world.push({"apps/web/a": "1"})
        world.check(green, "build")
        newer = world.push({"apps/web/a": "2"})
        world.check(newer, "build", None)
        world.settle()
        assert minted(world) == [green]
        world.conclude(newer, "build", "success")
        world.settle()
        assert minted(world) == [green, newer]

    def test_where_none_started_the_nearest_later_commit_with_the_same_content_speaks(self):
        """Checks run on a push's head only; a push may bring ignored commits on top."""
        world = a_pipeline(CHECKED)
        sha = world.push({"apps/web/a": "1"})
        head = world.push({"README.md": "more"})
        world.check(head, "build")
        world.settle()
        assert minted(world) == [sha]

    def test_a_commit_that_has_the_check_speaks_for_itself(self):
        world = a_pipeline(CHECKED)
        sha = world.push({"apps/web/a": "1"})
        world.check(sha, "build", "failure")
        world.check(world.push({"README.md": "more"}), "build")
        world.settle()
        assert minted(world) == []

    def test_a_glob_waits_for_all_that_match_and_for_the_quiet_time(self):
        """Nobody knows when it was pushed, but not after its first check had ended."""
        world = a_pipeline(CHECKED.replace("[build]", '["build *"]'))
        sha = world.push({"apps/web/x": "1"})
        world.check(sha, "build one", app_id=1, suite=1)
        plan = world.settle()
        assert world.freights == []
        assert plan.wake_at == world.now + world.quiet
        world.check(sha, "build two", None, app_id=2, suite=2)
        world.wait(minutes=2)
        assert world.freights == []
        world.conclude(sha, "build two", "success")
        world.settle()
        assert [f.id.sha for f in world.freights] == [sha]

    def test_a_later_commit_with_other_watched_content_does_not_speak(self):
        world = a_pipeline(CHECKED)
        world.push({"apps/web/a": "1"})
        newest = world.push({"apps/web/a": "2"})
        world.check(newest, "build")
        world.settle()
        assert minted(world) == [newest]


def pushes(world, *conclusions):
    """A push for each, oldest first; None: its build is running."""
    found = []
    for number, conclusion in enumerate(conclusions):
        found.append(world.push({"apps/web/a": str(number)}))
        world.check(found[-1], "build", conclusion)
    return found


class TestCutOff:
    @pytest.mark.parametrize("newest", [None, "cancelled"])
    def test_five_heads_in_a_row_whose_build_was_cancelled_are_told(self, newest):
        world = a_pipeline(CHECKED)
        *_, head = pushes(world, *["cancelled"] * 5, newest)
        (wait,) = world.settle().minting
        assert (wait.commit, wait.failed, wait.cut_off) == (head, False, True)

    @pytest.mark.parametrize(
        "conclusions",
        [["cancelled"] * 4 + [None], ["cancelled"] * 4 + ["failure"] + ["cancelled"] * 4],
    )
    def test_fewer_are_no_pattern(self, conclusions):
        world = a_pipeline(CHECKED)
        pushes(world, *conclusions)
        (wait,) = world.settle().minting
        assert not wait.cut_off

    def test_freight_of_an_older_commit_hides_no_wait_of_the_newest(self):
        world = a_pipeline(CHECKED)
        green, head = pushes(world, "success", None)
        plan = world.settle()
        assert minted(world) == [green]
        assert [w.commit for w in plan.minting] == [head]


def test_two_warehouses_mint_apart():
    world = a_pipeline("""
version: 1
warehouses:
  web: {paths: [apps/web/]}
  api: {paths: [apps/api/]}
stages:
  dev-web: {freight: web, path: stages/web}
  dev-api: {freight: api, path: stages/api}
""")
    web = world.push({"apps/web/a": "1"})
    both = world.push({"apps/web/a": "2", "apps/api/b": "1"})
    world.settle()
    assert {str(f.id) for f in world.freights} == {f"web@{both}", f"api@{both}"}
    assert web not in minted(world)


def test_freight_is_ordered_by_the_line_after_a_force_push():
    """Any freight on the line is newer than withdrawn freight."""
    world = a_pipeline(PLAIN)
    start = world.git.heads["main"]
    world.push({"apps/web/a": "1"})
    world.settle()
    world.reset("main", start)
    again = world.push({"apps/web/a": "2"})
    world.settle()
    assert world.last("dev").freight.sha == again
    assert world.last("dev").state == "verified"
