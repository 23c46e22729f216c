"""Rollbacks, in histories made by hand: each wrong one beside the right one."""

from __future__ import annotations

from dataclasses import replace

from app.core.model.names import FreightId, PromotionId, Sha, StageName, WarehouseName
from app.core.model.people import Block
from app.core.model.records import Hold
from tests.oracle import content, endings, judge, rollbacks
from tests.oracle.histories import MINUTE, NOON, line, moment, plan, row, run
from tests.oracle.words import Word, read

COPY = [{"uses": "copy", "with": {"from": "apps", "to": "web"}}]
STAGES = {
    "dev": {"path": "stages/dev", "steps": COPY, "verify": {"checks": ["e2e"]}, "soak": "1h"},
    "prod": {"path": "stages/prod", "needs": ["dev"], "at-most-every": "1h"},
}
FILE, LINE = plan(STAGES), line("abcdefgh")
OLD, NEW = row("dev", "b", "c"), row("dev", "d", "e")
GREEN = {"c": [run(1, "e2e")], "e": [run(2, "e2e")], "f": [run(3, "e2e")]}


def freight(sha):
    return FreightId(WarehouseName("web"), Sha(sha))


def back(stage="dev", sha="b", landed=None, leaves="d", **more):
    made = row(stage, sha, landed, started_by="ann", leaves=freight(leaves), **more)
    return replace(made, id=PromotionId(f"{stage}-{sha}-back"), attempt=2)


def word(verb, stage="dev", named="", *, minute=10, **more):
    return Word(minute, NOON + minute * MINUTE, verb, stage, named, **more)


SAID = (word("rollback"),)


def now(*rows, words=SAID, holds=(), blocks=(), fresh=(), **more):
    """All rows but the *fresh* ones were seen at noon; the oldest is first."""
    made = moment(FILE, LINE, rows=rows, runs=GREEN, **more)
    records = replace(made.records, holds=tuple(holds), blocks=tuple(blocks))
    first = {r.id: NOON + (30 * MINUTE if r.leaves else 0 * MINUTE) for r in rows}
    first = {key: at for key, at in first.items() if key not in [r.id for r in fresh]}
    return replace(made, records=records, words=words, first=first)


def ids(wrong):
    return [words.split(":")[0] for words in wrong]


def test_older_freight_comes_back_by_a_rollback_alone_and_passes_by_upstream_soak_and_frequency():
    again = back()
    there = now(OLD, NEW, again, fresh=[again])
    assert ids(judge.entering(there, again)) == []
    plain = replace(again, leaves=None)
    assert "Q5" in ids(judge.entering(now(OLD, NEW, plain), plain))
    often = back("prod", landed=None)
    rows = (row("prod", "b", "c"), row("prod", "d", "e"), often)
    said = now(*rows, words=(word("rollback", "prod"),), fresh=[often])
    assert ids(judge.entering(said, often, [NOON + 29 * MINUTE])) == []


def test_somebody_who_may_asked_for_it():
    again = back()
    assert ids(rollbacks.entering(now(OLD, NEW, again, fresh=[again]), again)) == []
    nobody = now(OLD, NEW, again, words=(word("rollback", may=False),), fresh=[again])
    assert ids(rollbacks.entering(nobody, again)) == ["C22"]


def test_what_comes_back_was_there_is_older_and_is_not_blocked():
    never = back(sha="c")
    assert ids(rollbacks.entering(now(OLD, NEW, never, fresh=[never]), never)) == ["K7"]
    newer = back(sha="d", leaves="b")
    there = now(NEW, replace(OLD, landed=Sha("f")), newer, fresh=[newer])
    assert ids(rollbacks.entering(there, newer)) == ["K7"]
    again = back()
    blocks = [Block(freight("b"), "broken", "ann", NOON)]
    blocked = now(OLD, NEW, again, blocks=blocks, fresh=[again])
    assert ids(rollbacks.entering(blocked, again)) == ["C23"]


def test_it_writes_what_was_recorded():
    again = back()
    held = {"c": "then", "a": "made anew"}
    there = now(OLD, NEW, again, fresh=[again], content={**held, "g": "then"})
    assert ids(content.written(there, again, "g", ["stages/dev/web/x"])) == []
    anew = now(OLD, NEW, again, fresh=[again], content={**held, "g": "made anew"})
    assert ids(content.written(anew, again, "g", ["stages/dev/web/x"])) == ["K1"]


def test_what_it_left_enters_again_only_by_name_and_newer_freight_by_itself():
    landed = back(landed="f")
    again = replace(row("dev", "d"), id=PromotionId("dev-d-2"), attempt=2)
    there = now(OLD, NEW, landed, again)
    assert ids(rollbacks.entering(there, again)) == ["K4"]
    early = replace(there, words=(word("promote", minute=5), word("rollback")))
    assert ids(rollbacks.entering(early, again)) == ["K4"]
    named = replace(there, words=(word("rollback"), word("promote", named="d" * 7, minute=20)))
    assert ids(rollbacks.entering(named, again)) == ["K4"], "that names no freight of here"
    asked = replace(there, words=(word("rollback"), word("promote", minute=20)))
    assert ids(rollbacks.entering(asked, again)) == []
    newest = row("dev", "g")
    assert ids(rollbacks.entering(now(OLD, NEW, landed, newest), newest)) == []


def test_what_it_left_is_no_evidence_for_the_stages_below():
    below, begun = row("prod", "d"), back()
    assert ids(judge.entering(now(OLD, NEW, begun, below), below)) == ["G1"]
    just = now(OLD, NEW, begun, below, fresh=[begun])
    assert ids(judge.entering(just, below)) == [], "nobody had seen it when that was decided"
    gone = replace(begun, state="failed")
    assert ids(judge.entering(now(OLD, NEW, gone, below), below)) == []
    older = row("prod", "b")
    assert ids(judge.entering(now(OLD, NEW, begun, older), older)) == []


def test_the_stage_is_held_until_somebody_says_otherwise():
    landed = back(landed="f")
    assert ids(w for _, w in rollbacks.owing(now(OLD, NEW, landed))) == ["K5"]
    held = now(OLD, NEW, landed, holds=[Hold(StageName("dev"), "rolled back", "ann", NOON)])
    assert list(rollbacks.owing(held)) == []
    resumed = now(OLD, NEW, landed, words=(word("rollback"), word("resume", minute=20)))
    assert list(rollbacks.owing(resumed)) == []


def test_what_was_under_way_ends_for_somebody_elses_word_alone():
    gone = replace(row("dev", "d"), state="cancelled", reason="rolled-back")
    past = endings.Past(lambda _sha: False, [FILE])
    assert ids(endings.ended(now(OLD, gone), gone, past, None)) == []
    assert ids(endings.ended(now(OLD, gone, words=()), gone, past, None)) == ["K3"]


def test_its_words_are_read():
    assert read("/rollback dev") == ("rollback", "dev", "")
    assert read("/rollback dev to 0123456") == ("rollback", "dev", "0123456")


def test_what_a_rollback_turned_away_stays_so_after_a_later_one():
    """rule K4: from f back to d, and from there to b, which alone says nothing of f."""
    newest = row("dev", "f", "f")
    first = replace(back(sha="d", landed="g", leaves="f"), id=PromotionId("first"))
    later = back(sha="b", landed="h", leaves="d")
    there = now(OLD, NEW, newest, first, later)
    assert rollbacks.turned_away(there, "dev", newest.freight) == first
    assert rollbacks.turned_away(there, "dev", NEW.freight) == later
    assert rollbacks.turned_away(now(OLD, NEW, first, later), "dev", freight("f")) is None


def test_what_came_back_may_be_written_again_over_what_was_edited_and_nothing_older():
    """rules Q5, D5: what the rollback left is not there any more, while what it wrote is."""
    landed, again = back(landed="f"), replace(row("dev", "b"), id=PromotionId("again"), attempt=3)
    older = row("dev", "a")
    assert "Q5" not in ids(judge.entering(now(OLD, NEW, landed, again), again))
    assert "Q5" in ids(judge.entering(now(OLD, NEW, landed, older), older))
    newest = row("dev", "g", "h")
    assert "Q5" in ids(judge.entering(now(OLD, NEW, landed, newest, again), again))
    dropped = back(landed="x")
    assert "Q5" in ids(judge.entering(now(OLD, NEW, dropped, again), again))
