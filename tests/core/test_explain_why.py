"""Gates and answers to `/why`: what is waited for, and what a person does next."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model.names import Sha, StageName, WarehouseName
from app.core.model.snapshot import ConfigState
from app.core.model.verdicts import GateAnswer, Reason, Tally
from app.core.planning.plan_result import MintWait
from app.core.remarks import promotions
from app.core.text import markup, minting, sinks, terminal
from app.core.text.status import status
from app.core.text.summaries import Row, because, summary
from app.core.text.why import nothing, why
from tests.core.explaining import MENTION
from tests.core.saying import (
    AT,
    CONFIG,
    LAW,
    NASTY,
    SITE,
    pipeline,
    plan,
    sha,
    snapshot,
    verdict,
    verdicts,
)
from tests.golden import matches


def test_why_begins_with_what_a_person_does_next():
    gates = (
        GateAnswer("needs", "pass", Reason.PASSED, ("e2e",), since=AT),
        GateAnswer("auto", "wait", Reason.NOT_STARTED),
        GateAnswer("soak", "wait", Reason.SOAKING, since=AT, until=AT + timedelta(hours=2)),
    )
    text = why(verdict("waiting", Reason.NOT_STARTED, stage="prod", gates=gates), SITE)

    assert "| needs | pass | verified upstream | 2026-11-23 14:02 UTC |  |" in text
    assert "| soak | **wait** | not long enough upstream" in text
    assert "2026-11-23 16:02 UTC |" in text
    assert text.splitlines()[0] == "**To do:** comment `/promote prod` to start it."
    assert text.count("To do:") == 1


def test_why_says_where_nothing_needs_to_be_done():
    gates = (GateAnswer("soak", "wait", Reason.SOAKING, until=AT),)

    assert why(verdict(gates=gates), SITE).endswith(
        "Nothing to do: not long enough upstream (soak); checked again at 2026-11-23 14:02 UTC."
    )


def test_a_failed_gate_is_the_one_to_fix_even_behind_waiting_ones():
    gates = (
        GateAnswer("soak", "wait", Reason.SOAKING, until=AT),
        GateAnswer("needs", "fail", Reason.UPSTREAM_FAILED, ("dev",)),
    )

    assert why(verdict(gates=gates), SITE).startswith(
        "**To do:** mend what failed in dev: `/why dev` says what that is."
    )


def test_what_a_person_may_do_while_it_waits_for_a_time_is_said_and_not_nothing():
    gates = (
        GateAnswer("soak", "wait", Reason.SOAKING, since=AT, until=AT + timedelta(hours=2)),
        GateAnswer("approval", "wait", Reason.NOT_APPROVED, tally=Tally(1, who=("@acme/release",))),
    )
    soaking = verdict("waiting", Reason.SOAKING, stage="prod", gates=gates)

    assert why(soaking, SITE).startswith("**To do:** ")
    assert "comments `/approve prod`" in why(soaking, SITE).splitlines()[0]
    assert "Nothing to do" not in why(soaking, SITE)
    assert terminal.explained(soaking)[0].startswith("To do: ")
    assert "comments `/approve prod" in status(snapshot(), plan(soaking), SITE).splitlines()[0]


def test_before_what_is_not_verified_upstream_nobody_is_asked_for_anything():
    gates = (
        GateAnswer("needs", "wait", Reason.UPSTREAM_UNVERIFIED, ("dev",)),
        GateAnswer("auto", "wait", Reason.NOT_STARTED),
    )
    coming = verdict("waiting", Reason.UPSTREAM_UNVERIFIED, stage="prod", gates=gates)

    assert "To do" not in why(coming, SITE) + status(snapshot(), plan(coming), SITE)


def test_the_lines_of_a_terminal_say_since_when_each_gate_answers_so():
    gates = (GateAnswer("soak", "wait", Reason.SOAKING, since=AT, until=AT + timedelta(hours=2)),)
    found = "\n".join(terminal.explained(verdict("waiting", Reason.SOAKING, gates=gates)))

    assert "(since 2026-11-23 14:02 UTC; checked again: 2026-11-23 16:02 UTC)" in found


def test_why_of_an_idle_stage_says_what_would_change_that():
    assert "No freight is on its way to `prod`" in nothing(StageName("prod"))


def test_the_terminal_shows_the_same_words_without_marks():
    shown = terminal.lines(
        plan(
            verdict("verified", Reason.VERIFIED, stage="dev"),
            verdict("waiting", Reason.UPSTREAM_UNVERIFIED, stage="prod", names=("e2e",)),
        )
    )

    assert shown == (
        "dev   web 0000000  verified  verified",
        "prod  web 0000000  waiting   waiting for e2e",
    )


@LAW
@given(verdicts())
def test_the_terminal_gets_no_control_characters(any_verdict):
    for line in (*terminal.explained(any_verdict), *terminal.lines(plan(any_verdict))):
        assert line.isprintable()


@LAW
@given(NASTY, st.integers(10, 200))
def test_escaped_text_is_one_line_without_markup(text, limit):
    shown = markup.escape(text, limit)

    assert "\n" not in shown
    assert sinks.clean(shown)
    if shown.startswith("`"):
        return  # what GitHub would act on is code
    assert "<" not in shown
    assert not MENTION.search(shown)
    assert not re.search(r"(?<!\\)[`*_\[\]|]", shown)


# GitHub: autolinked references and URLs, mentions, shortcodes of emoji, issue keywords.
@pytest.mark.parametrize(
    "words",
    [
        "Fix https://github.com/acme/shop/issues/12",
        "closes #3",
        "see acme/shop#3",
        "like acme/shop@4f2a91c",
        "as in GH-12",
        "gh-1",
        "thanks @mia",
        "@acme/release",
        "www.example.com",
        "mailto:mia@example.com",
        "mia@example.com",
        ":tada:",
    ],
)
def test_what_github_would_act_on_is_written_as_code_and_copied_as_it_was(words):
    assert markup.escape(words) == f"`{words}`"
    assert markup.code(words) == f"`{words}`"


@pytest.mark.parametrize("words", ["web 4f2a91c", "k.yaml#image.tag", "build (3.11)"])
def test_what_github_does_not_act_on_stays_text(words):
    assert markup.escape(words) == words.replace("#", "\\#")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("there is no `sok`: did you mean `soak`?", "there is no `sok`: did you mean `soak`?"),
        ("`a_b` is *one* of [x](y)", "`a_b` is \\*one\\* of \\[x\\](y)"),
        ("no end: `soak", "no end: \\`soak"),
        ("ask @mia about `x`", "`ask @mia about` `x`"),
        ("not``@mia", "```not``@mia```"),
        ("``", "\\`\\`"),
        ("`x`@mia``", "``` `x`@mia`` ```"),
    ],
)
def test_only_what_stands_between_backticks_is_set_as_code(words, shown):
    assert markup.marked(words) == shown


def test_nothing_that_is_hidden_or_turns_the_line_stays():
    tricks = "a\u202eb\u2066c\u200bd\u3164e\u00adf\ufe00g\x1bh\x9bi"

    assert markup.plain(tricks) == "a b c d e f g h i"
    assert markup.escape(tricks) == markup.titled(tricks) == "a b c d e f g h i"


@pytest.mark.parametrize(
    ("login", "title", "text"),
    [
        ("mia", "@mia", "`@mia`"),
        ("dependabot[bot]", "@dependabot[bot]", "`@dependabot[bot]`"),
        ("token:ci", "token:ci", "token:ci"),
        ("no login @all", "@ no login @ all", "`@no login @all`"),
    ],
)
def test_a_person_is_written_in_one_way_that_calls_nobody(login, title, text):
    """Rule R58."""
    assert markup.person(login) == title
    assert markup.person(login, markup.escape) == text
    told = markup.bold(f"cancelled by {markup.person(login)}")
    assert told == f"**cancelled by {text}**" or "no login" in login
    assert not re.search("(?<!`)@\\w", told)


def test_who_closed_its_pull_request_is_written_in_that_way():
    said = because(verdict("cancelled", Reason.PULL_CLOSED, detail=promotions.closed_by(7, "mia")))

    assert said == "Not merged: pull request 7 was closed by `@mia`."


def test_a_title_calls_nobody_and_holds_nothing_invisible():
    assert markup.titled("ask @mia") == "ask @ mia"


@LAW
@given(NASTY)
def test_code_cannot_be_left_from_inside(text):
    shown = markup.code(text)
    if not shown:
        return
    found = re.match("`+", shown)
    assert found is not None
    ticks = found[0]

    assert shown.endswith(ticks)
    assert ticks not in shown[len(ticks) : -len(ticks)]
    assert "\n" not in shown


def test_a_long_body_is_cut_at_a_line_and_keeps_its_foot():
    body = "\n".join(f"row {n} ü" for n in range(9000))
    text = markup.fit(body, "the foot")

    assert len(text.encode()) <= 65_535
    assert text.endswith("(The rest does not fit here.)\n\nthe foot\n")
    text = markup.fit(body, "the foot", rest="look there")
    assert len(text.encode()) <= 65_535
    assert text.endswith("(The rest does not fit here: look there.)\n\nthe foot\n")


def test_what_is_cut_stands_in_no_block_that_lost_its_end():
    picture = "\n".join(("```mermaid", "flowchart LR", *(["  s1 --> s2"] * 9000), "```"))
    text = markup.fit(f"before\n\n{picture}\n\nafter", "the foot")

    assert text == "before\n\n(The rest does not fit here.)\n\nthe foot\n"


@pytest.mark.parametrize("letter", ["a", "ü", "好", "🦊"])
def test_a_cut_halves_no_character(letter):
    for more in range(4):
        text = markup.fit("\n".join(["x" * more + letter * 50] * 2000), "the foot", 60_000)
        assert len(text.encode()) <= 60_000
        assert set(text.partition("\n\n(")[0]) <= {"x", letter, "\n"}


def test_a_summary_with_three_hundred_stages_says_where_the_rest_is():
    stages = [Row(StageName(f"stage-{n}"), "🦊" * 69) for n in range(300)]
    text = summary(verdict("verifying", Reason.VERIFYING), SITE, "abcd2345", rows=stages)

    assert 60_000 < len(text.encode()) <= 65_535
    assert "(The rest does not fit here: `stagelock status` and" in text
    assert text.endswith("<sub>event `abcd2345`</sub>\n")


def test_event_ids_tell_parts_apart():
    assert markup.event_id("ab", "c") != markup.event_id("a", "bc")


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=40), "40 s"),
        (timedelta(minutes=11, seconds=30), "11 min"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=3), "3 d"),
        (timedelta(days=2, hours=1), "2 d 1 h"),
    ],
)
def test_finished_times_are_written_in_two_units_at_most(length, words):
    assert markup.span(length) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")],
)
def test_places_in_a_queue_are_ordinals(number, words):
    assert markup.ordinal(number) == words


def test_a_sentence_without_its_detail_is_still_a_sentence():
    assert (
        because(verdict("in-review", Reason.REVIEW))
        == "The pull request is being prepared, or is open."
    )
    assert because(verdict("failed", Reason.RULE_REFUSED)) == (
        "The server refused the push: no details are known."
    )


def test_the_answers_that_begin_with_what_to_do_are_these():
    """As GitHub shows them: the news and the word to type first."""
    gates = (
        GateAnswer("needs", "pass", Reason.PASSED, ("e2e",), since=AT),
        GateAnswer("auto", "wait", Reason.NOT_STARTED),
    )
    ready = verdict("ready", Reason.NOT_STARTED, stage="prod", gates=gates)
    taken = GateAnswer("reverted", "wait", Reason.REVERTED, ("8be3fd9",), detail="4f2a91c")
    reverted = verdict("waiting", Reason.REVERTED, stage="prod", gates=(taken,), names=taken.names)
    invalid = ConfigState("invalid", Sha(CONFIG), Sha(CONFIG), pipeline())

    assert matches("why-ready.md", why(ready, SITE))
    assert matches("why-reverted.md", why(reverted, SITE))
    assert matches("why-ready.txt", "\n".join((*terminal.explained(ready), "")))
    assert matches("status-ready.md", status(snapshot(), plan(ready), SITE))
    assert matches("status-invalid.md", status(snapshot(config=invalid), plan(ready), SITE))


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (
            MintWait(WarehouseName("web"), sha(3), ("build",), failed=True),
            "push a fix, or run it again.",
        ),
        (
            MintWait(WarehouseName("web"), sha(3), ("build", "lint"), failed=False, cut_off=True),
            "let them finish (`cancel-in-progress: false`).",
        ),
    ],
)
def test_a_commit_that_is_no_freight_by_its_checks_says_first_what_to_do(wait, words):
    assert minting.why(wait, SITE).startswith(f"**To do:** {words}\n\n")
    found = status(snapshot(), plan(minting=(wait,)), SITE)
    assert found.startswith(f"**To do:** `web 0000000`: {words}")
    assert found.count("To do:") == 1
