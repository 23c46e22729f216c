"""What people take back, in histories made by hand: each wrong one beside the right one."""

from dataclasses import replace

import pytest

from app.core.model.names import FreightId, PromotionId, Sha, WarehouseName
from app.core.model.people import Block
from app.core.model.records import Order, Records
from tests.oracle import judge, leave
from tests.oracle.histories import MINUTE, NOON, freight, line, moment, plan, request, row, run
from tests.oracle.words import Word, read

COPY = [{"uses": "copy", "with": {"from": "apps", "to": "web"}}]
STAGES: dict[str, dict[str, object]] = {
    "dev": {"path": "stages/dev", "steps": COPY, "verify": {"checks": ["e2e"]}, "lock": "e2e"},
    "all": {"needs": ["dev"]},
    "prod": {"path": "stages/prod", "needs": ["dev"], "auto": False},
}
FILE, LINE = plan(STAGES), line("abcdefg")
OLD, NEW = "b", "d"
LATER = NOON + 40 * MINUTE


def block(sha):
    return Block(FreightId(WarehouseName("web"), Sha(sha)), "broken", "ann", NOON)


def cancelled(stage, sha, landed=None, **more):
    ended = {"state": "cancelled", "reason": "cancelled", "ended_at": LATER, **more}
    return replace(row(stage, sha, landed), **ended)


def word(verb, stage="", named="", *, minute=10, order=1, **more):
    return Word(order, NOON + minute * MINUTE, verb, stage, named, **more)


def now(*rows, blocks=(), words=(), first=None, begun=None, runs=None, orders=(), **more):
    """All rows were seen at noon, if nothing else is said."""
    made = moment(FILE, LINE, rows=rows, runs=runs, **more)
    records = replace(made.records, blocks=tuple(blocks), orders=tuple(orders))
    since = {r.id: NOON for r in rows} if first is None else first
    return replace(made, records=records, words=words, first=since, begun=begun or {})


def ids(wrong):
    return [words.split(":")[0] for words in wrong]


# --- blocks: rule C23 ---


def test_blocked_freight_enters_no_stage_where_it_is_not_yet():
    entering = row("dev", OLD)
    assert ids(leave.entering(now(entering, blocks=[block(NEW)]), entering)) == []
    assert ids(leave.entering(now(entering, blocks=[block(OLD)]), entering)) == ["C23"]


def test_where_it_is_already_it_may_be_put_back():
    again = replace(row("dev", OLD), id=PromotionId("dev-again"), attempt=2)
    there = now(row("dev", OLD, "c"), again, blocks=[block(OLD)])
    assert ids(leave.entering(there, again)) == []


def test_nor_does_it_pass_a_stage_that_writes_nothing():
    passed = replace(row("all", OLD), state="verified", verified_at=NOON)
    assert ids(judge.verified(now(passed, blocks=[block(NEW)]), passed)) == []
    assert ids(judge.verified(now(passed, blocks=[block(OLD)]), passed)) == ["C23"]


SHA = "b" * 40


@pytest.mark.parametrize(
    ("words", "blocked", "wrong"),
    [
        ([word("block", named=SHA)], True, []),
        ([word("block", named=SHA)], False, ["C23"]),
        ([word("block", named=SHA[:7])], False, ["C23"]),
        ([word("block", named=SHA[:6])], False, []),
        ([word("block", named=f"api@{SHA}")], False, []),
        ([word("block", named=SHA, may=False)], False, []),
        ([word("block", named=SHA, may=False)], True, ["C23"]),
        ([word("block", named=SHA), word("allow", named=SHA)], False, []),
        ([word("block", named=SHA), word("allow", named=SHA)], True, ["C23"]),
        ([word("block", named=SHA), word("allow", named=SHA, may=False)], False, ["C23"]),
        ([word("block", named=SHA), word("allow", named=SHA, told=False)], True, []),
        ([], True, ["C23"]),
    ],
)
def test_the_last_word_of_who_may_counts(words, blocked, wrong):
    there = now(freights=[freight(SHA)], words=words, blocks=[block(SHA)] if blocked else [])
    there = replace(there, first={freight(SHA).id: NOON})
    assert [said.split(":")[0] for _, said in leave.owing(there)] == wrong


def test_a_word_about_what_is_not_known_yet_does_nothing():
    there = now(freights=[freight(SHA)], words=[word("block", named=SHA)])
    assert list(leave.owing(replace(there, first={freight(SHA).id: LATER}))) == []


# --- cancels: rule C35 ---


def test_what_was_cancelled_is_not_written():
    going, over = row("dev", OLD), cancelled("dev", OLD)
    assert ids(leave.entering(now(going), going)) == []
    assert ids(leave.entering(now(over), over)) == ["C35"]


def test_nor_while_the_word_for_it_is_stored():
    going = row("dev", OLD)
    order = Order(7, "cancel", going.stage, None, "ann", NOON)
    assert ids(leave.entering(now(going, orders=[order]), going)) == ["C35"]
    seen = {("order", 7): NOON, going.id: LATER}
    assert ids(leave.entering(now(going, orders=[order], first=seen), going)) == []


@pytest.mark.parametrize(
    ("sha", "begun", "by", "wrong"),
    [
        (NEW, True, "", ["C35"]),
        (NEW, True, "ann", []),
        (NEW, False, "", ["C35"]),
        (OLD, True, "", ["C35"]),
        (OLD, False, "", []),
        ("f", True, "", []),
    ],
)
def test_it_and_older_freight_come_again_by_a_word_alone(sha, begun, by, wrong):
    """Older freight only where the cancelled one had begun; newer freight may enter."""
    over = cancelled("dev", NEW)
    next_one = replace(row("dev", sha), id=PromotionId("dev-next"), started_by=by)
    first = {over.id: NOON, next_one.id: LATER}
    there = now(over, next_one, first=first, begun={over.id: NOON} if begun else {})
    assert ids(leave.entering(there, next_one)) == wrong


def test_who_asked_for_it_before_cancelling_it_does_not_start_it():
    asked = replace(row("prod", SHA), started_by="ann")
    ask, end = word("promote", "prod", SHA, minute=5), word("cancel", "prod", SHA)
    again = word("promote", "prod", SHA, minute=15)
    assert ids(leave.entering(now(asked, words=[ask]), asked)) == []
    assert ids(leave.entering(now(asked, words=[ask, end]), asked)) == ["C35"]
    assert ids(leave.entering(now(asked, words=[ask, end, again]), asked)) == []


def test_a_cancelled_landing_is_no_evidence():
    landed, green = row("dev", OLD, "c"), {"c": [run(1, "e2e")]}
    entering = replace(row("prod", OLD), started_by="ann")
    assert ids(judge.entering(now(landed, entering, runs=green), entering)) == []
    over = cancelled("dev", OLD, "c")
    assert ids(judge.entering(now(over, entering, runs=green), entering)) == ["G1"]


@pytest.mark.parametrize(
    ("words", "by", "wrong"),
    [
        ([word("cancel", "dev")], "", []),
        ([], "", ["C35"]),
        ([word("cancel", "prod")], "", ["C35"]),
        ([word("cancel", "dev", may=False)], "", ["C35"]),
        ([word("cancel", "dev", "c" * 40)], "", ["C35"]),
        ([word("cancel", "dev"), word("promote", "dev", minute=20)], "ann", ["C35"]),
        ([word("promote", "dev", minute=5), word("cancel", "dev")], "ann", []),
    ],
)
def test_a_word_ends_what_was_asked_for_before_it(words, by, wrong):
    over = replace(cancelled("dev", SHA), started_by=by)
    there = now(over, words=words, first={over.id: LATER})
    assert ids(leave.ended(there, over, {})) == wrong


def test_a_word_ends_something_once():
    spent: dict[int, object] = {}
    over = cancelled("dev", OLD)
    later = cancelled("dev", NEW, ended_at=LATER + MINUTE)
    there = now(over, later, words=[word("cancel", "dev")])
    assert ids(leave.ended(there, over, spent)) == []
    assert ids(leave.ended(there, over, spent)) == []
    assert ids(leave.ended(there, later, spent)) == ["C35"]


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({}, ["C35"]),
        ({"begun": {"dev-" + SHA: LATER}}, []),
        ({"words": [word("cancel", "dev", SHA, told=False)]}, []),
        ({"words": [word("cancel", "dev", on="g")]}, []),
        ({"words": [word("cancel", "dev", on=SHA)]}, ["C35"]),
        ({"words": [word("cancel", "dev", SHA), word("retry", "dev", minute=12)]}, []),
        ({"words": [word("cancel", "dev", SHA, minute=28)]}, []),
    ],
)
def test_what_was_under_way_then_ends(more, wrong):
    going = row("dev", SHA)
    given = {"words": [word("cancel", "dev", SHA)], "begun": {going.id: NOON}, **more}
    assert [said.split(":")[0] for _, said in leave.owing(now(going, **given))] == wrong


def test_its_pull_request_is_closed():
    over = replace(cancelled("dev", SHA), pull=3)
    assert [key for key, _ in leave.owing(now(over))] == []
    opened = replace(now(over), open_pulls=[3])
    assert [key for key, _ in leave.owing(opened)] == [f"open {over.id}"]


@pytest.mark.parametrize("blocked", [True, False])
@pytest.mark.parametrize("green", [True, False])
def test_a_pull_request_of_blocked_freight_may_not_be_merged(blocked, green):
    """rule R7"""
    going = replace(row("dev", SHA), state="in-review", pull=3)
    there = now(going, blocks=[block(SHA)] if blocked else [])
    there = replace(there, open_pulls=[3], green=lambda _number: green)
    assert bool(list(leave.owing(there))) == (blocked and green)


@pytest.mark.parametrize(("minute", "wrong"), [(25, []), (33, []), (40, ["R10"])])
def test_nor_one_whose_window_has_closed(minute, wrong):
    """rule R10: it closes at 12:30, and a few minutes are left to take that back."""
    shut = {"deny": ["Mon-Sun 12:30-13:00 UTC"]}
    file = plan({"dev": {**STAGES["dev"], "windows": shut}})
    going = replace(row("dev", OLD), state="in-review", pull=3)
    there = moment(file, LINE, rows=[going], minute=minute)
    there = replace(there, open_pulls=[3], green=lambda _number: True)
    assert [said.split(":")[0] for _, said in leave.owing(there)] == wrong
    for passes in ({"skipped": ("windows",)}, {"leaves": going.freight}):  # rules C24, K2
        records = replace(there.records, promotions=(replace(going, **passes),))
        assert list(leave.owing(replace(there, records=records))) == []


@pytest.mark.parametrize(
    ("runs", "minute", "by", "wrong"),
    [
        ({}, 30, "", ["E1"]),
        ({}, 30, "max", []),
        ({}, 70, "", []),
        ({"c": [run(1, "e2e")]}, 30, "", []),
        ({"c": [run(1, "unit")]}, 30, "", ["E1"]),
    ],
)
def test_a_lock_is_given_back_when_no_check_can_start_any_more(runs, minute, by, wrong):
    """rule E1"""
    over = cancelled("dev", OLD, "c")
    there = now(over, runs=runs, minute=minute)
    back = replace(request("dev", OLD, "released"), ended_at=LATER, ended_by=by)
    assert ids(leave.gives_back(there, over, back)) == wrong


def test_what_never_landed_gives_its_lock_back_at_once():
    over = cancelled("dev", OLD)
    back = replace(request("dev", OLD, "released"), ended_at=LATER)
    assert leave.gives_back(now(over), over, back) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("/cancel dev", ("cancel", "dev", "")),
        ("/cancel dev 4f2a91c", ("cancel", "dev", "4f2a91c")),
        ("/block web@4f2a91c it is broken", ("block", "", "web@4f2a91c")),
        ("/allow 4f2a91c", ("allow", "", "4f2a91c")),
        ("/hold dev until tomorrow", ("hold", "dev", "")),
        ("thanks", None),
    ],
)
def test_a_word_is_read(body, found):
    assert read(body) == found


def test_nobody_said_anything_of_nothing():
    assert list(leave.owing(replace(now(), records=Records()))) == []
