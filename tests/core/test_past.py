"""Where a stage is goes by the order of its promotions, never by a clock; the past is asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.core.model.names import FreightId, PromotionId, Sha, StageName, WarehouseName
from app.core.model.past_questions import PastQuestion
from app.core.model.pipeline import Stage
from app.core.model.records import Promotion
from app.core.planning.plan import plan
from app.core.planning.pull_actions import DeleteBranch
from app.core.state.stage_state import StageView
from tests.core import world_looks
from tests.core.world import a_pipeline

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)


def landed(name: str, number: int, at: datetime) -> Promotion:
    freight = FreightId(WarehouseName("web"), Sha(str(number) * 40))
    row = Promotion(
        PromotionId(name),
        StageName("dev"),
        freight,
        "verified",
        Sha("c" * 40),
        at,
        at,
        number=number,
    )
    return replace(row, landed=Sha("f" * 40), landed_at=at, verified_at=at)


def test_a_stage_is_at_its_last_promotion_also_when_that_worker_s_clock_is_slow():
    rows = (landed("first", 1, AT), landed("second", 2, AT - timedelta(minutes=10)))

    view = StageView.read(
        Stage(StageName("dev"), WarehouseName("web")), rows, lambda _: True, {}, lambda _: 0
    )

    assert view.current is rows[1]


REVIEWED = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  prod: {needs: [dev], path: stages/prod, via: pull-request}
"""


def left_over(*, known: bool):
    """A look at the branch of a pull request that is over, whose promotion is old."""
    world = a_pipeline(REVIEWED)
    world.push({"apps/web/x": "1"})
    world.settle()
    [row] = world.of("prod")
    ended = replace(row, state="cancelled", ended_at=world.now)
    kept = tuple(p for p in world.records.promotions if p.stage != "prod")
    older = replace(
        row,
        id=PromotionId("newer"),
        freight=FreightId(WarehouseName("web"), Sha("e" * 40)),
        state="superseded",
    )
    older = replace(older, head=None, pushed=(), pull=None)
    rows = (*kept, *((ended,) if known else ()), older)
    snapshot = world_looks.base(world)
    records = replace(snapshot.records, promotions=rows, cut={StageName("prod"): 1})
    asked = PastQuestion(StageName("prod"), head=ended.head)
    first = replace(snapshot, records=records)
    return asked, first, replace(first, past=frozenset({asked}))


def test_whose_the_tip_of_a_leftover_branch_is_is_asked_where_promotions_are_left_out():
    asked, first, then = left_over(known=False)

    assert asked in plan(first).questions
    assert asked not in plan(then).questions


def test_a_leftover_branch_of_an_old_promotion_is_deleted():
    asked, _, then = left_over(known=True)

    assert DeleteBranch("stagelock/prod", asked.head) in plan(then).actions
