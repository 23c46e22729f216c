"""The words of verdicts: exact where people learn them by heart, lawful for all others."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.locks.foreign import foreign
from app.core.model.verdicts import GateAnswer, Reason
from app.core.text import markup, sinks, terminal
from app.core.text.gates import table, with_lock
from app.core.text.reason_texts import WORDS
from app.core.text.summaries import FINAL, summary, upcoming
from app.core.text.titles import title
from app.core.text.why import why
from tests.core.explaining import MENTION, spoken
from tests.core.saying import (
    AT,
    LAW,
    PHASES,
    SITE,
    freight,
    promotion,
    request,
    sha,
    verdict,
    verdicts,
)

ENDS = {
    Reason.VERIFIED,
    Reason.IN_SYNC,
    Reason.ADOPTED,
}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason):
    words = WORDS[reason]

    assert words.title
    assert words.why
    assert words.look or words.do or reason in ENDS


@pytest.mark.parametrize(
    ("given_verdict", "words"),
    [
        (verdict(names=("dev",)), "waiting for dev"),
        (verdict("ready", Reason.NOT_STARTED, stage="prod"), "ready for prod: /promote prod"),
        (
            verdict(
                "waiting",
                Reason.SOAKING,
                gates=(GateAnswer("soak", "wait", Reason.SOAKING, until=AT),),
            ),
            "soaking until 14:02 UTC",
        ),
        (
            verdict(
                "locking",
                Reason.LOCK_QUEUED,
                names=("e2e-env",),
                position=(2, 3),
                holders=(foreign(request(state="held", granted_at=AT), "acme/api"),),
            ),
            "lock e2e-env: 2nd of 3, held by acme/api e2e since 14:02 UTC",
        ),
        (verdict("verifying", Reason.VERIFYING, names=("e2e",)), "verifying: waiting for e2e"),
        (
            verdict(
                "verifying",
                Reason.VERIFYING,
                names=("e2e",),
                promotion=promotion(errors_since=AT, detail="GitHub answered 502"),
            ),
            "retrying: verifying: waiting for e2e",
        ),
        (
            verdict(
                "waiting",
                Reason.RETRYING,
                detail="GitHub answered 502",
                promotion=promotion(errors_since=AT),
            ),
            "retrying: GitHub answered 502",
        ),
        (verdict("verified", Reason.VERIFIED), "verified"),
        (
            verdict(
                "revoked",
                Reason.CHECK_FAILED,
                names=("e2e",),
                promotion=promotion(state="failed", revoked_at=AT),
            ),
            "revoked: e2e failed at 14:02 UTC on re-run",
        ),
        (verdict("failed", Reason.CHECK_FAILED, names=("e2e", "lint")), "failed: e2e and lint"),
        (verdict("failed", Reason.CHECK_FAILED, detail="t (a, 3)"), "failed: t (a, 3)"),
        (
            verdict("superseded", Reason.SUPERSEDED, by=freight(0xABC)),
            "superseded by web 0000000",
        ),
        (verdict("unreached", Reason.UPSTREAM_FAILED, names=("e2e",)), "not reached: e2e failed"),
        (
            verdict("waiting", Reason.FOREIGN_CONTENT, stage="prod", names=("12 files",)),
            "prod holds content no freight explains (12 files): /promote prod",
        ),
        (
            verdict("waiting", Reason.FOREIGN_VALUE, stage="prod", names=("v1.8.3",)),
            "prod holds v1.8.3, which no freight explains: /promote prod",
        ),
        (
            verdict("verifying", Reason.NO_EVIDENCE, names=("e2e",)),
            "no e2e check has run on this content",
        ),
    ],
)
def test_the_title_carries_the_answer(given_verdict, words):
    assert title(given_verdict) == words


@LAW
@given(verdicts())
def test_every_title_is_one_line_below_70_characters(any_verdict):
    text = title(any_verdict)

    assert 0 < len(text) < 70
    assert sinks.clean(text)
    assert not MENTION.search(text.replace(markup.person(any_verdict.detail), ""))


def test_what_is_known_of_a_merge_that_nothing_verifies_does_nothing():
    merged = promotion(state="verified", pull=1, landed=sha(77), detail="<img> ![x](y) @mia \x1b")
    text = summary(verdict("verified", Reason.VERIFIED, promotion=merged), SITE, "abcd2345")

    assert f"/commit/{sha(77)}), " in text
    assert not MENTION.search(spoken(text))
    assert all(part not in spoken(text) for part in ("<img", "![", "\x1b"))


@LAW
@given(verdicts())
def test_every_summary_fits_and_calls_nobody(any_verdict):
    """65,535 bytes is GitHub's limit; a mention would notify people at every change of state."""
    text = summary(any_verdict, SITE, "abcd2345")

    assert len(text.encode()) <= markup.SUMMARY_LIMIT
    assert not MENTION.search(spoken(text))
    assert "<img" not in spoken(text)
    assert "![" not in spoken(text)
    assert "\x1b" not in text
    assert text.rstrip().endswith("<sub>event `abcd2345`</sub>")


@pytest.mark.parametrize("page", ["@0", "https://ghe.acme.example/@0", "00|@0"])
def test_a_page_that_is_no_plain_address_calls_nobody(page):
    lacks = GateAnswer("permission", "wait", Reason.APP_LACKS, ("checks: write",), detail=page)
    told = verdict("waiting", Reason.APP_LACKS, gates=(lacks,))

    assert not MENTION.search(spoken(summary(told, SITE, "abcd2345")))


@LAW
@given(verdicts())
def test_a_table_keeps_its_shape_whatever_its_cells_hold(any_verdict):
    """A foreign line break or pipe would end the row and let the text speak for us."""
    rows = table(any_verdict, with_lock(any_verdict)).splitlines()

    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) == 6


@LAW
@given(verdicts())
def test_everything_unfinished_has_a_reason_and_a_next_look(any_verdict):
    """Invariant 15, in words: nobody reads a queued run without learning what it waits for."""
    reason = {"ready": Reason.NOT_STARTED, "revoked": Reason.REVOKED}.get(
        any_verdict.phase, any_verdict.reason
    )
    text = summary(any_verdict, SITE, "abcd2345")

    assert title(any_verdict)
    if any_verdict.phase not in FINAL and reason not in ENDS | FAILED | {Reason.REVOKED}:
        assert upcoming(any_verdict)
        assert upcoming(any_verdict) in text
    for gate in any_verdict.gates:
        # Where one failed for good, nobody waits for the others.
        given_up = any_verdict.phase == "unreached" and gate.state == "wait"
        if gate.state != "pass" and not given_up:
            assert "checked again" in text


@pytest.mark.parametrize(
    "reason",
    [r for r in Reason if WORDS[r].look and "Checked again" in WORDS[r].look],
)
def test_a_next_look_names_a_time_or_an_event(reason):
    gate = GateAnswer("soak", "wait", reason, until=AT)
    look = upcoming(verdict("waiting", reason, gates=(gate,), names=("dev",)))

    assert re.search(r"Checked again (at 2026-11-23 14:02 UTC|as soon|when|with|each time)", look)


@LAW
@given(verdicts(), st.timedeltas(timedelta(), timedelta(days=300)))
def test_no_text_changes_because_time_passes(any_verdict, later):
    """`wake_at` is all that moves while nothing happens: no run may be written for it."""
    moved = any_verdict._replace(wake_at=AT + later)

    assert title(moved) == title(any_verdict)
    assert summary(moved, SITE, "e") == summary(any_verdict, SITE, "e")


@pytest.mark.parametrize("phase", PHASES)
def test_summaries_end_with_the_command_to_type(phase):
    text = summary(verdict(phase, Reason.CHECK_FAILED, names=("e2e",)), SITE, "e")

    assert "comment `/" in text


BY_PEOPLE = {
    Reason.APP_LACKS: "an owner of the account",
    Reason.NOT_STARTED: "`/promote prod",
    Reason.NOT_APPROVED: "`/approve prod",
    Reason.ON_HOLD: "`/resume prod`",
    Reason.FOREIGN_CONTENT: "`/promote prod",
    Reason.FOREIGN_VALUE: "`/promote prod",
    Reason.DRIFT: "`/promote prod",
    Reason.NO_EVIDENCE: "`/retry prod",
    Reason.LOCK_DENIED: "ask the server's administrator to check",
    Reason.LOCK_REFUSED: "change `service`",
    Reason.TO_RUN: "run e2e",
    Reason.MERGE_OBSTACLE: "resolve that on the pull request",
    Reason.MERGE_READY: "merge the pull request",
    Reason.MERGE_REFUSED: "resolve what GitHub reports",
    Reason.MERGE_BARRED: "resolve what GitHub reports",
    Reason.WRONG_BASE: "change the pull request's base",
    Reason.WINDOWS_OVER: "a window in the future",
    Reason.BLOCKED: "`/allow web@",
}
"""What waits for a person who has to do something, and what that is; a lock: see `freeing`."""

FAILED = {
    Reason.CHECK_FAILED,
    Reason.CHECK_MISSING,
    Reason.CHECK_UNFINISHED,
    Reason.CHECK_NOT_STARTED,
    Reason.NOT_RERUN,
    Reason.RUN_REFUSED,
    Reason.RULE_REFUSED,
    Reason.FOREIGN_TIP,
    Reason.ERRORED,
    Reason.DRIFT_CONFLICT,
    Reason.TOO_LARGE,
    Reason.LOCK_TIMED_OUT,
    Reason.STEP_PROBLEM,
}


OTHERWISE = {Reason.REVOKED, Reason.BRANCH_MISSING, Reason.SOURCE_PROBLEM}
"""What a person is needed for in a way of its own."""


@pytest.mark.parametrize("reason", [*sorted(FAILED), Reason.REVOKED])
def test_where_a_person_is_needed_the_text_says_so_and_names_the_command_once(reason):
    phase = "revoked" if reason is Reason.REVOKED else "failed"
    failed = verdict(phase, reason, stage="prod", names=("e2e",))

    for text in (summary(failed, SITE, "e"), why(failed, SITE)):
        assert text.count("**To do:** ") == 1
        assert text.count("`/retry prod`") == 1
    shown = "\n".join(terminal.explained(failed))
    assert "To do: " in shown
    assert "*" not in shown


def test_what_freight_lacks_asks_for_a_commit_and_promises_no_edit_of_a_file():
    failed = verdict(
        "failed", Reason.SOURCE_PROBLEM, stage="prod", detail="apps/web is not in web 4f2a91c"
    )

    for text in (summary(failed, SITE, "e"), why(failed, SITE)):
        assert "when that file changes" not in text
        assert "Newer freight enters by itself." in text
        assert "/retry" not in text
        assert "push a commit that mends it" in text.partition("**To do:** ")[2]


@pytest.mark.parametrize("reason", BY_PEOPLE)
def test_what_waits_for_a_person_says_what_to_do_and_says_it_first_in_why(reason):
    waiting = verdict("waiting", reason, stage="prod", names=("e2e",))

    for text in (summary(waiting, SITE, "e"), why(waiting, SITE)):
        assert text.count("**To do:** ") == 1
        assert BY_PEOPLE[reason] in text.partition("**To do:** ")[2]
    assert why(waiting, SITE).startswith("**To do:** ")
    assert terminal.explained(waiting)[0].startswith("To do: ")


@pytest.mark.parametrize("phase", ["waiting", "failed"])
def test_of_a_branch_that_is_missing_it_is_asked_only_where_we_may_not_make_it(phase):
    missing = verdict(phase, Reason.BRANCH_MISSING, stage="prod", names=("env/prod",))

    assert ("**To do:** " in summary(missing, SITE, "e")) == (phase == "failed")


def test_a_hold_that_ends_by_itself_asks_nothing_of_a_person():
    gate = GateAnswer("hold", "wait", Reason.ON_HOLD, ("@mia",), until=AT, detail="freeze")
    held = verdict("waiting", Reason.ON_HOLD, stage="prod", gates=(gate,))

    for text in (summary(held, SITE, "e"), why(held, SITE)):
        assert "To do" not in text
    assert why(held, SITE).splitlines()[-1].startswith("Nothing to do: ")


@pytest.mark.parametrize(
    "reason",
    sorted(set(Reason) - set(BY_PEOPLE) - FAILED - OTHERWISE),
)
def test_what_goes_on_by_itself_or_is_over_asks_nothing_of_a_person(reason):
    """Every reason is in one of the two lists: a new one has to be put into one."""
    for phase in ("waiting", "superseded"):
        assert "To do" not in summary(verdict(phase, reason, names=("e2e",)), SITE, "e")


@pytest.mark.parametrize("phase", ["superseded", "unreached", "cancelled", "withdrawn"])
def test_what_is_over_asks_nothing_of_a_person(phase):
    assert "To do" not in summary(verdict(phase, Reason.CHECK_FAILED, names=("e2e",)), SITE, "e")


def test_once_newer_freight_is_there_a_failure_asks_nothing_of_a_person():
    passed = verdict("failed", Reason.CHECK_FAILED, names=("e2e",))._replace(passed_by="newer")

    text = summary(passed, SITE, "e")

    assert "To do" not in text
    assert "To see every stage: comment `/stagelock status`" in text


def test_a_ready_stage_shows_the_command_that_names_this_freight():
    """Newer freight may be there when it is typed: the run speaks of its own."""
    text = summary(verdict("ready", Reason.NOT_STARTED, stage="prod", number=0xF00), SITE, "e")

    assert f"`/promote prod {sha(0xF00)[:12]}`" in text


def test_the_verification_says_when_it_times_out():
    landed = promotion(landed=sha(8), landed_at=AT)
    text = summary(
        verdict("verifying", Reason.VERIFYING, names=("e2e",), promotion=landed),
        SITE,
        "e",
        deadline=AT + timedelta(minutes=45),
    )

    assert "It fails if it is undecided at 2026-11-23 14:47 UTC." in text
    assert f"landed as [`0000000`](https://github.com/acme/api/commit/{sha(8)})" in text
