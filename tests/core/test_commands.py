"""Comments become commands, and nothing that only looks like one does."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.commands import (
    MOST,
    Command,
    CommandProblem,
    Misread,
    parse,
)
from app.core.commands.until import When
from app.core.text import refusals
from tests.core.commanding import only


def verbs(body):
    return [c.verb for c in parse(body) if isinstance(c, Command)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("/stagelock help", Command("help", "/stagelock help", "read")),
        ("/stagelock", Command("help", "/stagelock", "read")),
        ("/StageLock STATUS", Command("status", "/StageLock STATUS", "read")),
        ("/why prod", Command("why", "/why prod", "read", "prod")),
        ("/retry e2e", Command("retry", "/retry e2e", "write", "e2e")),
        ("/Promote PROD", Command("promote", "/Promote PROD", "write", "prod")),
        (
            "/promote prod 4F2A91C",
            Command("promote", "/promote prod 4F2A91C", "write", "prod", "4f2a91c"),
        ),
        (
            "   /promote prod web@4f2a91c   ",
            Command("promote", "/promote prod web@4f2a91c", "write", "prod", "web@4f2a91c"),
        ),
        ("/resume E2E", Command("resume", "/resume E2E", "write", "e2e")),
        (
            "/hold prod  it burns ",
            Command("hold", "/hold prod  it burns", "write", "prod", reason="it burns"),
        ),
        (
            "/Hold prod Until 2H it burns",
            Command(
                "hold",
                "/Hold prod Until 2H it burns",
                "write",
                "prod",
                reason="it burns",
                until=When(timedelta(hours=2)),
            ),
        ),
    ],
)
def test_commands_are_read_case_free(body, expected):
    assert only(body) == expected


NINE = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "end"),
    [
        ("30m", timedelta(minutes=30)),
        ("90s", timedelta(seconds=90)),
        ("3d", timedelta(days=3)),
        ("366d", timedelta(days=366)),
        ("2026-11-26T09:00Z", NINE),
        ("2026-11-26T09:00:00Z", NINE),
        ("2026-11-26t09:00z", NINE),
        ("2026-11-26T10:00+01:00", NINE),
        ("2026-11-26 09:00 UTC", NINE),
        ("2026-11-26T09:00 UTC", NINE),
        ("2026-11-26 04:00 -05:00", NINE),
        ("2026-11-26 09:00", NINE),
        ("2026-11-26T09:00", NINE),
        ("2026-11-26 10:00 Europe/Berlin", NINE),
        ("2026-11-26 04:00 America/New_York", NINE),
        ("2026-11-26", NINE - timedelta(hours=9)),
        ("2026-11-26 Europe/Berlin", NINE - timedelta(hours=10)),
        ("2026-11-26 UTC", NINE - timedelta(hours=9)),
        ("2026-10-25 02:30 Europe/Berlin", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2026-03-29 02:30 Europe/Berlin", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_hold_ends_after_a_length_or_at_an_instant_with_its_zone(when, end):
    found = only(f"/hold prod until {when} it burns")

    assert (found.until, found.reason) == (When(end), "it burns")
    assert found.until.after(NINE) == (NINE + end if isinstance(end, timedelta) else end)


@pytest.mark.parametrize(
    ("when", "said", "end"),
    [
        ("22:00 UTC", NINE, datetime(2026, 11, 26, 22, tzinfo=UTC)),
        ("22:00Z", NINE, datetime(2026, 11, 26, 22, tzinfo=UTC)),
        ("22:00 utc", NINE, datetime(2026, 11, 26, 22, tzinfo=UTC)),
        ("22:00 Europe/Berlin", NINE, datetime(2026, 11, 26, 21, tzinfo=UTC)),
        ("09:00 UTC", NINE, NINE + timedelta(days=1)),
        ("09:00:01 UTC", NINE, NINE + timedelta(seconds=1)),
        ("08:59 +00:00", NINE, NINE + timedelta(hours=23, minutes=59)),
        ("00:30 Asia/Tokyo", NINE, datetime(2026, 11, 26, 15, 30, tzinfo=UTC)),
        (
            "02:30 Europe/Berlin",
            datetime(2026, 10, 24, 12, tzinfo=UTC),
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        ),
        (
            "02:30 Europe/Berlin",
            datetime(2026, 3, 28, 12, tzinfo=UTC),
            datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        ),
    ],
)
def test_a_time_of_the_day_is_the_next_one_in_its_zone(when, said, end):
    found = only(f"/hold prod until {when} it burns")

    assert found.reason == "it burns"
    assert found.until.after(said) == end


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("/hold", "needs a stage"),
        ("/hold prod", "needs a reason"),
        ("/hold prod until 2h", "needs a reason"),
        ("/hold prod until", "`until` needs a time"),
        ("/hold prod until Monday", "`until Monday`: write a duration"),
        ("/hold prod until tomorrow 9am it burns", "`until tomorrow`"),
        ("/hold prod until 2", "`until 2`: write"),
        ("/hold prod until 2w it burns", "`until 2w`"),
        ("/hold prod until 2\u017f it burns", "`until 2\u017f`"),  # a long s, in no unit
        ("/hold prod until \u0662h it burns", "`until \u0662h`"),
        ("/hold prod until 2hours it burns", "`until 2hours`"),
        ("/hold prod until 0h it burns", "not between"),
        ("/hold prod until 367d it burns", "not between"),
        ("/hold prod until 999999999d it burns", "not between"),
        ("/hold prod until 22:00 it burns", "has no time zone"),
        ("/hold prod until 25:00 it burns", "`until 25:00` names no time of day"),
        ("/hold prod until 2026-11-26T25:00Z it burns", "`until 25:00` names no time of day"),
        ("/hold prod until 24:00 UTC it burns", "from `00:00` to `23:59` with its zone, such as"),
        ("/hold prod until 2026-11-27 10:60 it burns", "`until 10:60` names no time of day"),
        (
            "/hold prod until 22:00 Europe/Berlim it burns",
            "`until Europe/Berlim` is not a known time zone",
        ),
        ("/hold prod until 2026-11-26 22:00 Mars/Base it burns", "is not a known time zone"),
        (
            "/hold prod until 2026-11-26 22:00 CEST it burns",
            "`until CEST` is not a known time zone",
        ),
        ("/hold prod until 22:00 PST it burns", "`until PST` is not a known time zone"),
        ("/hold prod until 2026-11-26 9:00 it burns", "not a date and time that exists"),
        ("/hold prod until 2026-11-26 9am it burns", "not a date and time that exists"),
        ("/hold prod until 2026-02-30T09:00Z it burns", "not a date and time that exists"),
        ("/hold prod until 0001-01-01T00:00+05:00 it burns", "not a date and time that exists"),
        ("/hold prod until 2026-11-26T09:00+99:00 it burns", "not a date and time that exists"),
    ],
)
def test_a_time_that_could_mean_two_things_is_asked_about(body, words):
    found = only(body)

    assert isinstance(found, CommandProblem)
    assert words in refusals.misread(found)
    assert found.suggestion is not None
    assert found.suggestion.startswith("/hold ")


@pytest.mark.parametrize(
    ("body", "about", "again"),
    [
        ("/promote prod --skip-gates", "`--skip-gates` needs", "prod --skip-gates maintenance"),
        ("/promote prod --skip-gate it burns", "`--skip-gate`", "prod --skip-gates it burns"),
        ("/promote prod \N{EM DASH}skip-gates it burns", "option", "prod --skip-gates it burns"),
        ("/promote prod 4f2a91c -skip-gates", "option", "prod 4f2a91c --skip-gates maintenance"),
    ],
)
def test_a_word_that_was_meant_to_skip_gates_is_answered_with_the_right_one(body, about, again):
    """rule C80"""
    found = only(body)

    assert isinstance(found, CommandProblem)
    assert about in refusals.misread(found)
    assert found.suggestion == f"/promote {again}"


def test_a_space_that_does_not_break_separates_words_too():
    """rule C81: as phones and Macs type it."""
    found = only("/hold\N{NO-BREAK SPACE}prod\N{NO-BREAK SPACE}it burns")

    assert (found.verb, found.stage, found.reason) == ("hold", "prod", "it burns")


@pytest.mark.parametrize("length", ["-1h", "+1h", "2"])
def test_a_length_with_a_sign_or_without_a_unit_is_no_reason(length):
    """rule C82"""
    found = only(f"/lock floor for {length} hours debugging")

    assert isinstance(found, CommandProblem)
    assert "write a duration" in refusals.misread(found)


def test_skipping_gates_needs_maintain():
    found = only("/promote prod --skip-gates it burns")

    assert (found.role, found.skips, found.reason) == ("maintain", True, "it burns")


@pytest.mark.parametrize(
    "body",
    [
        "please /promote prod",
        "> /promote prod",
        "> said somebody\n/promote prod",
        "   > /promote prod",
        "```\n/promote prod\n```",
        "~~~ text\n/promote prod\n~~~",
        "````\n```\n/promote prod\n````",
        "```\n/promote prod",
        "```\n/promote prod\n~~~\n/promote prod",
        "    /promote prod",
        "\t/promote prod",
        "`/promote prod`",
        "``\n/promote prod\n``",
        "see `a\n/promote prod\nb` there",
        "<!-- /promote prod -->",
        "<!--\n/promote prod\n-->",
        "<!-- x --> /promote prod",
        "<!--\n--> /promote prod",
        "<pre>\n/promote prod\n</pre>",
        "<blockquote>\n/promote prod\n</BLOCKQUOTE>",
        "- /promote prod",
        "/promote/prod",
        "/lgtm",
        "/cc @ana",
        "/etc/passwd",
        "//promote prod",
        "\u200b/promote prod",
        "",
        # What GitHub shows as something else than a paragraph's text, or not at all.
        "- ```\n  /promote prod\n  ```",
        "- > quoted\n/promote prod",
        "1. > quoted\n/promote prod",
        "<?\n/promote prod\n?>",
        "<!X\n/promote prod\n>",
        "<![CDATA[\n/promote prod\n]]>",
        "[x]: https://example.com '\n/promote prod\n'",
        "[x]:\n/stagelock",
        "x <a title='\n/promote prod\n'>y</a>",
        "[x](https://example.com '\n/promote prod\n')",
        "[x\n/promote prod\n](https://example.com)",
        "![x\n/promote prod\n](https://example.com/y.png)",
        "<blockquote>\n\n/promote prod\n\n</blockquote>",
        "<details><pre>\n\n/promote prod\n\n</pre></details>",
        "x <code>\n/promote prod\n</code>",
        "| a |\n|---|\n/promote prod",
        "a\n|---\n/promote prod",
        "a\n:---\n/promote prod",
        "x\n\t/promote prod|b\n|---|---|",
        "[^1]: hidden\n/promote prod",
        "x\n/promote prod\n===",
    ],
)
def test_what_is_quoted_or_code_or_hidden_or_not_ours_is_no_command(body):
    assert parse(body) == ()


@pytest.mark.parametrize(
    "body",
    [
        "> quoted\n\n/promote prod",
        "```\ncode\n```\n/promote prod",
        "Thanks!\n/promote prod",
        "Thanks!\r\n/promote prod\r\nBye",
        "<!-- hidden -->\n/promote prod",
        "<!--\nhidden\n-->\n/promote prod",
        "a ` b\n/promote prod",
        "`a` and `b`\n/promote prod",
        "<pre>x</pre>\n/promote prod",
        "~~~\n```\n~~~\n/promote prod",
        "- a list\n\n/promote prod",
        "<b>x</b>\n/promote prod",
        "**bold**\n/promote prod",
        "<div>\n\n/promote prod\n\n</div>",
        "a\ue0001\ue001b\n/promote prod",
        "\ufeff/promote prod",
        "/promote prod\\\nplease",
        "| a |\n|---|\n\n/promote prod",
        "- :\n\n/promote prod",
    ],
)
def test_what_stands_beside_quotes_and_code_is_a_command(body):
    assert verbs(body) == ["promote"]


def test_several_lines_are_several_commands_in_their_order():
    assert verbs("/why prod\ntext\n/retry e2e\n/promote prod") == ["why", "retry", "promote"]


def test_at_most_ten_commands_are_read_and_the_rest_is_refused_once():
    found = parse("/why prod\n" * 30)

    assert len(found) == MOST + 1
    assert isinstance(found[-1], CommandProblem)


@pytest.mark.parametrize(
    ("body", "suggestion"),
    [
        ("/promot prod", "/promote prod"),
        ("/hodl prod for the fair", "/hold prod for the fair"),
        ("/lokc e2e for the fair", "/lock e2e for the fair"),
        ("/promoted prod", "/promote prod"),
        ("/stagelok help", "/stagelock help"),
        ("/stagelock promote prod", "/promote prod"),
        ("/stagelock helpp", "/stagelock help"),
        ("/promote", "/promote STAGE [FREIGHT]"),
        ("/promote prod now", "/promote prod"),
        ("/promote prod 4f2a91", "/promote prod"),
        ("/promote prod 4f2a91c please", "/promote prod 4f2a91c"),
        ("/retry e2e now", "/retry e2e"),
    ],
)
def test_near_misses_are_asked_about_and_do_nothing(body, suggestion):
    found = only(body)

    assert isinstance(found, CommandProblem)
    assert found.suggestion == suggestion


@pytest.mark.parametrize("blank", ["\u200b", "\u2060 \ufeff", "\u3164", "\u2800", "\ufe0f", "\x07"])
@pytest.mark.parametrize("said", ["/hold prod", "/lock e2e for 2h", "/unlock e2e --force"])
def test_a_reason_that_nobody_sees_is_none(said, blank):
    found = only(f"{said} {blank}")

    assert isinstance(found, CommandProblem)
    assert found.why is Misread.NEEDS_REASON


def test_what_is_not_seen_within_a_word_stays_there():
    assert only("/hold prod the \u200bfair").reason == "the \u200bfair"


def test_half_a_character_in_a_links_address_ends_nothing():
    """JSON can say one, and no encoding can hold it."""
    assert verbs("[x]: \ud83d\n\n/why prod") == ["why"]
    assert verbs("[x](\udc00)\n/why prod") == ["why"]
