"""Leave and skipped gates, in histories made by hand: each wrong one beside the right one."""

from dataclasses import replace

from app.core.model.names import FreightId, PromotionId, Sha, StageName, WarehouseName
from app.core.model.people import Approval
from tests.oracle import approvals, judge
from tests.oracle.histories import MINUTE, NOON, line, moment, plan, row
from tests.oracle.words import Word

COPY = [{"uses": "copy", "with": {"from": "apps", "to": "web"}}]
LINE = line("abcdefg")


def file(approve):
    stage = {"path": "stages/dev", "steps": COPY, "approve": approve}
    return plan({"dev": stage})


def leave(who, sha="b"):
    freight = FreightId(WarehouseName("web"), Sha(sha))
    return Approval(StageName("dev"), freight, 1, who, NOON)


def ids(wrong):
    return [words.split(":")[0] for words in wrong]


def entering(approve, *given, roles=None, authors=("alice",), entering=None):
    made = moment(file(approve), LINE, rows=[entering or row("dev", "b")])
    made = replace(
        made,
        records=replace(made.records, approvals=given),
        roles=lambda who: (roles or {}).get(who, {"write"}),
        authors=lambda _stage, _freight: set(authors),
    )
    return ids(judge.entering(made, made.records.promotions[0]))


def test_so_many_people_as_the_stage_asks_for_have_given_leave():
    assert entering({"count": 2}, leave("zoe"), leave("pat")) == []
    assert entering({"count": 2}, leave("zoe")) == ["G2"]


def test_leave_for_other_freight_is_none():
    assert entering({"count": 1}, leave("zoe", "c")) == ["G2"]


def test_who_lost_the_right_counts_no_more():
    assert entering({"count": 1}, leave("zoe"), roles={"zoe": {"read", "write"}}) == []
    assert entering({"count": 1}, leave("zoe"), roles={"zoe": {"read"}}) == ["G2"]


def test_with_names_in_the_file_only_those_count():
    assert entering({"users": ["zoe"]}, leave("zoe"), roles={"zoe": {"read"}}) == []
    assert entering({"users": ["zoe"]}, leave("pat")) == ["G2"]


def test_its_only_author_gives_no_leave_unless_the_file_says_so():
    assert entering({"count": 1}, leave("zoe"), authors=["zoe", "alice"]) == []
    assert entering({"count": 1}, leave("zoe"), authors=["zoe"]) == ["G2"]
    assert entering({"allow-author": True}, leave("zoe"), authors=["zoe"]) == []


def test_who_skips_the_gates_passes_those_that_are_named_alone():
    skips = replace(row("dev", "b"), skips="down", started_by="max", skipped=("approval",))
    assert entering({"count": 1}, entering=skips) == []
    assert entering({"count": 1}, entering=replace(skips, skipped=())) == ["C24"]


def test_nobody_skips_what_is_newer_there_or_the_lock():
    skips = replace(row("dev", "b"), skips="down", started_by="max", skipped=("approval", "lock"))
    wrong = ["G2: no leave", "Q5: newer", "U1: withdrawn", "G3: no lock"]
    assert ids(approvals.skipping(skips, wrong)) == ["C24", "C24", "C24"]


def test_gates_are_skipped_by_a_word_of_who_may_and_once_for_each():
    skips = replace(row("dev", "b"), skips="down", started_by="max")
    said = Word(1, NOON - MINUTE, "promote", "dev", who="max", role="maintain", skips=True)
    made = replace(moment(file({"count": 1}), LINE, rows=[skips]), words=[said])
    assert approvals.asked(made, skips) == []
    assert ids(approvals.asked(replace(made, words=[replace(said, may=False)]), skips)) == ["C24"]
    twice = replace(skips, id=PromotionId("dev-c"))
    again = replace(made, records=replace(made.records, promotions=(skips, twice)))
    assert ids(approvals.asked(again, twice)) == ["C24"]


def test_leave_that_was_taken_back_is_gone():
    given = leave("zoe")
    made = moment(file({"count": 1}), LINE)
    back = Word(2, NOON + MINUTE, "unapprove", "dev", who="zoe", role="write")
    made = replace(made, records=replace(made.records, approvals=(given,)))
    assert list(approvals.owing(made)) == []
    assert ids(words for _, words in approvals.owing(replace(made, words=[back]))) == ["C29"]
