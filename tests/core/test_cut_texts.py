"""What does not fit into a run or a comment ends with a link to what holds the rest (rule R57)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.core.model.names import StageName, WarehouseName
from app.core.model.verdicts import GateAnswer, Reason
from app.core.planning.plan_result import HeadVerdict, MintWait
from app.core.text import cards, locks_file, minting, plan_runs, proposing_words
from app.core.text.commit_messages import pull_body
from app.core.text.summaries import Row, summary
from tests.core.foreign_values import first
from tests.core.foreign_words import proposal
from tests.core.saying import SITE, freight, promotion, sha, stages, verdict
from tests.core.starting import starter_of

ROWS = [Row(StageName(f"stage-{n}"), "🦊" * 69) for n in range(300)]
WAIT = verdict("verifying", Reason.VERIFYING)
GATES = tuple(GateAnswer("block", "wait", Reason.BLOCKED, detail=f"{n} " * 99) for n in range(900))
CHECKS = "[all checks of `{0}`](https://github.com/acme/api/commit/{1}/checks)"
MINTED = MintWait(WarehouseName("web"), sha(2), ("build",), failed=False)
HEAD = HeadVerdict(StageName("prod"), 4, sha(80), ready=False, verdict=WAIT._replace(gates=GATES))
TABLE = "\n".join(f"- problem {n} 🦊" for n in range(9000))


def checks(commit: str) -> str:
    return CHECKS.format(commit[:7], commit)


def a_card() -> str:
    names = [StageName(f"stage-{n}-ä{'x' * 40}") for n in range(900)]
    part = cards.Part(freight(5), tuple((name, WAIT._replace(stage=name)) for name in names))
    return cards.card([part], SITE, "abcd2345", over=False)


def a_first_plan() -> str:
    [look, *_] = first("so")
    proposed = replace(proposal("so"), number=4, first=(look,) * 3000)
    return plan_runs.first(proposed, sha(1), SITE, "abcd2345")


def linted(*files: str) -> str:
    return locks_file.joined([(file, TABLE) for file in files], sha(7), SITE, "abcd2345")


FILE = f"(https://github.com/acme/api/blob/{sha(7)}/"


@pytest.mark.parametrize(
    ("cut", "link"),
    [
        (lambda: summary(WAIT, SITE, "abcd2345", rows=ROWS), checks(sha(1))),
        (
            lambda: minting.summary(MINTED, StageName("dev"), SITE, "abcd2345", ROWS),
            checks(sha(2)),
        ),
        (a_card, checks(sha(5))),
        (lambda: plan_runs.own_summary(HEAD, SITE, "abcd2345"), checks(sha(1))),
        (a_first_plan, "[all files](https://github.com/acme/api/pull/4/files)"),
        (lambda: linted("stagelock.yaml"), f"[`stagelock.yaml`]{FILE}stagelock.yaml)"),
        (
            lambda: linted("stagelock.yaml", "stagelock-locks.yaml"),
            f"[`stagelock-locks.yaml`]{FILE}stagelock-locks.yaml)",
        ),
    ],
    ids=["stage", "minting", "card", "our pull request", "first file", "config", "both files"],
)
def test_a_text_that_is_cut_ends_with_a_link_to_the_rest(cut: Callable[[], str], link: str):
    text = cut()

    assert 50_000 < len(text.encode()) <= 65_535
    note = text[text.rindex("(The rest does not fit here: ") :]
    assert link in note.partition("\n")[0]


def test_a_text_that_fits_has_no_such_link():
    assert "all checks of" not in summary(WAIT, SITE, "abcd2345", rows=ROWS[:3])


def test_our_own_pull_requests_text_that_is_cut_names_the_command_that_tells_all():
    """What it waits for stands on no page of GitHub; how to move it on is there all the same."""
    [stage] = stages("prod", prod={"via": "pull-request"}).values()

    text = pull_body(promotion(stage="prod"), replace(stage, path="a/" * 30_000), [])

    assert "(The rest does not fit here: `/why prod` shows every gate.)\n" in text
    assert "### How to move it on\n\n- merge it once" in text
    assert text.endswith("`</sub>\n")
    assert len(text.encode()) <= 60_000


def test_of_many_upstreams_our_own_pull_request_names_some_and_is_not_cut():
    [stage] = stages("prod", prod={"via": "pull-request"}).values()
    needs = tuple(StageName(f"stage-{n}-{'x' * 60}") for n in range(900))

    text = pull_body(promotion(stage="prod"), replace(stage, needs=needs), [])

    assert re.search(r"from `stage-0-x+`, `stage-1-x+`, .* and 896 more to stage `prod`", text)
    assert "does not fit" not in text


def test_a_first_files_pull_request_that_is_cut_names_the_command_that_tells_all():
    [look, *_] = first("so")

    text = proposing_words.body(starter_of("so"), [look] * 3000, sha(1), "abcd2345")

    note = "\n\n(The rest does not fit here: `stagelock init --print` in a clone shows all of it.)"
    assert text.endswith(f"{note}\n\n<sub>event `abcd2345`</sub>\n")
    assert 50_000 < len(text.encode()) <= 65_535
