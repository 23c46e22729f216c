"""What people are answered: a refusal says what, why, who can, and what to type."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.commands import TABLE, Command, CommandProblem, Misread, NoFreight, Why, parse
from app.core.model.comments import Followed
from app.core.model.names import Sha, StageName, WarehouseName
from app.core.model.pipeline import Pipeline
from app.core.model.records import Freight, Records
from app.core.model.snapshot import ConfigState
from app.core.model.verdicts import Reason
from app.core.planning.plan_result import MintWait
from app.core.text import people_locks, replies
from app.core.text.command_words import DOES
from app.core.text.outcomes import ending
from app.core.text.status import of_interest, status
from tests.core.explaining import MENTION, spoken
from tests.core.lining import line_of
from tests.core.saying import (
    AT,
    CONFIG,
    LAW,
    NASTY,
    SITE,
    freight,
    pipeline,
    plan,
    promotion,
    sha,
    snapshot,
    verdict,
)

PROMOTE = Command("promote", "/promote prod", "maintain", "prod")


def test_a_refusal_says_what_why_who_can_and_what_to_type():
    assert replies.refused(PROMOTE, "write", ["acme/release"]) == (
        "Not done: `/promote prod` needs *maintain*; you have *write*. acme/release can comment "
        "`/promote prod`."
    )
    assert "you have no access" in replies.refused(PROMOTE, "none")


def test_the_refusal_of_a_button_asks_nobody_to_type_it():
    text = replies.refused(Command("unlock", "Release of e2e-env", "maintain"), "write")

    assert text.endswith("Somebody with *maintain* can do it.")


def test_the_help_lists_every_command():
    text = replies.help_text()

    for spec in TABLE:
        assert f"| `{spec.usage}` | {spec.role} | {DOES[spec.verb]} |" in text


def test_the_help_says_how_gates_are_skipped_and_who_may():
    assert "| `/promote STAGE [FREIGHT] --skip-gates reason` | maintain |" in replies.help_text()


def test_an_unknown_stage_gets_a_suggestion_and_the_list():
    assert replies.unknown_stage(Command("promote", "", "write", "prd"), ["dev", "prod"]) == (
        "Not done: there is no stage `prd`. Did you mean `/promote prod`? "
        "Stages here: `dev` and `prod`."
    )


def test_a_moved_head_asks_to_name_the_freight():
    text = replies.head_moved(PROMOTE, sha(9), freight(0xABC << 132))

    assert text.endswith("`/promote prod 0000abc00000`")


SLIPS = {
    "/promote prd --skip-gates it is down": "/promote prod --skip-gates it is down",
    "/promote prd web@4f2a91c": "/promote prod web@4f2a91c",
    "/hold prd until 2h a release": "/hold prod until 2h a release",
    "/rollback prd to 4f2a91c": "/rollback prod to 4f2a91c",
}


@pytest.mark.parametrize("typed", SLIPS)
def test_what_was_probably_meant_is_all_that_was_typed_of_the_stage_that_there_is(typed: str):
    [slip], meant = parse(typed), SLIPS[typed]
    assert isinstance(slip, Command)

    assert f"Did you mean `{meant}`?" in replies.unknown_stage(slip, ["prod"])
    assert isinstance(parse(meant)[0], Command)


GROUP_SLIPS = {
    "/lock flor for 30m looking": "/lock floor for 30m looking",
    "/unlock flor": "/unlock floor",
    "/unlock flor#12 --force it is gone": "/unlock floor#12 --force it is gone",
}


@pytest.mark.parametrize("typed", GROUP_SLIPS)
def test_so_it_is_of_the_lock_group_that_there_is(typed: str):
    [slip], meant = parse(typed), GROUP_SLIPS[typed]
    assert isinstance(slip, Command)

    assert f"Did you mean `{meant}`?" in people_locks.unknown(slip, ["floor"])
    assert isinstance(parse(meant)[0], Command)


def test_where_the_head_moved_all_that_was_typed_is_to_be_said_with_the_freight():
    [command] = parse("/promote prod --skip-gates it is down")
    assert isinstance(command, Command)

    text = replies.head_moved(command, sha(9), freight(0xABC << 132))

    assert text.endswith("`/promote prod 0000abc00000 --skip-gates it is down`")


ASKED = Followed(0, "promote", StageName("prod"), freight(), AT)


def test_accepted_names_the_freight():
    assert replies.accepted(ASKED, SITE) == (
        f"Accepted: `prod` promotes [`web 0000000`](https://github.com/acme/api/commit/{sha(1)}). "
        "It starts as soon as every other gate has passed; this reply is edited when it has ended."
    )


def test_a_replys_last_word_names_its_freight_in_what_there_is_to_type():
    """It may stand on the commit of another freight, which the command alone would mean."""
    row = promotion(stage="prod", state="failed", reason="rule-refused", detail="GH013")
    text = ending(Records(promotions=(row,)), ASKED, SITE)

    assert text is not None
    assert f"`/retry prod {freight().sha[:12]}`" in text
    assert "`/retry prod`" not in text


def test_a_word_that_started_nothing_names_what_its_stage_moved_on_to():
    other = promotion(stage="prod", number=2)

    text = ending(Records(promotions=(other,)), ASKED, SITE) or ""

    assert "Nothing was started: before its turn came, `prod` moved on to [`web 0000000`]" in text
    assert f"commit/{sha(2)})." in text


def test_a_rollback_whose_target_was_revoked_before_its_turn_offers_nothing():
    """That what it was to bring back had been here, and was revoked, is no end of the rollback."""
    back = replace(ASKED, verb="rollback")
    then, since = back.at - timedelta(hours=1), back.at + timedelta(minutes=1)
    row = promotion(stage="prod", state="failed", reason="revoked", verified_at=then)
    row = replace(row, revoked_at=since, updated_at=since)
    for before in (row, replace(row, leaves=freight(2))):
        text = ending(Records(promotions=(before,)), back, SITE)

        assert text is not None
        assert "Nothing came back: before its turn came" in text
        assert "/retry" not in text


def test_on_an_open_pull_request_it_says_that_the_freight_is_not_its_own():
    text = replies.accepted(replace(ASKED, elsewhere=True), SITE)

    assert "(not this pull request's freight: this pull request is not merged). It starts" in text


def test_nothing_to_promote_says_why_and_what_to_type_instead():
    text = replies.nothing_to_do(PROMOTE, NoFreight(Why.NOTHING_NEWER, ("prod",)))

    assert text == (
        "Not done: `/promote prod`: nothing newer is verified upstream of prod. `/why prod` shows "
        "where it stands."
    )
    failed = replies.nothing_to_do(
        PROMOTE, NoFreight(Why.FAILED_THERE, ("web 1", "prod"), instead="/retry prod")
    )
    assert failed.endswith("web 1 failed in prod. Comment `/retry prod` instead.")


def test_a_near_miss_is_asked_about():
    (found,) = parse("/promot prod")

    assert isinstance(found, CommandProblem)
    assert replies.misread(found) == (
        "Not done: `/promot prod`. There is no command `/promot`. Did you mean `/promote prod`?"
    )


@LAW
@given(st.text(max_size=80) | NASTY)
def test_no_reply_repeats_foreign_words_where_they_work(text):
    """An answer that repeats a mention or a command would act in our name."""
    command = Command("promote", text, "write", text, text)
    problem = CommandProblem(text, Misread.NO_SUCH, text, text)
    parts = [
        replies.refused(command, "read", [text]),
        replies.unknown_stage(command, ["dev"]),
        replies.misread(problem),
        replies.nothing_to_do(command, NoFreight(Why.NO_STAGE, (text,))),
        replies.head_moved(command, sha(1), freight()),
        replies.outdated_click(text),
    ]
    whole = replies.reply(parts, "abcd2345")

    assert not MENTION.search(spoken(whole))
    assert parse(whole) == ()


@LAW
@given(st.text() | NASTY)
def test_what_the_parser_finds_can_be_answered_harmlessly(body):
    for found in parse(body):
        answer = (
            replies.misread(found)
            if isinstance(found, CommandProblem)
            else replies.unknown_stage(found, ["dev"])
        )
        assert not MENTION.search(spoken(answer))
        assert "\n" not in answer


def test_one_reply_holds_all_answers_and_ends_with_the_event():
    text = replies.reply(["one", "", "two"], "abcd2345")

    assert text == "one\n\n---\n\ntwo\n\n<sub>event `abcd2345`</sub>\n"


def test_status_is_the_stage_table():
    done = promotion(state="verified", landed=sha(50), landed_at=AT, verified_at=AT)
    world = snapshot(
        config=ConfigState("valid", Sha(CONFIG), Sha(CONFIG), pipeline("dev", "prod")),
        records=Records(freights=(Freight(freight(), AT),), promotions=(done,)),
        lines={"web": line_of((sha(2), sha(1)))},
        reachable=frozenset({sha(50)}),
    )
    found = plan(
        verdict("waiting", Reason.UPSTREAM_UNVERIFIED, stage="prod", names=("dev",)),
        minting=(MintWait(WarehouseName("web"), sha(2), ("build",), failed=False),),
    )
    text = status(world, found, SITE)
    link = f"[`web 0000000`](https://github.com/acme/api/commit/{sha(1)})"

    assert f"| `dev` | {link}, verified |  |" in text
    assert f"| `prod` | nothing promoted yet | {link}: waiting for dev |" in text
    assert "`web 0000000` is not promoted yet: it is waiting for `build`." in text


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (ConfigState("absent"), "There is no `stagelock.yaml` on `main`"),
        (
            ConfigState("absent", pipeline=Pipeline({}, {})),
            "There is no `stagelock.yaml` on `main`",
        ),
        (ConfigState("invalid", Sha(CONFIG)), "**To do:** fix `stagelock.yaml`: no valid version"),
    ],
)
def test_status_without_a_pipeline_says_why(config, words):
    assert words in status(snapshot(config=config), plan(), SITE)


def test_people_ask_about_what_is_on_its_way():
    """Newer freight that merely waits comes after the promotion that is running."""
    rows = (
        verdict("waiting", number=3),
        verdict("verifying", Reason.VERIFYING, number=2, promotion=promotion(number=2)),
        verdict("verified", Reason.VERIFIED, number=1),
    )

    assert of_interest(plan(*rows), StageName("dev")) == rows[1]
    assert of_interest(plan(rows[0], rows[2]), StageName("dev")) == rows[0]
    assert of_interest(plan(rows[2]), StageName("dev")) == rows[2]
    assert of_interest(plan(), StageName("dev")) is None


def test_texts_hold_no_running_times():
    """ "since 14:02 UTC", never "for 12 min": nothing is written because time passes."""
    text = replies.help_text()

    assert not re.search(r"\bago\b", text)
