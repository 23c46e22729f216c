"""The line of a branch: what its tip was, push by push."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from app.core.model.names import Sha
from app.core.state.lines import BranchLine
from app.core.state.looked_at import Looked

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Commits:
    """Implements `Graph` over a written-down history: child -> parents."""

    def __init__(self, **parents: str) -> None:
        self.known = {sha: tuple(text.split()) for sha, text in parents.items()}

    def parents(self, sha):
        return self.known.get(sha, ())

    def is_ancestor(self, ancestor, tip):
        seen, todo = set(), [tip]
        while todo:
            sha = todo.pop()
            if sha == ancestor:
                return True
            if sha not in seen:
                seen.add(sha)
                todo += self.parents(sha)
        return False


def ordered(line):
    return "".join(line.at[place] for place in sorted(line.at))


def gone_to(graph, *tips, landed=(), read=0):
    """The line after *tips*; after each push *read* older commits are read, in the end all."""
    line = BranchLine({}, ())
    for tip in tips:
        line.advance(graph, tip, NOW)
        for _ in range(read):
            line.deepen(graph, lambda _parents: landed)
        line = BranchLine(line.at, line.tips.values())
    while line.deepen(graph, lambda _parents: landed):
        pass
    return ordered(line)


STRAIGHT = Commits(a="", b="a", c="b", d="c")
FOXTROT = Commits(a="", b="a", c="b", x="a", m="x c", n="m")
"""On a, bob pushed b and c; alice committed x, pulled (m) and pushed; n came later."""


def test_a_new_line_follows_first_parents():
    assert gone_to(STRAIGHT, "d") == "abcd"
    assert gone_to(FOXTROT, "n") == "axmn"


def test_a_push_adds_its_commits_in_order():
    assert gone_to(STRAIGHT, "a", "d") == "abcd"


def test_the_tip_before_stays_on_the_line_when_a_merge_makes_it_a_second_parent():
    assert gone_to(FOXTROT, "c", "m") == "abcm"
    assert gone_to(FOXTROT, "a", "c", "n") == "abcmn"


def test_a_merge_of_a_branch_is_one_step():
    graph = Commits(a="", b="a", f="a", g="f", m="b g")
    assert gone_to(graph, "b", "m") == "abm"


def test_after_a_force_push_the_line_goes_on_from_the_newest_tip_that_it_still_holds():
    graph = Commits(a="", b="a", c="b", y="b")
    assert gone_to(graph, "a", "b", "c", "y") == "aby"
    # After a foxtrot the newest tip still held is c, and what was before it stays.
    forced = Commits(**{k: " ".join(v) for k, v in FOXTROT.known.items()}, y="m", z="m")
    assert gone_to(forced, "c", "y", "z") == "abcmz"


def test_a_force_push_that_holds_no_tip_begins_anew():
    graph = Commits(a="", b="a", q="", r="q")
    assert gone_to(graph, "b", "r") == "qr"


def test_what_comes_back_is_where_it_was():
    assert gone_to(FOXTROT, "a", "c", "m", "a", "m") == "abcm"
    assert gone_to(FOXTROT, "a", "c", "a", "c") == "abc"


def test_a_tip_that_came_back_is_newer_than_what_it_goes_on_from():
    graph = Commits(a="", b="a", c="b", d="b", g="a b")
    assert gone_to(graph, "b", "a", "b", "d", "g") == "abg"
    graph = Commits(a="", b="a", c="b", d="a", e="b c", f="a e")
    assert gone_to(graph, "c", "a", "c", "d", "f") == "abcf"


def test_what_comes_back_takes_off_nothing_that_it_follows():
    graph = Commits(a="", b="a", c="b", d="a c", g="d")
    assert gone_to(graph, "b", "g", "c", "d", "g") == "abcdg"


def test_what_comes_back_never_brings_a_line_that_lacks_something_of_what_it_follows():
    """d was pushed after e, on b: the line that e had then goes by c and never held b."""
    graph = Commits(a="", b="a", c="a", d="c b", e="d")
    assert gone_to(graph, "c", "e") == "acde"
    assert gone_to(graph, "c", "e", "b", "d", "e") == "abde"


def test_of_several_tips_that_a_force_push_holds_the_one_that_was_there_last_goes_on():
    graph = Commits(a="", c="a", z="", x="a", q="x c")
    assert gone_to(graph, "a", "c", "z", "q") == "acq"
    assert gone_to(graph, "a", "c", "a", "z", "q") == "axq"


def test_where_nothing_is_remembered_the_parent_that_holds_a_landing_of_ours_goes_on():
    assert gone_to(FOXTROT, "n", landed=("c",)) == "abcmn"
    assert gone_to(FOXTROT, "n", landed=("b",)) == "abcmn"
    assert gone_to(FOXTROT, "n", landed=("x",)) == "axmn"


def test_a_tip_that_only_a_delivery_told_of_is_passed_by():
    line = BranchLine({}, ())
    line.advance(FOXTROT, Sha("a"), NOW)
    line.pass_by(FOXTROT, [Sha("c"), Sha("b")], Sha("m"), NOW)
    assert ordered(line) == "abcm"


def test_places_rise_and_what_stays_keeps_its_place():
    line = BranchLine({}, ())
    line.advance(STRAIGHT, Sha("b"), NOW)
    line.deepen(STRAIGHT, lambda _parents: ())
    before = dict(line.places)
    line.advance(STRAIGHT, Sha("d"), NOW)
    assert {sha: line.places[sha] for sha in before} == before
    assert (
        line.places[Sha("a")]
        < line.places[Sha("b")]
        < line.places[Sha("c")]
        < line.places[Sha("d")]
    )


def test_a_change_tells_what_rows_are_needed_to_read_the_line_again():
    line = BranchLine({}, ())
    changes = [line.advance(FOXTROT, Sha(tip), NOW) for tip in ("a", "c", "m", "b", "n")]
    at: dict = {}
    tips: dict = {}
    for change in changes:
        if change.above is not None:
            at = {place: sha for place, sha in at.items() if place <= change.above}
        at |= change.commits
        tips |= {tip.sha: tip for tip in change.tips}
    again = BranchLine(at, tips.values())
    assert (again.at, again.tips) == (line.at, line.tips)


# --- against the contract's text, slowly ---------------------------------------------------------


def slow_line(graph, pushes):
    """
    The line after *pushes*, by the contract's sentences, read anew from the first push.

    A tip has one line: the tip that it goes on from, and first parents down to that. One that comes
    back has the line that it had, unless that lacks something of the tip before, which it holds.
    """
    goes_on_from: dict[str, str | None] = {}
    so_far: list[str] = []
    for tip in pushes:
        before = so_far[-1] if so_far else None
        follows = before is not None and graph.is_ancestor(before, tip)
        had = line_of(graph, goes_on_from, tip) if tip in goes_on_from else None
        if had is None or (follows and not set(line_of(graph, goes_on_from, before)) <= set(had)):
            held = (t for t in reversed(so_far) if graph.is_ancestor(t, tip))
            goes_on_from[tip] = before if follows else next(held, None)
        so_far.append(tip)
    return "".join(line_of(graph, goes_on_from, pushes[-1]))


def line_of(graph, goes_on_from, tip):
    base = goes_on_from[tip]
    added, sha = [], tip
    while sha not in (None, base) and (base is None or graph.is_ancestor(base, sha)):
        added.append(sha)
        sha = next(iter(graph.parents(sha)), None)
    return [*(line_of(graph, goes_on_from, base) if base else []), *reversed(added)]


@st.composite
def histories(draw):
    names = "abcdefghijkl"[: draw(st.integers(2, 12))]
    parents = {names[0]: ""}
    for number, name in enumerate(names[1:], start=1):
        earlier = st.sampled_from(names[:number])
        count = draw(st.integers(0, 2)) if number > 2 else 1
        chosen = draw(st.lists(earlier, min_size=count, max_size=count, unique=True))
        parents[name] = " ".join(chosen)
    pushes = draw(st.lists(st.sampled_from(names), min_size=1, max_size=8))
    return Commits(**parents), pushes


@given(histories(), st.integers(0, 3))
@example((Commits(a="", b="a", c="a", d="a b", e="a d", f="e", g="f"), "gbeg"), 0)
@example((Commits(a="", b="a", c="b", d="a c", g="d"), "bgcdg"), 0)
@example((Commits(a="", b="a", c="a", d="c b", e="d"), "cebde"), 0)
def test_the_line_is_what_the_contract_says(given_, read):
    graph, pushes = given_
    assert gone_to(graph, *pushes, read=read) == slow_line(graph, pushes)


@given(histories())
def test_a_push_that_holds_the_tip_before_takes_nothing_off_the_line(given_):
    graph, pushes = given_
    line = BranchLine({}, ())
    for tip in pushes:
        keeps = line.tip is not None and graph.is_ancestor(line.tip, tip)
        before = set(line.places)
        line.advance(graph, tip, NOW)
        while line.deepen(graph, lambda _parents: ()):
            pass
        if keeps:
            assert before <= set(line.places)


class TestLooked:
    def test_what_was_looked_at_grows_together(self):
        looked = Looked()
        for place in (5, 3, 4, 9):
            looked.add(place, fires=place in (4, 9))
        assert looked.spans == [(9, 9), (3, 5)]
        assert (looked.low(9), looked.low(8), looked.low(5)) == (9, 9, 3)
        assert looked.firing(9, 0) == [9]
        for place in (8, 7, 6):
            looked.add(place, fires=False)
        assert looked.spans == [(3, 9)]
        assert looked.firing(9, 0) == [9, 4]

    def test_what_left_the_line_is_looked_at_anew(self):
        looked = Looked([(0, 9)], [2, 7])
        looked.cut(5)
        assert (looked.spans, looked.fires) == ([(0, 5)], [2])
        assert looked.low(6) == 7
