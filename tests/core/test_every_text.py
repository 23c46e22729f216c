"""
Each text of ours is walked with foreign words, and a new one that nobody walks is noticed.

A text is a public function of `app/core/text`. `test_foreign_text` reads what they make as GitHub
reads Markdown; here are the other ones, titles and lines for terminals, and the proof that together
they are all.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given

import app.core.text
from app.core.commands import Command
from app.core.locks.foreign import foreign
from app.core.locks.queue import Board
from app.core.locks.quota import OverQuota
from app.core.model.comments import Followed
from app.core.model.facts import Rendered, StepProblem
from app.core.model.hand_edits import HandEdit
from app.core.model.installations import InstallationFact
from app.core.model.lock_requests import DirectRequest, ForeignRequest
from app.core.model.lock_services import ServiceUse
from app.core.model.organization_locks import LinterAnswer
from app.core.model.people import Approval, Approve, People
from app.core.model.pipeline import CheckRule, Mark, Pipeline, Problem, Stage, Warehouse
from app.core.model.previews import FirstTick
from app.core.model.records import Block, Hold, Records
from app.core.model.service_claims import Outside, ServiceClaim
from app.core.model.subjects import Subject
from app.core.model.verdicts import Drift, GateAnswer, Reason, Tally, Verdict
from app.core.planning.plan_result import HeadVerdict
from app.core.text import (
    approvals,
    blocks,
    cancels,
    cards,
    changes,
    commit_messages,
    drawn,
    environments,
    first_looks,
    freeing,
    hand_edits,
    holds,
    installation,
    lock_alerts,
    locks,
    locks_file,
    minting,
    outcomes,
    outside,
    people_locks,
    pipeline_file,
    plan_runs,
    previews,
    proposing_words,
    quarantine,
    replies,
    rights,
    rollbacks,
    rulesets,
    sinks,
    starter_file,
    starter_report,
    terminal,
    titles,
    why,
)
from app.core.text.markup import clock, fit, titled
from tests.core import test_foreign_text as walked
from tests.core.saying import AT, LAW, SITE, freight, plan, promotion, request, sha, verdict
from tests.core.starting import starter_of

ROOT = Path(app.core.text.__path__[0])
PROBLEM = Mark(1, 1)
HOUR = timedelta(hours=1)


def first(word: str) -> list[FirstTick]:
    held, odd = (
        FirstTick("prod", freight(), values=(word,)),
        FirstTick("e2e", freight(), problem=word),
    )
    return [held, odd, FirstTick("dev", freight())]


def hold(word: str) -> Hold:
    return Hold("prod", word, word, AT)


def block(word: str) -> Block:
    return Block(freight(), word, word, AT)


def restored(word: str) -> Rendered:
    return Rendered(sha(4), (), ((word, word),), 12, (word,) * 12)


def rolling(word: str, made: Rendered | StepProblem | None) -> rollbacks.Preview:
    away = (freight(), freight())
    return rollbacks.Preview(
        "prod", freight(), freight(), away, made, tuple(edits(word)), freight(), hold(word)
    )


def approval(word: str) -> Approval:
    return Approval("prod", freight(), 7, word, AT)


def tally(word: str) -> Tally:
    return Tally(3, (word,), (word,), (word,), (f"@{word}", f"@acme/{word}"))


def unapproved(word: str) -> GateAnswer:
    return GateAnswer("approval", "wait", Reason.NOT_APPROVED, (f"@{word}",), tally=tally(word))


def claim(word: str) -> ServiceClaim:
    return ServiceClaim(
        1, 42, 1, AT, "mutex", word, "stagelock-1-a", "a", "lost", AT, holder=word, detail=word
    )


def unserved(word: str) -> Verdict:
    use = ServiceUse(word, word)
    told = verdict("locking", Reason.LOCK_REFUSED, names=(str(use),))
    return told._replace(outside=Outside(use, refusal="resource"))


def edits(word: str) -> list[HandEdit]:
    return [HandEdit(word, (word,), fate) for fate in ("seen", "kept", "replaced")]  # type: ignore[arg-type]


def changed(word: str) -> Pipeline:
    people = People((word,), (word,))
    stage = Stage(
        "prod",
        "web",
        path=word,
        branch=word,
        verify=(CheckRule(word, word),),
        approve=Approve(people),
        allow=people,
    )
    return Pipeline({"web": Warehouse("web", branch=word, paths=(word,))}, {"prod": stage}, {})


def head(word: str, *, ready: bool = False) -> HeadVerdict:
    return HeadVerdict("prod", 1, sha(3), ready=ready, verdict=walked.told(word))


def command(word: str) -> Command:
    return Command("promote", word, "write", word, word)


def ended(word: str) -> str:
    about = (Subject(word, "https://github.com/x"),)
    row = promotion(
        state="failed", reason="checks-failed", detail=word, about=about, edits=tuple(edits(word))
    )
    followed = Followed(0, "promote", "dev", freight(), AT)
    told = outcomes.ending(Records(promotions=(row,)), followed, SITE) or ""
    return outcomes.ended("", told, replace(followed, verb="rollback"))


def person(word: str, state: str = "held", **more: object) -> DirectRequest:
    more = {"tokens": {"e2e": 17}, "granted_at": AT, "expires_at": AT, "commit": sha(3)} | more
    return DirectRequest(
        1, 7, word, "person", f"{word} x", ("e2e",), 1, state, AT, HOUR, purpose=word, **more
    )


def people(word: str) -> str:
    """Whose login is none is called by nothing that is said to them, or of them."""
    one, typed = person(word), Command("unlock", word, "read", group=word, reason=word, force=True)
    gone = person(word, "cancelled", granted_at=None, reason=word, ended_by=word)
    notice = people_locks.notice(one, AT, f"{word} x")
    parts = (
        people_locks.queued(person(word, "queued"), (one,)),
        people_locks.prolonged(one),
        people_locks.ending(gone, "e2e") or "",
        people_locks.ending(person(word, "rejected", granted_at=None, reason="too-large"), "e2e"),
        people_locks.left(one),
        people_locks.left(person(word, "queued")),
        people_locks.forced(one, "e2e", word, f"{word} x"),
        people_locks.forced(one, "e2e", word, ""),
        people_locks.again(typed),
        people_locks.runs(typed, "e2e", (one,)),
        people_locks.may_not(typed, "read", one, "e2e"),
        people_locks.nobody(word),
        people_locks.which(typed, "e2e", (one, one)),
        people_locks.unknown(typed, ("e2e",)),
        people_locks.unknown(typed, ()),
        people_locks.over_quota("e2e", OverQuota("pull", 5)),
        people_locks.may_not_press("keep", word, one),
        notice.outcome if notice else "",
        freeing.freeing((replace(one, state="suspect"),), SITE),
    )
    return "\n\n".join(parts)


def jobs(word: str) -> str:
    """What GitHub shows beside a run that waits at an environment."""
    held = replace(person(word), permits={"e2e": (word,)})
    waits = DirectRequest(
        2, 7, word, "job", word, ("e2e",), 2, "queued", AT, HOUR, owner="7/1", purpose=word
    )
    said = ("granted", "joined", "unnamed", "no-file", "timed-out", "too-large")
    return "\n\n".join(
        (
            environments.place(waits, Board((held, waits))),
            environments.over_quota("e2e", OverQuota("repository", 20)),
            *(environments.answer(one, word, held) for one in said),
        )
    )


def carded(word: str) -> str:
    """A freight that failed, one that waits for a lock, and one that is not there any more."""
    failed = verdict("failed", Reason.CHECK_FAILED, names=(word,), detail=word)
    queued = verdict("locking", Reason.LOCK_SUSPECT, names=(word,), holders=(elsewhere(word),))
    shown = (("dev", walked.told(word)), ("e2e", failed), ("prod", queued), ("live", "passed"))
    return cards.card([cards.Part(freight(), shown)], SITE, "abcd2345", over=False)


MARKDOWN: dict[str, Callable[[str], str]] = {
    "jobs at an environment": jobs,
    "holds": lambda w: "\n\n".join(
        [holds.done(hold(w), hold(w)), holds.resumed(hold(w)), holds.over(w, w), holds.not_held(w)]
    ),
    "people's locks": people,
    "what a lock service took away": lambda w: outside.lost(claim(w)),
    "blocks": lambda w: "\n\n".join(
        [
            blocks.done(block(w), block(w), SITE),
            blocks.allowed(block(w), SITE),
            blocks.not_blocked(freight(), SITE),
            cancels.cancelled("prod", freight(), SITE),
        ]
    ),
    "rollbacks": lambda w: "\n\n".join(
        [
            rollbacks.begun(rolling(w, made), SITE)
            for made in (restored(w), StepProblem(w, w, w, None, w), None)
        ]
        + [rollbacks.again("prod", freight(), SITE), rollbacks.hold_words(freight(), freight())]
    ),
    "approvals": lambda w: "\n\n".join(
        [
            approvals.done(approval(w), tally(w), SITE),
            approvals.taken_back([approval(w)], SITE),
            approvals.own("prod", freight(), (f"@{w}",), SITE),
            " ".join(approvals.fields(unapproved(w), None).values()),
            rights.not_among(command(w), "allow", (f"@{w}", f"@acme/{w}")),
            rights.clicked_by_others(w, w, (f"@{w}",), w),
            rights.teams_unknown(command(w), "https://github.com/x"),
        ]
    ),
    "what a file changes": lambda w: changes.listed(changes.changes(None, changed(w))),
    "what rulesets lack": lambda w: "\n\n".join(rulesets.gaps(changed(w), "main")),
    "our own pull request": lambda w: plan_runs.own_summary(head(w), SITE, "abcd2345"),
    "a plan of the first file": lambda w: plan_runs.first(
        replace(walked.proposal(w), first=tuple(first(w))), sha(1), "abcd2345"
    ),
    "a first file's pull request": lambda w: proposing_words.body(starter_of(w), first(w), sha(1)),
    "what happens first": lambda w: first_looks.table(first(w), sha(1)),
    "our own, ready": lambda w: plan_runs.own_summary(head(w, ready=True), SITE, "abcd2345"),
    "an end that is told": ended,
    "what is done": lambda w: replies.accepted(Followed(0, "promote", "dev", freight(), AT), SITE),
    "/why of a commit that is no freight": lambda w: minting.why(walked.wait(w), SITE),
    "what there is to do": lambda w: "\n\n".join(
        said(walked.told(w), walked.told(w).gates, *more)
        for said, more in ((why.failed_gate, ()), (why.rest, ("",)))
    ),
    "hand edits that went": lambda w: (
        f"{hand_edits.ending(edits(w))} {replies.replacing(edits(w))}"
    ),
    "a repository that rests": lambda w: quarantine.summary(2, w, AT, "abcd2345"),
    "a pipeline card": carded,
    "a lock turned suspect": lambda w: (
        lock_alerts.notice(
            request(1, state="held", granted_at=AT, repo_name=w, stage=w), w, AT, SITE, f"{w} x", 7
        ).outcome
    ),
    "a file on another branch": lambda w: "\n\n".join(
        pipeline_file.proposed(w, base) for base in ("main", w)
    ),
    "refused": lambda w: "\n\n".join(
        [
            replies.may_not_press(w, w, "maintain", "read"),
            replies.pressed(w, w),
            replies.nothing_to_press(w),
            replies.head_moved(command(w), sha(3), freight()),
            replies.outdated_click(w),
            replies.skipping(w),
        ]
    ),
}


def elsewhere(word: str) -> ForeignRequest:
    """A holder of another repository that anybody may see."""
    held = request(1, state="held", granted_at=AT, repo_name=f"acme/{word}")
    return foreign(replace(held, stage=word), f"acme/{word}")


TITLES: dict[str, Callable[[str], str]] = {
    "a stage": lambda w: titles.title(walked.told(w)),
    "our own pull request": lambda w: plan_runs.own_title(head(w)),
    "a plan of the first file": lambda w: first_looks.title(first(w)),
    "a lock service": lambda w: outside.waiting(claim(w)),
    "a lock service that is not served": lambda w: titles.title(unserved(w)),
    "others' pull request": lambda w: plan_runs.title(walked.proposal(w), changed("x")),
    "a file": lambda w: pipeline_file.title([Problem(w, "code", PROBLEM, w)], [], None),
    "a file of groups": lambda w: locks_file.joined_title(
        [
            (f, locks_file.title([Problem(w, "code", PROBLEM, w)], LinterAnswer()), True)
            for f in "ab"
        ]
    ),
    "a proposed file": lambda w: pipeline_file.proposal_title(
        [Problem(w, "code", PROBLEM, w)], [], changes.changes(None, changed(w))
    ),
    "drift": lambda w: hand_edits.suffix(Drift((HandEdit(w, (w,), "seen"),), "block")),
    "who holds it": lambda w: titles.queue_words((2, 3), (elsewhere(w),), said=titled, time=clock),
    "a lock past its time": lambda w: people_locks.overdue_title(person(w)),
    "who of the people holds it": lambda w: titles.queue_words(
        (2, 3), (person(w),), said=titled, time=clock
    ),
    "a lock": lambda w: locks.title(request(1, repo_name=w, reason=w, ended_by=w), walked.board(w)),
    "a commit that waits": lambda w: minting.title(walked.wait(w)),
    "a pull request of ours": lambda w: commit_messages.pull_title(promotion()),
}
LINES: dict[str, Callable[[str], Iterator[str] | tuple[str, ...]]] = {
    "stagelock plan": lambda w: terminal.lines(plan(walked.told(w))),
    "stagelock why": lambda w: terminal.explained(walked.told(w)),
    "what a change would bring": lambda w: previews.lines(walked.previewed(w)),
    "a picture": lambda w: drawn.drawn(changed(w)).splitlines(),
    "what a stage asks": lambda w: terminal.conditions(changed(w).stages["prod"]),
    "annotations": lambda w: tuple(
        part
        for one in pipeline_file.remarks([Problem(w, "code", PROBLEM, w)], [])
        for part in (one.message, one.title)
    ),
    "a starter": lambda w: tuple(starter_file.starter_file(starter_of(w).parts).splitlines()),
    "what a starter was made of": lambda w: (
        *starter_report.found(starter_of(w), "HEAD"),
        *starter_report.section("Guessed:", starter_report.guessed(starter_of(w))),
        *starter_report.left_out(starter_of(w)),
        *starter_report.next_steps(w, w),
    ),
    "what a starter does first": lambda w: starter_report.first_ticks(first(w), sha(1)),
    "which repository gets a first file": lambda w: (
        proposing_words.without([w]),
        proposing_words.proposed(w, w),
    ),
    "the installation": lambda w: (
        sinks.terminal(
            installation.line(
                w,
                1,
                1,
                [InstallationFact(3, w, suspended=False, lacks=(w,))],
                with_file=w,
                named=True,
            )
        ),
    ),
}
WITHOUT = {
    "setup_words.invitation": "our own address, for the terminal, whose sink it passes",
    "setup_words.unreached": "what a page escapes, and no Markdown",
    "outside.unserved": "problems of the file, whose sinks they pass",
    "setup_words.set_up_already": "the App's number, for the terminal, whose sink it passes",
    "setup_words.create": "our own addresses, for the terminal, whose sink it passes",
    "setup_words.paste": "our own address, for the terminal, whose sink it passes",
    "setup_words.install": "an address of GitHub, for the terminal, whose sink it passes",
    "setup_words.installed": "names of GitHub, for the terminal, whose sink they pass",
    "setup_words.app_lacks": "names of GitHub, for the terminal, whose sink they pass",
    "setup_words.owner_must": "names of GitHub, for the terminal, whose sink they pass",
    "pipeline_file.environments_closed": "names of lock groups and permissions",
    "pipeline_file.workflow_closed": "the name of a stage",
    "workflow_files.missing": "the message of a problem, whose sinks it passes",
    "workflow_files.not_startable": "the message of a problem, whose sinks it passes",
    "workflow_files.untold": "the message of a problem, whose sinks it passes",
    "rights.people_alone": "plain text: a JSON value, or the terminal, whose sink it passes",
    "approvals.none_to_take_back": "the name of a stage",
    "approvals.not_asked": "the name of a stage",
    "approvals.again": "the name of a stage",
    "plan_runs.over": "the names and ids of a promotion, which are ours",
    "commit_messages.created_message": "the names of a stage and its branch, in a message that is no Markdown",
    "commit_messages.started_by": "reads what `pull_body` wrote",
    "documents.documents": "values for JSON: foreign ones stay as they are, sentences are those of other texts",
    "documents.of_freight": "finds one of them",
    "ends_of_runs.not_on_its_way": "the name of a stage",
    "ends_of_runs.removed": "the name of a stage",
    "why.nothing": "the name of a stage",
    "cards.no_pipeline": "nothing of others",
    "terminal.not_known": "the name of a stage",
    "minting.over": "the id of a commit",
    "pipeline_file.in_force": "the id of a commit",
    "locks_file.joined": "Markdown of other texts",
    "quarantine.title": "a number",
    "quarantine.recovered": "nothing of others",
    "replies.help_text": "nothing of others",
    "replies.too_old": "a time",
    "summaries.deadline_of": "a time",
    "summaries.offers": "yes or no",
}
SINKS = {"markup", "sinks"}
"""What makes foreign text safe has tests of its own."""
CALLS = re.compile(r"@\w")


@pytest.mark.parametrize("place", MARKDOWN)
@LAW
@given(word=walked.WORDS)
def test_foreign_words_do_nothing_in_what_is_said_besides(place, word):
    assert list(walked.harm(fit(MARKDOWN[place](word), ""))) == []


@pytest.mark.parametrize("place", TITLES)
@LAW
@given(word=walked.WORDS)
def test_a_title_is_one_line_that_shows_all_of_itself_and_calls_nobody(place, word):
    title = TITLES[place](word)

    assert sinks.clean(title)
    assert CALLS.search(title.replace("web@", "")) is None


@pytest.mark.parametrize("place", LINES)
@LAW
@given(word=walked.WORDS)
def test_a_line_of_plain_text_shows_all_of_itself(place, word):
    assert [line for line in LINES[place](word) if not sinks.clean(line)] == []


def public() -> set[str]:
    """Every public function of the room that speaks."""
    return {
        f"{path.stem}.{node.name}"
        for path in ROOT.rglob("*.py")
        if path.stem not in SINKS
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def reached() -> set[str]:
    """Those that run while all places are walked."""
    found: set[str] = set()

    def told(frame, event, _arg):
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(ROOT):
            found.add(f"{path.stem}.{frame.f_code.co_name}")

    for name in [name for name in sys.modules if name.startswith("app.core.text.")]:
        for made in vars(sys.modules[name]).values():
            if hasattr(made, "cache_clear"):  # what another test made would be remembered
                made.cache_clear()
    before = sys.getprofile()
    sys.setprofile(told)
    try:
        for place in (walked.PLACES, MARKDOWN, TITLES, LINES):
            for make in place.values():
                list(make("foreign"))
        commit_messages.commit_message(promotion(), [], {}, "main")
    finally:
        sys.setprofile(before)
    return found


def test_every_text_is_walked_or_says_why_nothing_foreign_is_in_it():
    unwalked = public() - reached()

    assert unwalked - WITHOUT.keys() == set(), "walk it with foreign words, or say what it holds"
    assert set(WITHOUT) <= unwalked, "it is walked by now"
