"""Each law about a promotion's fields fails where it is broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.core.model.names import FreightId, PromotionId, Sha, StageName, WarehouseName
from app.core.model.records import Intent, Promotion
from tests.simulation.statelaws import contradictions

NOW = datetime(2026, 11, 28, tzinfo=UTC)
SHA = Sha("a" * 40)
FREIGHT = FreightId(WarehouseName("web"), SHA)
CONTENT = (("stages/dev/a", "100644:a"),)
BEGUN = Promotion(PromotionId("p1"), StageName("dev"), FREIGHT, "waiting", SHA, NOW, NOW)
LANDED = replace(BEGUN, written=CONTENT, landed=SHA, landed_at=NOW)
VERIFIED = replace(LANDED, state="verified", verified_at=NOW, ended_at=NOW)
WITHOUT_OUTPUTS = replace(BEGUN, state="verified", verified_at=NOW, ended_at=NOW)
FAILED = replace(VERIFIED, state="failed", verified_at=None)
REVOKED = replace(VERIFIED, state="failed", revoked_at=NOW)
WRITING = replace(BEGUN, state="writing", intent=Intent("main", None, SHA, NOW))
ERRING = replace(WRITING, errors_since=NOW, retry_at=NOW)


@pytest.mark.parametrize(
    "fine", [BEGUN, VERIFIED, WITHOUT_OUTPUTS, FAILED, REVOKED, WRITING, ERRING]
)
def test_what_a_promotion_may_be_contradicts_nothing(fine):
    assert list(contradictions(fine)) == []


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        (replace(VERIFIED, ended_at=None), "an end has a time"),
        (replace(VERIFIED, landed_at=None), "what landed has a time"),
        (
            replace(VERIFIED, landed=None, landed_at=None),
            "what was written is verified once it landed",
        ),
        (replace(VERIFIED, verified_at=None), "what is verified has a time"),
        (replace(BEGUN, in_sync=True), "what was there before has landed"),
        (replace(BEGUN, adopted=True), "what was there before has landed"),
        (replace(REVOKED, verified_at=None), "only verified is revoked"),
        (replace(VERIFIED, revoked_at=NOW), "revoked is failed"),
        (replace(FAILED, successor=FREIGHT), "a successor supersedes"),
        (replace(FAILED, errors_since=NOW, retry_at=NOW), "an end has no errors"),
        (replace(ERRING, retry_at=None), "an error has a next try"),
        (replace(VERIFIED, intent=WRITING.intent), "what landed is to be pushed no more"),
        (replace(BEGUN, rerun_at=NOW), "checks are run again on what landed"),
        (replace(BEGUN, skipped=("soak",)), "gates are skipped for a reason"),
        (replace(BEGUN, restores=CONTENT), "only a rollback restores"),
    ],
)
def test_what_does_not_go_together_is_told(broken, what):
    assert list(contradictions(broken)) == [what]
