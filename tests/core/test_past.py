"""Where a stage is goes by the order of its promotions, never by a clock; the past is asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.core.model import Stage
from app.core.names import FreightId
from app.core.records import Promotion
from app.core.stageview import StageView

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)


def landed(name: str, number: int, at: datetime) -> Promotion:
    freight = FreightId("web", str(number) * 40)
    row = Promotion(name, "dev", freight, "verified", "c" * 40, at, at, number=number)
    return replace(row, landed="f" * 40, landed_at=at, verified_at=at)


def test_a_stage_is_at_its_last_promotion_also_when_that_worker_s_clock_is_slow():
    rows = (landed("first", 1, AT), landed("second", 2, AT - timedelta(minutes=10)))

    view = StageView.read(Stage("dev", "web"), rows, lambda _: True, {})

    assert view.current is rows[1]
