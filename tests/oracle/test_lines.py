"""The line of a branch, push by push."""

from tests.oracle.histories import line


def test_each_push_goes_on_top():
    """rule B1"""
    made = line("abc")
    assert made.commits == ["c", "b", "a"]
    assert made.newer("c", "a")
    assert not made.newer("a", "c")
    assert made.before("c") == "b"


def test_what_is_pushed_after_a_copy_was_made_is_not_on_it():
    made = line("ab", {"c": "b"})
    before = made.copy()
    made.push("c")
    assert (before.tips, before.commits) == (["b", "a"], ["b", "a"])
    assert made.commits == ["c", "b", "a"]


def test_several_commits_of_one_push_belong_to_it():
    """rule B1"""
    made = line("a", {"b": "a", "c": "b", "d": "c"})
    made.push("d")
    assert made.commits == ["d", "c", "b", "a"]


def test_a_merge_belongs_to_it_and_what_it_brings_does_not():
    """rule B1"""
    made = line("ab", {"x": "a", "m": "bx"})
    made.push("m")
    assert made.commits == ["m", "b", "a"]


def test_after_a_foxtrot_what_came_before_stays():
    """rule B2: x is somebody's own commit on a, pulled by merge as m, whose first parent is x."""
    made = line("abc", {"x": "a", "m": "xc"})
    made.push("m")
    assert made.commits == ["m", "c", "b", "a"]
    assert made.before("m") == "c"


def test_a_force_push_takes_away_and_what_comes_back_is_not_withdrawn():
    """rule B3, rule B4"""
    made = line("abc", {"d": "b", "e": "cd"})
    made.push("d")
    assert made.commits == ["d", "b", "a"]
    assert made.place("c") is None
    assert made.newer("a", "c")
    made.push("c")
    assert made.place("c") == 0


def test_a_branch_that_begins_anew_holds_nothing_of_before():
    """rule B3"""
    made = line("abc", {"y": "x"})
    made.push("y")
    assert made.commits == ["y", "x"]


def test_a_tip_that_comes_back_has_its_line_unless_that_lacks_what_it_follows():
    """rule B4: also where the branch was back at an older tip, which the new one holds."""
    made = line("abc", {"x": "a", "m": "xc"})
    for tip in "mam":
        made.push(tip)
    assert made.commits == ["m", "c", "b", "a"]
    made = line("ac", {"b": "a", "d": "cb", "e": "d"})
    made.push("e")
    assert made.commits == ["e", "d", "c", "a"]
    for tip in "bde":
        made.push(tip)
    assert made.commits == ["e", "d", "b", "a"]


def test_of_several_tips_that_are_held_the_one_that_was_there_last_goes_on():
    """rule B3"""
    made = line("ac", {"x": "a", "q": "xc"})
    for tip in "azq":
        made.push(tip)
    assert made.commits == ["q", "x", "a"]
