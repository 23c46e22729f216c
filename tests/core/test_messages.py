"""Promotion commits and pull requests: exact for people and hooks, harmless with foreign words."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model.facts import Commit
from app.core.model.names import FreightId, GroupName, StageName, WarehouseName
from app.core.model.pipeline import Stage
from app.core.text import sinks
from app.core.text.commit_messages import (
    commit_message,
    pull_body,
    pull_title,
    quoted,
    started_by,
    subject,
)
from tests.core.saying import AT, LAW, NASTY, promotion, sha

ANA = ("Ana", "ana@example.com")
STAGE = Stage(
    StageName("prod"),
    WarehouseName("web"),
    needs=(StageName("e2e"),),
    path="stages/prod",
    via="pull-request",
    soak=timedelta(hours=2),
    locks=(GroupName("e2e-env"),),
)
TRAILERS = tuple(f"Stagelock-{of}" for of in ("Stage", "Freight", "Promotion", "Branch", "Fence"))


def commit(number, text="Change it", authors=(ANA,)):
    return Commit(sha(number), (), sha(0), text, tuple(authors), AT)


def trailers(message):
    """What git reads as trailers: the last paragraph's lines of the form ``Key: value``."""
    last = message.rstrip("\n").split("\n\n")[-1].split("\n")
    assert all(re.match(r"[A-Za-z-]+: ", line) for line in last)
    return [tuple(line.split(": ", 1)) for line in last]


def test_the_message_is_exact():
    news = [
        commit(0xB << 152, "Show the price (#12)"),
        commit(0xA << 152, "Round it", [ANA, ("Bo", "bo@x.org")]),
    ]

    assert commit_message(
        promotion(), news, {GroupName("z"): 3, GroupName("e2e-env"): 17}, "main"
    ) == (
        "Promote web 0000000 to dev\n"
        "\n"
        "- 0b00000 Show the price (#12)\n"
        "- 0a00000 Round it\n"
        "\n"
        "Co-authored-by: Ana <ana@example.com>\n"
        "Co-authored-by: Bo <bo@x.org>\n"
        "Stagelock-Stage: dev\n"
        f"Stagelock-Freight: web@{sha(1)}\n"
        "Stagelock-Promotion: p1\n"
        "Stagelock-Branch: main\n"
        "Stagelock-Fence: e2e-env=17\n"
        "Stagelock-Fence: z=3\n"
    )


def test_a_permit_that_has_a_name_stands_beside_its_fence():
    groups = [GroupName(name) for name in ("z", "org-4/e2e-env", "count")]
    tokens = dict(zip(groups, (3, 17, 5), strict=True))
    permits = {groups[0]: ("a", "b"), groups[1]: ("e2e-1",)}
    message = commit_message(promotion(), [], tokens, "main", permits)
    locks = trailers(message)[4:]
    assert locks == [
        ("Stagelock-Fence", "count=5"),
        ("Stagelock-Fence", "e2e-env=17"),
        ("Stagelock-Fence", "z=3"),
        ("Stagelock-Permit", "e2e-env=e2e-1"),
        ("Stagelock-Permit", "z=a,b"),
    ]


def test_at_most_ten_commits_are_named():
    message = commit_message(promotion(), [commit(n) for n in range(14)], {}, "main")

    assert message.count("\n- ") == 11
    assert "- and 4 more" in message


def test_bots_are_not_credited_and_nobody_twice():
    authors = [
        ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"),
        ("Ana", "ANA@example.com"),
        ANA,
        ("", "x@example.com"),
        ("Eve", "no address"),
    ]

    message = commit_message(promotion(), [commit(1, authors=authors)], {}, "main")

    assert message.count("Co-auth") == 1


@LAW
@given(
    st.lists(
        st.tuples(NASTY, st.lists(st.tuples(NASTY, NASTY | st.emails()), max_size=3)), max_size=12
    )
)
def test_foreign_words_add_no_line_no_trailer_no_mention(rows):
    """A hook and a rebuild read these trailers; a mention in a commit notifies people."""
    news = [commit(n, text, authors) for n, (text, authors) in enumerate(rows)]
    message = commit_message(promotion(), news, {GroupName("g"): 1}, "main")
    ours = [line for line in trailers(message) if line[0] != "Co-authored-by"]

    assert [name for name, _ in ours] == list(TRAILERS)
    assert message.split("\n")[0] == "Promote web 0000000 to dev"
    body = message.split("\n\n")[1:-1]
    assert all(line.startswith("- ") for part in body for line in part.split("\n"))
    assert not re.search(r"@\w", "".join(body))
    assert all(sinks.clean(line) for line in message.split("\n"))


@pytest.mark.parametrize(
    "marker",
    ["[skip ci]", "[ci skip]", "[NO CI]", "[skip actions]", "[actions skip]", "***NO_CI***"],
)
def test_markers_that_skip_workflows_lose_their_power(marker):
    """A promotion whose checks never start would time out in verification."""
    assert marker not in quoted(f"Change it {marker}")
    assert "Change it (" in quoted(f"Change it {marker}")


def test_a_skip_checks_line_is_no_trailer():
    assert "skip-checks:" not in quoted("skip-checks: true")


def test_issues_are_not_closed_anew():
    """GitHub closes an issue for each such commit on the default branch."""
    assert "#12" not in quoted("Fixes #12")
    assert "#12" not in quoted("Fix the price, closes (#12)")
    assert quoted("Merge pull request #12 from acme/x") == "Merge pull request #12 from acme/x"


@pytest.mark.parametrize(
    ("subject_", "shown"),
    [
        (
            "Fix https://github.com/acme/shop/issues/12",
            "Fix https: //github.com/acme/shop/issues/12",
        ),
        ("closes #3", "closes # 3"),
        ("Fixes acme/shop#3", "Fixes acme/shop# 3"),
        ("resolves GH-3", "resolves GH- 3"),
        ("like acme/shop@4f2a91c", "like acme/shop@ 4f2a91c"),
        ("thanks @mia", "thanks @ mia"),
        ("see www.example.com", "see www .example.com"),
        ("a\u202eb\u200bc", "a b c"),
        ("Show the price (#12)", "Show the price (#12)"),
        ("Fix the price (#12)", "Fix the price (# 12)"),
    ],
)
def test_a_subject_in_a_commit_closes_calls_and_links_nothing(subject_, shown):
    """A commit's message is no Markdown: what GitHub acts on is broken where it is seen."""
    assert quoted(subject_) == shown


def test_the_pull_request_says_what_why_and_how_to_go_on():
    body = pull_body(promotion(stage="prod", started_by="ana"), STAGE, [commit(5, "Fix @bo's")])

    assert pull_title(promotion(stage="prod")) == "Promote web 0000000 to prod"
    assert "from `e2e` to stage `prod` (`stages/prod`). Started by `ana`." in body
    assert started_by(body) == started_by(body.replace("`ana`", "@\u200bana")) == "ana"
    assert "- verified in `e2e`\n- a soak of 2 h\n- the lock `e2e-env`" in body
    assert "`/promote prod` moves it to newer freight" in body
    assert "@bo" not in body
    assert re.search(r"event `[a-z2-7]{8}`</sub>\n$", body)


@LAW
@given(st.lists(NASTY, max_size=12))
def test_a_pull_request_body_calls_nobody_and_fits(texts):
    body = pull_body(promotion(stage="prod"), STAGE, [commit(n, t) for n, t in enumerate(texts)])

    assert len(body.encode()) <= 60_000
    assert not re.search(r"@\w", body)
    assert "<img" not in body


def test_the_subject_names_freight_and_stage():
    assert subject(promotion()) == "Promote web 0000000 to dev"


def test_the_pull_request_of_a_rollback_promises_what_holds_for_a_rollback():
    """It passes by upstream, soak and windows, and newer freight does not take it over."""
    back = replace(
        promotion(stage="prod", started_by="ana"), leaves=FreightId(WarehouseName("web"), sha(7))
    )

    body = pull_body(back, STAGE, [])

    assert "takes stage `prod` (`stages/prod`) back from web 0000000 to freight **web" in body
    assert started_by(body) == "ana"
    assert "verified in" not in body
    assert "soak" not in body
    assert "- the lock `e2e-env`\n- the check `stagelock / plan`" in body
    assert "takes over this pull request" not in body
    assert (
        "newer freight waits until this has ended, and then until the rollback's hold ends" in body
    )
    assert "`/resume prod`" in body
