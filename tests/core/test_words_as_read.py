"""The sentences of registries as people read them, each member: `said-by-code.md`; and what none shows."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

from app.core.commands import CommandProblem, Misread, NoFreight, Why
from app.core.commands.until import Unread
from app.core.config.starter.found import Notice, Remark
from app.core.locks.foreign import foreign
from app.core.locks.queue import Board
from app.core.model.comments import Followed
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import RequestState
from app.core.model.names import GroupName, Sha, StageName
from app.core.model.organization_locks import HomeFile, LinterAnswer
from app.core.model.people import Approval
from app.core.model.pipeline import Mark, Problem
from app.core.model.previews import FileChange, FileChanges, Held, StagePreview
from app.core.model.records import Records
from app.core.model.verdicts import Reason
from app.core.text import (
    approvals,
    lock_alerts,
    lock_presses,
    lock_reasons,
    lock_table,
    locks,
    locks_file,
    pipeline_file,
    plan_runs,
    refusals,
    replies,
    setup_words,
    starter_report,
)
from app.core.text import ends_of_runs as ends
from app.core.text.gate_words import GATE_WORDS
from app.core.text.locks import Around
from app.core.text.outcomes import ending
from app.core.text.reason_texts import WORDS
from tests.core.running import planned
from tests.core.saying import AT, SITE, freight, promotion, request
from tests.golden import FOLDER, matches

TEXTS = Path(__file__).parents[2] / "app/core/text"
NAMES = ("shop", "web", "4f2a91c")


class Anything(dict[str, str]):
    """Whatever a template names."""

    def __missing__(self, _name: str) -> str:
        return "shop"


FIELDS = Anything()


def planned_as(**more: object) -> str:
    """The run on a pull request's head: its title, and its summary."""
    draft = planned(**more)
    return f"> {draft.title}\n\n{draft.summary}"


DEV, E2E = StageName("dev"), StageName("e2e")


def fed_as(by_hand: tuple[StageName, ...] = (), foreign: tuple[StageName, ...] = ()) -> str:
    """What is read where stages that would receive something are shut."""
    files = FileChanges.of([FileChange("changed", "stages/x/web/index.html")])
    stages = tuple(
        StagePreview(
            name,
            freight(),
            f"main:stages/{name}",
            files,
            on_drift="block",
            by_hand=name in by_hand,
            foreign=Held(files=3) if name in foreign else None,
        )
        for name in (DEV, E2E)
    )
    return planned_as(warehouses=("web",), stages=stages)


HELD = {"granted_at": AT, "tokens": {GroupName("e2e-env"): 17}}
LOCKS = {
    **{state: request(1, state=state) for state in get_args(RequestState)},
    "held with a token": request(1, state="held", **HELD),
    "held out of turn": request(1, state="held", out_of_turn=True, **HELD),
    "suspect with a token": request(1, state="suspect", suspect_at=AT, **HELD),
    "merged out of turn": request(1, state="cancelled", reason=LockReason.OUT_OF_TURN),
    "forced by a person": request(1, state="forced", ended_by="mia", reason="stuck"),
}
TEN = timedelta(minutes=10)
OUTPUTS = ((DEV, ("stages/dev/x",), 1),)
PROBLEM = Problem("unknown key `x`", "unknown-key", Mark(3, 1))
GONE, UNREAD = LinterAnswer(gone=True), LinterAnswer(readable=False)
BAD = LinterAnswer(problems=(PROBLEM,))
PROPOSALS = {
    "unread": planned_as(known=False),
    "of nothing": planned_as(),
    "of outputs": planned_as(outputs=OUTPUTS),
    "of a stage that is edited by hand": fed_as(by_hand=(DEV,)),
    "of stages that are edited by hand": fed_as(by_hand=(DEV, E2E)),
    "of a stage that holds what nobody knows": fed_as(foreign=(E2E,)),
    "of stages that hold what nobody knows": fed_as(foreign=(DEV, E2E)),
    "of the file": planned_as(changes_config=True),
    "of a file that is invalid": planned_as(changes_config=True, config_problems=(PROBLEM,)),
    "of what removes the file": planned_as(changes_config=True, config_gone=True),
    "of a file elsewhere": planned_as(base="next", changes_config=True),
    "of what is over": "> {}\n\n{}".format(*plan_runs.over(promotion("failed"), "abcd2345")),
    "the file of groups is gone": locks_file.proposed("main", "main", GONE, force=True),
    "the file of groups is unread": locks_file.proposed("main", "main", UNREAD, force=True),
    "the file of groups is invalid": locks_file.proposed("main", "main", BAD, force=True),
    "the first file of groups is invalid": locks_file.proposed("main", "main", BAD, force=False),
}
UNSHOWN = 197
"""Sentences that no golden file holds yet. Show more, and lower it; a new one is shown at once."""


Said = Iterator[tuple[str, str, str]]
"""(What it is, which of them, how it is read)."""


def codes() -> Said:
    """Each member of a registry."""
    for problem in (*Misread, *Unread):
        yield "misread", problem, refusals.misread(CommandProblem("", problem, "shop"))
    for why in Why:
        yield "nothing to do", why, refusals.no_freight(NoFreight(why, NAMES))
    for code in LockReason:
        yield "a lock request", code, lock_reasons.said(code)
    for notice in Notice:
        yield "a starter", notice.name.lower(), starter_report.said(Remark(notice, NAMES))
    for gate, of_gate in GATE_WORDS.items():
        yield "a gate that passed", gate, of_gate.passed
    for reason in Reason:
        words = WORDS[reason]
        row = (words.row, words.next, words.sooner)
        yield "a row of gates", reason, " | ".join(part.format_map(FIELDS) for part in row)


def runs() -> Said:
    """Runs in states that other goldens do not show."""
    yield from (("a proposal", proposed, text) for proposed, text in PROPOSALS.items())
    removed, off = ends.removed(DEV), ends.not_on_its_way(DEV)
    for last in (ends.MOVED_ON, ends.TAKEN_OVER, ends.WENT_ON, removed, off):
        yield "the end of a run", "", f"> {last.title}\n\n{last.why}"
    for state, lock in LOCKS.items():
        around = Around(lock.groups[0], Board([lock]))
        said = locks.summary(lock, around, "abcd2345", SITE)
        yield "a lock's run", state, f"> {locks.title(lock, around)}\n\n{said}"
    holder, waits = request(1, state="held", **HELD), request(2)
    yield (
        "the locks in the status",
        "gone from the file",
        lock_table.board_table(Board([holder, waits]), {}, SITE),
    )
    for lasted in ((TEN,), (TEN, TEN, 2 * TEN)):
        around = Around(waits.groups[0], Board([holder, waits]), lasted=lasted)
        said = locks.summary(waits, around, "abcd2345", SITE)
        yield (
            "a lock's run",
            "who waits, and may expect when",
            f"> {locks.title(waits, around)}\n\n{said}",
        )


def files() -> Said:
    """What is said of a file that counts, or does not."""
    for valid, readable, force in itertools.product((True, False), repeat=3):
        said = pipeline_file.proposed("main", "main", valid=valid, readable=readable, force=force)
        yield "a proposed stagelock.yaml", "", said
    yield "a removed stagelock.yaml", "", pipeline_file.removed("main", "main")
    for counting in (None, Sha("4f2a91c" + "0" * 33)):
        yield "an invalid stagelock.yaml", "", pipeline_file.in_force([PROBLEM], None, counting)
        home = HomeFile(Sha("0" * 40), counting, BAD)
        yield "an invalid file of groups", "", locks_file.in_force(home, "acme")


def answers() -> Said:
    """Replies that name nothing foreign."""
    made = Approval(DEV, freight(), 7, "mia", AT)
    yield "an approval", "", approvals.done(made, None, SITE, "/promote dev 4f2a91c")
    for reviewed in (False, True):
        yield "an approval", "", approvals.none_to_take_back(DEV, reviewed=reviewed)
    yield "an approval", "", approvals.not_asked(DEV)
    yield "an approval", "", approvals.own(DEV, freight(), (), SITE)
    yield "an approval", "", approvals.own(DEV, freight(), ("@acme/release",), SITE)
    asked = Followed(0, "promote", DEV, freight(), AT)
    for promoted in ((), (promotion(number=2),)):
        yield (
            "a word that started nothing",
            "",
            ending(Records(promotions=promoted), asked, SITE) or "",
        )
    yield "help", "", replies.help_text()
    yield "late", "", replies.paced(60, AT)
    yield "too old", "", replies.too_old(AT)
    yield "taken back", "", replies.taken_back()
    held = foreign(request(state="suspect", granted_at=AT), "")
    held = replace(held, kind="client", groups=request().groups, owner="acme")
    for waits in (request(2), None):
        yield "another's job", "", lock_alerts.alert_foreign(held, SITE, "mia", waits)
    yield "another's job", "", lock_presses.here(held)
    yield (
        "another's job",
        "",
        lock_presses.may_not_elsewhere("stagelock / lock / e2e", "none", held),
    )


def setting_up() -> Said:
    """What `serve` and `setup` write in a terminal."""
    for step in (
        (setup_words.NOT_SET_UP, setup_words.FOR_THE_TERMINAL),
        setup_words.invitation("https://shop.example/setup", "http://127.0.0.1:1", again=False),
        setup_words.invitation("https://shop.example/setup", "", again=True),
        (setup_words.set_up_already(7, "the environment"),),
        (setup_words.WHERE, *setup_words.ASKED.values()),
        (
            *setup_words.create("page.html", "github.com"),
            *setup_words.paste("https://shop.example"),
        ),
        (setup_words.PASTED, setup_words.install("https://shop.example")),
        (setup_words.installed("acme", ("acme/shop",), 1), setup_words.installed("acme", (), 300)),
        (setup_words.app_lacks(("checks: write",), ""),),
        (setup_words.owner_must("acme", ("checks: write",), ""),),
        (setup_words.owner_must("acme", (), "https://shop.example"), setup_words.DONE),
    ):
        yield "set-up in a terminal", "", "\n".join(step)


def test_each_member_of_a_registry_is_read_as_it_was():
    told = (*codes(), *runs(), *files(), *answers(), *setting_up())
    parts = (f"## {kind}: {which}".rstrip(": ") + f"\n\n{text}\n" for kind, which, text in told)

    assert matches("said-by-code.md", "\n".join(parts))


def sentences(tree: ast.Module) -> Iterator[str]:
    """The fixed parts of what is said there, of three words or more."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            for part in re.split(r"\{[^}]*\}", node.value):
                if len(re.findall(r"[A-Za-z]{2,}", part)) >= 3:
                    yield bare(part)


def bare(text: str) -> str:
    """The words alone: Markdown's signs and line ends aside."""
    return " ".join(re.sub(r"[`*\\|>#]", " ", text).split())


def test_no_sentence_is_added_that_no_golden_file_shows():
    shown = bare(" ".join(file.read_text(encoding="utf-8") for file in sorted(FOLDER.iterdir())))
    unshown = [
        f"{file.name}: {part}"
        for file in sorted(TEXTS.glob("*.py"))
        for part in sentences(ast.parse(file.read_text(encoding="utf-8")))
        if part not in shown
    ]

    assert len(unshown) <= UNSHOWN, "\n".join(unshown)
