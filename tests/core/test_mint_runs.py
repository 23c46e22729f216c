"""Runs on commits that are no freight yet: minting is a gate that people see."""

from __future__ import annotations

import pytest

from app.core.checkruns import targets
from app.core.model.names import Sha, WarehouseName
from app.core.model.records import Freight, Records
from app.core.model.run_records import RunRecord
from app.core.model.snapshot import ConfigState
from app.core.planning.plan_result import MintWait
from tests.core.saying import AT, CONFIG, freight, pipeline, plan, promotion, sha, snapshot, verdict

DEV = "stagelock / dev"
URL = "https://ci.example/runs/5"


def world(*runs, freights=(), promotions=()):
    records = Records(freights=freights, promotions=promotions, runs=runs)
    config = ConfigState("valid", None, Sha(CONFIG), pipeline())
    return snapshot(records=records, config=config)


def wait(on=2, *, failed=False, **more):
    return MintWait(WarehouseName("web"), sha(on), ("build",), failed, **more)


def record(on=2, *, status="queued", about=""):
    external = f"dev:{about}:1" if about else "dev:1"
    return RunRecord(DEV, sha(on), 1, external, 5, status, "d.t", AT, AT)


def drafts(found):
    return {(t.draft.name, t.draft.sha): t.draft for t in found}


@pytest.mark.parametrize(
    ("waiting", "status", "conclusion", "title"),
    [
        (wait(), "queued", None, "waiting for build"),
        (wait(failed=True), "completed", "failure", "not promoted: build failed"),
        (wait(cut_off=True), "queued", None, "build is cancelled by each newer push"),
        (wait(unanswered="GitHub is away"), "queued", None, "waiting for build"),
    ],
)
def test_a_commit_that_is_no_freight_says_why_in_the_stages_of_its_warehouse(
    waiting, status, conclusion, title
):
    found = drafts(targets(world(), plan(minting=(waiting,))))
    assert list(found) == [(DEV, sha(2))]  # e2e and prod are fed by dev
    draft = found[DEV, sha(2)]
    assert (draft.status, draft.conclusion, draft.title) == (status, conclusion, title)
    assert draft.buttons == ()


def test_only_a_run_that_has_not_ended_offers_what_needs_the_stage():
    def text(waiting):
        return targets(world(), plan(minting=(waiting,)))[0].draft.summary

    assert "`/why dev`" in text(wait())
    assert "`/why dev`" not in text(wait(failed=True))
    assert "`/stagelock status`" in text(wait(failed=True))


def test_its_summary_links_to_the_page_of_the_check():
    found = targets(world(), plan(minting=(wait(failed=True, urls=(("build", URL),)),)))
    assert found[0].draft.summary.count(f"[build]({URL})") == 1
    assert f"[build]({URL}) failed on it. **To do:** push a fix" in found[0].draft.summary


def test_a_check_without_a_page_is_named_as_code():
    found = targets(world(), plan(minting=(wait(),)))
    assert "is not promoted yet: it is waiting for `build`." in found[0].draft.summary


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x/) [y](https://z", ""])
def test_what_is_no_address_is_no_link(url):
    found = targets(world(), plan(minting=(wait(failed=True, urls=(("build", url),)),)))
    assert "](" not in found[0].draft.summary.replace("](https://github.com/", "")


def test_what_a_run_says_stands_while_github_cannot_be_asked():
    for status in ("queued", "completed"):
        found = targets(
            world(record(status=status)), plan(minting=(wait(unanswered="GitHub is away"),))
        )
        assert found == ()


def test_a_newer_waiting_commit_takes_over_the_run_of_the_one_before():
    found = drafts(targets(world(record(1)), plan(minting=(wait(2),))))
    over = found[DEV, sha(1)]
    assert (over.conclusion, over.title) == ("skipped", "superseded by 0000000")
    assert found[DEV, sha(2)].status == "queued"


def test_newer_freight_ends_the_run_of_a_commit_that_never_became_any():
    rows = (Freight(freight(2), AT),)
    over = drafts(targets(world(record(1), freights=rows), plan()))[DEV, sha(1)]
    assert (over.status, over.conclusion) == ("completed", "skipped")


def test_once_it_is_freight_its_promotion_speaks():
    row = promotion(number=2)
    known = world(record(2), freights=(Freight(freight(2), AT),), promotions=(row,))
    found = drafts(targets(known, plan(verdict("verifying", number=2, promotion=row))))
    assert found[DEV, sha(2)].status == "in_progress"


def test_of_a_promotion_that_is_forgotten_it_is_not_said_that_it_was_never_freight():
    over = drafts(targets(world(record(3, about="p0")), plan()))[DEV, sha(3)]
    assert over.conclusion == "cancelled"
