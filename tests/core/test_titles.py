"""Titles carry the answer: with the date where it is not today, and never cut where the news is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.locks.foreign import foreign
from app.core.locks.queue import Board
from app.core.model.hand_edits import HandEdit
from app.core.model.lock_requests import DirectRequest
from app.core.model.names import GroupName
from app.core.model.verdicts import Drift, GateAnswer, Reason
from app.core.text import locks, markup
from app.core.text.fitted import fitted
from app.core.text.locks import Around
from app.core.text.titles import title
from tests.core.saying import AT, LAW, promotion, request, verdict

DAYS = timedelta(days=3)
LONG = "storefront-checkout-and-payments-in-europe-and-north-america"


def waiting(reason, gate, until):
    return verdict(
        "waiting", reason, gates=(GateAnswer(gate, "wait", reason, since=AT, until=until),)
    )


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (AT + timedelta(hours=2), "soaking until 16:02 UTC"),
        (AT + DAYS, "soaking until 2026-11-26 14:02 UTC"),
    ],
)
def test_a_time_of_another_day_has_its_date(until, words):
    assert title(waiting(Reason.SOAKING, "soak", until)) == words


def test_the_next_promotion_has_its_date():
    found = waiting(Reason.TOO_SOON, "at-most-every", AT + timedelta(days=1))

    assert title(found) == "next promotion not before 2026-11-24 14:02 UTC"


def test_who_waits_since_today_for_what_was_taken_yesterday_reads_the_date():
    held = request(1, state="held", granted_at=AT - timedelta(days=1), stage="api-e2e")
    waits = request(2)
    words = "1st of 1, held by api-e2e since 2026-11-22 14:02 UTC"

    assert locks.title(waits, Around(GroupName("e2e-env"), Board([held, waits]))) == words


def test_the_reader_knows_the_own_repository_and_not_another_ones():
    own = request(1, state="held", granted_at=AT, stage="api-e2e")
    waits = request(2)
    other = replace(own, repo_id=9, repo_name="acme/other")
    public, private = foreign(other, "acme/other"), foreign(other, "")

    for holder, name in (
        (own, "api-e2e"),
        (public, "acme/other api-e2e"),
        (private, "another r…ory of acme"),
    ):
        found = verdict(
            "locking",
            Reason.LOCK_QUEUED,
            names=("e2e-env",),
            position=(1, 1),
            holders=(holder,),
            request=waits,
        )
        assert title(found) == f"lock e2e-env: 1st of 1, held by {name} since 14:02 UTC"


@pytest.mark.parametrize(
    ("group", "login", "words"),
    [
        ("e2e", "mia", "lock e2e: 1st of 1, held by @mia since 14:02 UTC"),
        (
            "payments-e2e-environment-eu",
            "mia",
            "lock payments-e2e…ironment-eu: 1st of 1, held by @mia since 14:02 UTC",
        ),
        (
            "payments-e2e-environment-eu",
            "release-engineer-of-acme",
            "lock payments-…onment-eu: 1st of 1, held by @release-engineer-of-acme",
        ),
        (
            "payments-e2e-environment-eu",
            "release-engineer-of-acme-in-europe-west",
            "lock paymen…nt-eu: 1st of 1, held by @releas…r-of-acme-in-europe-west",
        ),
    ],
)
def test_who_holds_a_lock_is_told_before_the_whole_name_of_its_group(group, login, words):
    """rule C79: who is the news, then since when, and the group is on the summary."""
    held = DirectRequest(
        1, 7, "acme/web", "person", login, (GroupName(group),), 1, "held", AT, DAYS, granted_at=AT
    )
    found = verdict("locking", Reason.LOCK_QUEUED, names=(group,), position=(1, 1), holders=(held,))

    assert title(found) == words
    assert len(words) <= markup.TITLE_LIMIT


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            verdict(
                "failed",
                Reason.STEP_PROBLEM,
                detail="stages/europe/storefront/kustomization.yaml: there is no image.tag",
            ),
            "failed: kustomization.yaml: there is no image.tag",
        ),
        (
            verdict(
                "failed",
                Reason.DRIFT_CONFLICT,
                detail="stages/prod/storefront/web/index.html by Alice",
            ),
            "failed: conflict with hand edits: index.html by Alice",
        ),
        (
            verdict(
                "waiting",
                Reason.RETRYING,
                detail="list pull requests in acme/storefront: 502 Bad Gateway (and again)",
                promotion=promotion(errors_since=AT),
            ),
            "retrying: list pull requests: 502 Bad Gateway (and again)",
        ),
        (
            verdict("waiting", Reason.UPSTREAM_UNVERIFIED, names=(f"a-{LONG[:30]}", f"b-{LONG[:30]}")),
            f"waiting for a-{LONG[:30]} and 1 more",
        ),
        (
            verdict("waiting", Reason.FOREIGN_CONTENT, stage="europe-west-production-1", names=("7 files",)),
            "europe-west-production-1 holds content no freight explains (7 files)",
        ),
        (
            verdict("waiting", Reason.LOCK_SUSPECT, names=(LONG,)),
            "blocked: storefro…america is suspect; a maintainer must press Release",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_left_out_where_it_is_not_the_news(found, words):
    assert title(found) == words
    assert len(title(found)) < 70


def test_beside_a_drift_it_is_said_who_holds_the_lock_and_not_what_for():
    edits = (HandEdit("stages/prod/web/b", ("Carl",), "seen"),)
    held = DirectRequest(
        id=1,
        repo_id=7,
        repo_name="acme/web",
        kind="person",
        asker="alice",
        groups=(GroupName("lk"),),
        seq=1,
        state="held",
        requested_at=AT,
        ttl=DAYS,
        granted_at=AT,
        purpose="debugging it",
    )
    found = verdict(
        "locking",
        Reason.LOCK_QUEUED,
        names=("lk",),
        position=(1, 1),
        holders=(held,),
        request=request(2),
    )
    words = "lock lk: 1st of 1, held by @alice since 14:02 UTC"

    assert title(found) == f"{words}: debugging it"
    assert title(found._replace(drift=Drift(edits, "merge"))) == f"{words}; drift: b by Carl"


def test_a_drift_beside_a_long_reason_is_said_all_the_same():
    edits = (HandEdit("stages/prod/web/index.html", ("Bob",), "seen"),)
    names = ("a-very-long-name-of-a-check-that-failed-on-it", "another")
    found = verdict("failed", Reason.CHECK_FAILED, names=names, drift=Drift(edits, "merge"))

    assert title(found).startswith("failed: a-very-long")
    assert title(found).endswith("; drift: index.html by Bob")


@LAW
@given(st.text(st.characters(codec="ascii"), max_size=200), st.integers(40, 69))
def test_the_own_words_of_a_template_are_never_cut(part, room):
    shown = fitted("failed: {x}; press Release", {"x": markup.titled(part)}, room)

    assert len(shown) <= room
    assert shown.startswith("failed: ")
    assert shown.endswith("; press Release")


def test_a_stage_that_was_edited_by_hand_loses_the_command_whole_where_its_name_is_long():
    found = title(verdict("waiting", Reason.DRIFT, stage=LONG))

    assert found.endswith("north-america was edited by hand")
