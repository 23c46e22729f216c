"""Each text of ours that holds foreign words, besides those that GitHub reads in `test_foreign_text`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from app.core.model.comments import Followed
from app.core.model.hand_edits import HandEdit
from app.core.model.installations import InstallationFact
from app.core.model.names import StageName
from app.core.model.organization_locks import LinterAnswer
from app.core.model.pipeline import Mark, Problem
from app.core.model.previews import Ignored
from app.core.model.renders import StepProblem
from app.core.model.verdicts import Drift
from app.core.remarks import promotions as remarks
from app.core.text import (
    approvals,
    blocks,
    cancels,
    changes,
    commit_messages,
    drawn,
    first_looks,
    hand_edits,
    holds,
    installation,
    lock_alerts,
    locks,
    locks_file,
    minting,
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
from app.core.text.markup import clock, titled
from tests.core import foreign_words as walked
from tests.core.foreign_values import (
    approval,
    block,
    carded,
    changed,
    claim,
    command,
    edits,
    elsewhere,
    ended,
    first,
    head,
    hold,
    jobs,
    people,
    person,
    restored,
    rolling,
    stuck,
    tally,
    unapproved,
    unserved,
)
from tests.core.saying import AT, SITE, freight, plan, promotion, request, sha
from tests.core.starting import starter_of

PROBLEM = Mark(1, 1)
MARKDOWN: dict[str, Callable[[str], str]] = {
    "jobs at an environment": jobs,
    "holds": lambda w: "\n\n".join(
        [
            holds.done(hold(w), hold(w)),
            holds.resumed(hold(w), holds.unknown()),
            holds.ended(hold(w), AT, holds.gone(StageName(w))),
            holds.enters(StageName(w), freight(), SITE, locks=True),
            holds.under_way(StageName(w), freight(), SITE),
            holds.nothing_enters(StageName(w)),
            holds.over(w, w),
            holds.not_held(w),
        ]
    ),
    "people's locks": people,
    "what a lock service took away": lambda w: outside.lost(claim(w)),
    "blocks": lambda w: "\n\n".join(
        [
            blocks.done(block(w), block(w), SITE),
            blocks.allowed(block(w), SITE),
            blocks.allowed(block(w), SITE, (StageName("prod"),)),
            blocks.not_blocked(freight(), SITE),
            cancels.cancelled(StageName("prod"), freight(), SITE, back=False, hold=None),
            cancels.cancelled(StageName("prod"), freight(), SITE, back=True, hold=hold(w)),
            cancels.taken_back(StageName("prod"), freight(), SITE, hold(w)),
        ]
    ),
    "rollbacks": lambda w: "\n\n".join(
        [
            rollbacks.begun(rolling(w, made), SITE)
            for made in (restored(w), StepProblem(w, w, w, None, w), None)
        ]
        + [
            rollbacks.again(StageName("prod"), freight(), SITE),
            remarks.rolled_back(freight(), freight()),
        ]
    ),
    "approvals": lambda w: "\n\n".join(
        [
            approvals.done(approval(w), tally(w), SITE),
            approvals.taken_back([approval(w)], SITE),
            approvals.own(StageName("prod"), freight(), (f"@{w}",), SITE),
            " ".join(made() for made in approvals.makers(unapproved(w), None).values()),
            rights.not_among(command(w), "allow", (f"@{w}", f"@acme/{w}")),
            rights.clicked_by_others(w, w, (f"@{w}",), w),
            rights.teams_unknown(command(w), "https://github.com/x"),
        ]
    ),
    "what a file changes": lambda w: changes.listed(changes.changes(None, changed(w))),
    "what rulesets lack": lambda w: "\n\n".join(rulesets.gaps(changed(w), "main")),
    "our own pull request": lambda w: plan_runs.own_summary(head(w), SITE, "abcd2345"),
    "a plan of the first file": lambda w: plan_runs.first(
        replace(walked.proposal(w), first=tuple(first(w))), sha(1), SITE, "abcd2345"
    ),
    "a first file's pull request": lambda w: proposing_words.body(
        starter_of(w), first(w), sha(1), "abcd2345"
    ),
    "what happens first": lambda w: first_looks.table(first(w), sha(1)),
    "our own, ready": lambda w: plan_runs.own_summary(head(w, ready=True), SITE, "abcd2345"),
    "the plan is introduced": lambda w: plan_runs.introduced(w, "abcd2345"),
    "an end that is told": ended,
    "what is done": lambda w: replies.accepted(
        Followed(0, "promote", StageName("dev"), freight(), AT), SITE
    ),
    "/why of a commit that is no freight": lambda w: minting.why(walked.wait(w), SITE),
    "what there is to do": lambda w: "\n\n".join(
        (why.asked(walked.told(w)), why.rest(walked.told(w), walked.told(w).gates, ""))
    ),
    "hand edits that went": lambda w: (
        f"{hand_edits.ending(edits(w))} {replies.replacing(edits(w))}"
    ),
    "a repository that rests": lambda w: quarantine.summary(2, w, AT, "abcd2345"),
    "a pipeline card": carded,
    "a lock turned suspect": lambda w: lock_alerts.alert(
        request(1, state="held", granted_at=AT, repo_name=w, stage=w),
        w,  # type: ignore[arg-type]  # even a reason that is no word of ours is no way in
        SITE,
        f"{w} x",
    ),
    "a job's lock turned suspect": stuck,
    "a file on another branch": lambda w: "\n\n".join(
        say(w, base)
        for say in (pipeline_file.proposed, pipeline_file.removed)
        for base in ("main", w)
    ),
    "refused": lambda w: "\n\n".join(
        [
            replies.may_not_press(w, w, "maintain", "read"),
            replies.pressed(w, w),
            replies.nothing_to_press(w),
            replies.head_moved(command(w), sha(3), freight()),
            replies.head_moving(command(w), freight()),
            replies.outdated_click(w),
            replies.skipping(w),
        ]
    ),
}
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
LINES: dict[str, Callable[[str], Iterable[str]]] = {
    "stagelock plan": lambda w: terminal.lines(plan(walked.told(w))),
    "stagelock why": lambda w: terminal.explained(walked.told(w)),
    "what a change would bring": lambda w: previews.lines(walked.previewed(w)),
    "what a change leaves out": lambda w: previews.ignored_lines([Ignored(w, w, 3)]),
    "a picture": lambda w: drawn.drawn(changed(w)).splitlines(),
    "what a stage asks": lambda w: terminal.conditions(changed(w).stages[StageName("prod")]),
    "annotations": lambda w: tuple(
        part
        for remark in pipeline_file.remarks([Problem(w, "code", PROBLEM, w)], [])
        for part in (remark.message, remark.title)
    ),
    "a starter": lambda w: tuple(starter_file.starter_file(starter_of(w).parts).splitlines()),
    "what a starter was made of": lambda w: (
        *starter_report.found(starter_of(w), "HEAD"),
        *starter_report.section("Guessed:", starter_report.guessed(starter_of(w))),
        *starter_report.left_out(starter_of(w)),
        *starter_report.next_steps(w, w),
        starter_report.wrote(w),
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
