"""The pipeline card, decided and worded without a GitHub."""

from __future__ import annotations

from dataclasses import replace

from app.core.checkruns.cards import by_stage, card, needing
from app.core.model.names import Sha, StageName
from app.core.model.pipeline import Pipeline
from app.core.model.records import Freight, Records
from app.core.model.snapshot import ConfigState
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state.carrying import carried_by_ours, minted_before
from app.core.state.ledger import Ledger
from app.core.text import cards as words
from tests.core.lining import line_of
from tests.core.saying import (
    AT,
    SITE,
    freight,
    minted,
    pipeline,
    plan,
    promotion,
    sha,
    snapshot,
    verdict,
)
from tests.golden import matches

READY = verdict("ready", Reason.NOT_STARTED, stage="prod", number=5)
DONE = verdict("verified", Reason.VERIFIED, stage="dev", number=5)
TESTED = DONE._replace(stage="e2e")
PLAN = plan(DONE, TESTED, READY)


FIVE = (freight(5),)


def told(found=PLAN, *, freights=FIVE, ours=False, world=None):
    world = world or minted(5, 3)
    ledger = Ledger(world, world.config.pipeline or Pipeline({}, {}))
    return card(ledger, by_stage(found), 12, freights, SITE, ours=ours)


def test_it_says_first_what_to_do_then_where_the_freight_is_and_ends_with_its_event():
    assert matches("card-ready.md", told().text)


def test_a_card_of_several_freights_tells_of_each():
    world = minted(5, 3)
    api = replace(pipeline("api-dev").stages["api-dev"], freight="api")
    both = replace(pipeline(), stages={**pipeline().stages, "api-dev": api})
    config = ConfigState("valid", Sha("c" * 40), Sha("c" * 40), both)
    lines = {**world.lines, "api": line_of((sha(5),))}
    failed = verdict("failed", Reason.CHECK_FAILED, stage="api-dev", names=("smoke",))
    failed = failed._replace(freight=freight(5, "api"), promotion=promotion(stage="api-dev"))
    found = told(
        plan(DONE, TESTED, READY, failed),
        freights=(freight(5, "api"), freight(5)),
        world=replace(world, config=config, lines=lines),
    )
    assert matches("card-of-two-freights.md", found.text)


def test_a_card_where_everything_has_ended_asks_for_nothing():
    found = told(plan(DONE, TESTED, DONE._replace(stage="prod")))
    assert found.over
    assert matches("card-over.md", found.text)


def test_on_our_own_pull_request_what_is_to_type_names_the_freight():
    assert f"`/promote prod {sha(5)[:12]}`" in told(ours=True).text
    assert "`/promote prod`" in told(ours=False).text


def test_a_stage_that_newer_freight_has_passed_or_that_was_withdrawn_says_so():
    gone = told(plan(), freights=(freight(5), freight(77)))
    assert gone.over
    assert "| `prod` | not reached: newer freight took its place |" in gone.text
    assert "| `prod` | not reached: its commit left the branch |" in gone.text


def test_an_attempt_that_no_decision_speaks_of_any_more_tells_how_it_ended():
    row = promotion(stage="dev", number=5, state="failed", reason="check-failed", ended_at=AT)
    world = minted(5, 3)
    world = replace(world, records=replace(world.records, promotions=(row,)))
    found = told(plan(), world=world)
    assert found.over
    assert "| `dev` | failed: a check |" in found.text
    assert "**To do:**" not in found.text


def test_without_a_pipeline_file_it_says_that_nothing_is_promoted():
    found = told(world=snapshot(config=ConfigState("absent")))
    assert found.over
    assert found.text.startswith("No `stagelock.yaml` is in force here")


def test_only_what_a_person_is_needed_for_makes_a_card():
    moving = verdict("verifying", Reason.VERIFYING, stage="prod", number=6, names=("e2e",))
    ends = GateAnswer("hold", "wait", Reason.ON_HOLD, until=AT, detail="lunch")
    held = verdict("waiting", Reason.ON_HOLD, stage="e2e", number=7, gates=(ends,))
    assert set(needing(plan(READY, moving, held), SITE)) == {freight(5)}


def test_a_need_is_the_same_as_long_as_nothing_else_is_to_be_done_and_another_attempt_is_another():
    failed = verdict("failed", Reason.CHECK_FAILED, stage="prod", number=5, names=("e2e",))
    one = failed._replace(promotion=promotion("p1", stage="prod", number=5, state="failed"))
    two = failed._replace(promotion=promotion("p2", stage="prod", number=5, state="failed"))
    again = one._replace(promotion=replace(one.promotion, rerun_at=AT))
    keys = [needing(plan(v), SITE)[freight(5)] for v in (one, two, again)]
    assert len({frozenset(key) for key in keys}) == 3
    assert needing(plan(one._replace(detail="x", since=AT)), SITE)[freight(5)] == keys[0]


def test_the_text_fits_into_a_comment_however_many_stages_there_are():
    names = [f"stage-{n}-ä{'x' * 40}" for n in range(900)]
    shown = tuple((StageName(name), READY._replace(stage=StageName(name))) for name in names)
    text = words.card([words.Part(freight(5), shown)], SITE, "abcd2345", over=False)
    assert len(text.encode()) <= 65_536
    assert text.endswith("<sub>event `abcd2345`</sub>\n")
    assert "The rest does not fit here" in text


def test_the_freight_before_is_the_nearest_older_one_on_the_line():
    world = minted(5, 3, 8)
    assert minted_before(world, freight(5)) == sha(3)
    assert minted_before(world, freight(8)) == sha(5)
    assert minted_before(world, freight(3)) is None
    assert minted_before(world, freight(99)) is None
    other = replace(world, records=Records(freights=(Freight(freight(4, "api"), AT),)))
    assert minted_before(other, freight(5)) is None


def test_our_own_pull_request_carries_what_its_newest_promotion_brings():
    rows = [promotion("p1", number=3, pull=9), promotion("p2", number=5, pull=9), promotion("p3")]
    assert carried_by_ours(rows) == {9: freight(5)}
