"""Comments become commands, and nothing that only looks like one does."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.commands import (
    MOST,
    TABLE,
    Anywhere,
    Command,
    CommandProblem,
    NoFreight,
    OnCommit,
    OnOurPull,
    OnPull,
    Why,
    parse,
    which_freight,
)
from app.core.commands.text import _reader
from app.core.commands.until import When
from app.core.model.records import Records
from app.core.model.verdicts import GateAnswer, Reason
from app.core.text import refusals
from tests.core.saying import LAW, NASTY, freight, minted, plan, promotion, sha, snapshot, verdict


def verbs(body):
    return [c.verb for c in parse(body) if isinstance(c, Command)]


def only(body):
    (found,) = parse(body)
    return found


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
    ],
)
def test_a_hold_ends_after_a_length_or_at_an_instant_with_its_zone(when, end):
    found = only(f"/hold prod until {when} it burns")

    assert (found.until, found.reason) == (When(end), "it burns")
    assert found.until.after(NINE) == (NINE + end if isinstance(end, timedelta) else NINE)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("/hold", "needs a stage"),
        ("/hold prod", "needs a reason"),
        ("/hold prod until 2h", "needs a reason"),
        ("/hold prod until", "`until` needs a time"),
        ("/hold prod until Monday", "`until Monday`: write a length of time"),
        ("/hold prod until tomorrow 9am it burns", "`until tomorrow`"),
        ("/hold prod until 2", "`until 2`: write"),
        ("/hold prod until 2w it burns", "`until 2w`"),
        ("/hold prod until 2\u017f it burns", "`until 2\u017f`"),  # a long s, in no unit
        ("/hold prod until \u0662h it burns", "`until \u0662h`"),
        ("/hold prod until 2hours it burns", "`until 2hours`"),
        ("/hold prod until 0h it burns", "not between"),
        ("/hold prod until 367d it burns", "not between"),
        ("/hold prod until 999999999d it burns", "not between"),
        ("/hold prod until 2026-11-26 it burns", "`until 2026-11-26`"),
        ("/hold prod until 2026-11-26T09:00 it burns", "does not say its zone"),
        ("/hold prod until 2026-11-26 09:00 CET it burns", "does not say its zone"),
        ("/hold prod until 2026-02-30T09:00Z it burns", "no date and time that exists"),
        ("/hold prod until 2026-11-26T25:00Z it burns", "no date and time that exists"),
        ("/hold prod until 0001-01-01T00:00+05:00 it burns", "no date and time that exists"),
        ("/hold prod until 2026-11-26T09:00+99:00 it burns", "no date and time that exists"),
    ],
)
def test_a_time_that_could_mean_two_things_is_asked_about(body, words):
    found = only(body)

    assert isinstance(found, CommandProblem)
    assert words in refusals.misread(found)
    assert found.suggestion.startswith("/hold ")


@pytest.mark.parametrize("spec", [s for s in TABLE if not s.supported], ids=lambda s: s.verb)
def test_commands_of_later_versions_are_known_and_not_supported(spec):
    found = only(f"/{spec.verb} prod because")

    assert found.verb == spec.verb
    assert not found.supported


def test_skipping_gates_is_known_to_need_maintain_and_not_supported():
    found = only("/promote prod --skip-gates it burns")

    assert (found.role, found.supported) == ("maintain", False)


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


def test_a_cut_comment_never_cuts_a_freight_short():
    """Beyond the limit a line may be cut in the middle; seven digits would still name something."""
    body = "x" * 65_500 + "\n/promote prod " + "a" * 40

    assert parse(body) == ()


@LAW
@given(
    st.text() | NASTY | st.lists(NASTY | st.text("/`~<>!-\n promtewhy", max_size=40)).map("\n".join)
)
def test_reading_never_fails(body):
    for found in parse(body):
        assert len(found.text) <= 200


@LAW
@given(st.lists(st.sampled_from(["`", "``", "a", "\n", "/why prod\n", "<!--", "-->", "~~~", ">"])))
def test_reading_never_fails_on_unbalanced_marks(pieces):
    assert len(parse("".join(pieces))) <= MOST + 1


@pytest.mark.parametrize(
    "body", ["`" * 65_536, "` " * 32_768, "<!--" * 16_384, "<pre>" * 13_000, "/a\n" * 21_000]
)
def test_hostile_comments_are_read_in_linear_time(body):
    started = time.perf_counter()
    parse(body)

    assert time.perf_counter() - started < 5


SLOW = [
    "[", "![", "*a_", "**", "`a``", "<", "<a ", "<!--", "> ", "- ", "[a](", "](", "[](<", "&", "\\",
    "~~a", "|", "a|b\n", "[a]: b\n", "a\n", ">\n", "<?", "_a", "x", "*a **a ", "[a](b) ", "[a",
    "> > > > > > > > > a\na\n", "<a b='", '[a](b "', "1. ", "|a", "&#1;", " ",
]  # fmt: skip


@pytest.mark.parametrize("piece", SLOW)
def test_20_kb_of_anything_are_read_in_below_200_ms(piece):
    """Processor time, the fastest of three: with the command before, behind and between it."""
    text = (piece * 20_000)[:20_000]
    for body in (f"/why a\n{text}", f"{text}\n/why a", f"{text[:4000]}\n/why a\n\n" * 5):
        times = []
        for _ in range(3):
            begun = time.process_time()
            parse(body)
            times.append(time.process_time() - begun)
            if times[-1] < 0.2:
                break
        assert min(times) < 0.2


def test_what_begins_no_line_with_a_command_is_not_read_as_markdown():
    before = _reader.cache_info().currsize
    _reader.cache_clear()

    assert parse("Thanks!\nsee /etc/passwd\n/lgtm\n" + "[" * 20_000) == ()

    assert _reader.cache_info().currsize == 0
    assert before in (0, 1)


OPEN = (GateAnswer("needs", "pass", Reason.PASSED),)
SHUT = (GateAnswer("needs", "wait", Reason.UPSTREAM_UNVERIFIED, ("e2e",)),)
SOAKING = (*OPEN, GateAnswer("soak", "wait", Reason.SOAKING))
UNASKED = (*OPEN, GateAnswer("auto", "wait", Reason.NOT_STARTED))


def waiting(number, gates, **more):
    return verdict(stage="prod", number=number, gates=gates, **more)


def chosen(body, context=Anywhere(), world=None, verdicts=()):  # noqa: B008 - a value
    return which_freight(only(body), context, world or minted(1, 3, 5), plan(*verdicts))


def test_promote_means_the_newest_freight_whose_other_gates_pass():
    found = chosen(
        "/promote prod", verdicts=[waiting(5, SHUT), waiting(4, SOAKING), waiting(3, UNASKED)]
    )

    assert found == freight(3)


def test_without_such_it_means_the_newest_that_is_verified_upstream():
    assert chosen("/promote prod", verdicts=[waiting(5, SHUT), waiting(3, SOAKING)]) == freight(3)


def test_nothing_verified_upstream_is_nothing_to_promote():
    assert isinstance(chosen("/promote prod", verdicts=[waiting(5, SHUT)]), NoFreight)


def test_what_has_ended_is_not_promoted_again_by_the_way():
    ended = [
        verdict(phase, Reason.VERIFIED, stage="prod", gates=OPEN)
        for phase in ("verified", "failed", "superseded", "cancelled")
    ]

    assert isinstance(chosen("/promote prod", verdicts=ended), NoFreight)


def test_retry_means_what_failed_there():
    found = chosen(
        "/retry prod",
        verdicts=[waiting(5, OPEN), verdict("failed", Reason.CHECK_FAILED, stage="prod", number=3)],
    )

    assert found == freight(3)


def test_what_was_cancelled_is_retried_where_nothing_failed():
    cancelled = verdict("cancelled", Reason.PULL_CLOSED, stage="prod", number=5)
    failed = verdict("failed", Reason.CHECK_FAILED, stage="prod", number=3)

    assert chosen("/retry prod", verdicts=[cancelled]) == freight(5)
    assert chosen("/retry prod", verdicts=[cancelled, failed]) == freight(3)


def test_asking_why_is_about_the_stage_where_its_place_has_no_freight():
    assert chosen("/why prod", OnPull(None), verdicts=[waiting(5, SHUT)]) == freight(5)


def test_a_named_freight_is_found_by_seven_digits():
    world = minted(0xABC << 132, commits=[0xABC << 132])

    assert chosen("/promote prod abc0000", world=world) == NoFreight(
        Why.NONE_BEGINS, ("web", "abc0000"), freight(0xABC << 132)
    )
    assert chosen("/promote prod 0000abc", world=world) == freight(0xABC << 132)
    assert chosen("/promote prod web@0000abc", world=world) == freight(0xABC << 132)


def test_an_ambiguous_name_is_refused():
    assert chosen("/promote prod 0000000").why is Why.AMBIGUOUS


def test_freight_of_another_warehouse_is_refused():
    assert chosen("/promote prod api@0000000") == NoFreight(
        Why.OTHER_WAREHOUSE, ("prod", "web", "api")
    )


def test_withdrawn_freight_is_refused_by_name():
    world = minted(0xABC << 132, commits=[1])

    assert chosen("/promote prod 0000abc", world=world).why is Why.WITHDRAWN


def test_on_our_pull_request_promote_moves_on_and_other_commands_mean_its_own():
    rows = [
        waiting(5, OPEN),
        verdict(
            "in-review", Reason.REVIEW, stage="prod", number=3, promotion=promotion("p", pull=4)
        ),
    ]

    assert chosen("/promote prod", OnOurPull("prod"), verdicts=rows) == freight(5)
    assert chosen("/why prod", OnOurPull("prod"), verdicts=rows) == freight(3)


def test_on_a_merged_pull_request_it_is_the_first_freight_that_contains_the_merge():
    """Commit 2 made no freight itself; 3 is the first that holds it."""
    assert chosen("/promote prod", OnPull(sha(2))) == freight(3)
    assert chosen("/promote prod", OnPull(sha(3))) == freight(3)
    assert chosen("/promote prod", OnPull(sha(6))).why is Why.NOT_MINTED


def test_on_an_open_pull_request_it_is_the_newest_eligible_or_failed_freight():
    """Rule C12."""
    failed = verdict("failed", Reason.CHECK_FAILED, stage="prod", number=3)
    rows = [waiting(5, SHUT), waiting(4, UNASKED), failed]

    assert chosen("/promote prod", OnPull(None), verdicts=rows) == freight(4)
    assert chosen("/retry prod", OnPull(None), verdicts=rows) == freight(3)
    assert chosen("/retry prod", OnPull(None), verdicts=rows[:2]) == NoFreight(
        Why.NOTHING_FAILED, ("prod",)
    )


def test_a_stage_that_has_the_newest_freight_is_said_to():
    rows = snapshot(
        records=Records(
            freights=minted(5).records.freights,
            promotions=(promotion("p", stage="prod", number=5, state="verified", landed=sha(50)),),
        ),
        lines=minted(5).lines,
        reachable=frozenset({sha(50)}),
    )

    assert chosen("/promote prod", world=rows) == NoFreight(Why.IS_NEWEST, ("prod", "web 0000000"))


def test_retry_may_name_its_freight():
    assert only("/retry prod 4F2A91C") == Command(
        "retry", "/retry prod 4F2A91C", "write", "prod", "4f2a91c"
    )


def test_a_pull_request_that_was_merged_elsewhere_names_no_freight():
    assert chosen("/promote prod", OnPull(sha(77))).why is Why.NOT_ON_BRANCH


def test_on_a_commit_it_is_that_commits_freight_or_the_one_that_landed_as_it():
    world = minted(3)
    landed = promotion("p", number=3, landed=sha(50))
    world = snapshot(
        records=type(world.records)(freights=world.records.freights, promotions=(landed,)),
        lines=world.lines,
    )

    assert chosen("/promote prod", OnCommit(sha(3)), world) == freight(3)
    assert chosen("/promote prod", OnCommit(sha(50)), world) == freight(3)
    assert chosen("/promote prod", OnCommit(sha(4)), world).why is Why.NOT_ITS_COMMIT


def test_an_unknown_stage_has_no_freight():
    assert chosen("/promote nowhere") == NoFreight(Why.NO_STAGE, ("nowhere",))


def test_the_table_and_the_parser_agree():
    """Every usage line, filled in, is read as the command that it documents."""
    for spec in TABLE:
        line = re.sub(r"\s*\[.*?\]", "", spec.usage).replace("STAGE", "prod")
        assert only(line).verb == spec.verb
        assert only(line).role == spec.role
