"""Lines of branches keep their promises on every database."""

from dataclasses import replace

import pytest

from app.core.model.names import WarehouseName
from app.core.state.lines import BranchLine, Change, Tip
from app.errors import Conflict
from app.ports.lines import Heard, Look, LookChange, StoredLine
from tests.contracts.facts import AT, claimed, sha

TIP = Tip(sha(2), None, AT, 1)


@pytest.fixture
def claim(store):
    return claimed(store)


def test_a_branch_that_nobody_read_has_no_rows(store):
    assert store.lines.load(7, "main") == StoredLine()
    assert store.lines.version(7, "main") == 0


def test_a_line_comes_back_as_its_changes_made_it(store, claim):
    first = Change(commits={0: sha(2), -1: sha(1)}, tips=[TIP])
    second = Change(above=-1, commits={0: sha(3)}, tips=[Tip(sha(3), None, AT, 2)])
    look = LookChange(WarehouseName("web"), "r", ((-1, 0),), {0})
    store.lines.save(claim, 7, "main", [first], [look])
    version = store.lines.save(
        claim, 7, "main", [second], [LookChange(WarehouseName("web"), "r", ((-1, -1),))]
    )

    found = store.lines.load(7, "main")
    assert found.version == version == store.lines.version(7, "main")
    assert found.at == {-1: sha(1), 0: sha(3)}
    assert found.tips == (TIP, Tip(sha(3), None, AT, 2))
    assert found.looks == {"web": Look("r", ((-1, -1),), frozenset())}
    assert store.lines.load(7, "other") == store.lines.load(8, "main") == StoredLine()
    assert BranchLine(found.at, found.tips).tip == sha(3)


def test_rules_that_were_edited_begin_anew(store, claim):
    store.lines.save(
        claim, 7, "main", [], [LookChange(WarehouseName("web"), "r", ((0, 1),), {0, 1})]
    )
    store.lines.save(
        claim, 7, "main", [], [LookChange(WarehouseName("web"), "s", ((1, 1),), {1}, anew=True)]
    )

    assert store.lines.load(7, "main").looks == {"web": Look("s", ((1, 1),), frozenset({1}))}


def test_tips_are_in_the_order_in_which_they_were_there_last(store, claim):
    tips = [TIP, Tip(sha(3), sha(2), AT, 2)]
    store.lines.save(claim, 7, "main", [Change(tips=tips)], [])
    moved = Tip(sha(2), sha(1), AT, 1)
    store.lines.save(claim, 7, "main", [Change(tips=[moved])], [])
    assert store.lines.load(7, "main").tips == (moved, tips[1])

    came_back = Tip(sha(2), sha(1), AT, 3)
    store.lines.save(claim, 7, "main", [Change(tips=[came_back])], [])
    assert store.lines.load(7, "main").tips == (tips[1], came_back)


def test_what_deliveries_told_is_kept_in_order_until_it_was_taken_in(store, claim):
    store.lines.hear(7, "main", [sha(1), sha(2)])
    store.lines.hear(7, "env", [sha(3)])
    store.lines.hear(8, "main", [])
    first, second, third = store.lines.heard(7)

    assert (first.branch, first.sha, second.sha) == ("main", sha(1), sha(2))
    assert third == Heard(third.number, "env", sha(3))
    store.lines.forget_heard(claim, 7, second.number)
    assert store.lines.heard(7) == [third]


def test_an_outdated_worker_stores_no_line(store, claim):
    with pytest.raises(Conflict):
        store.lines.save(replace(claim, fence=claim.fence - 1), 7, "main", [Change(tips=[TIP])], [])
