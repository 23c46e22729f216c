"""
The words of the gates: one entry a gate has all that is ever said of it.

Fields in braces are filled by `titles.fields`; a template holds nothing that changes with time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from app.core.model.pipeline import Stage
from app.core.model.verdicts import Reason
from app.core.text import approvals, gate_asks, markup
from app.core.text.outside_words import OUTSIDE
from app.core.text.words import Words


@dataclass(frozen=True, slots=True)
class GateWords:
    """One gate."""

    waits: Mapping[Reason, Words]
    """What is said while it has not passed, by reason."""
    passed: str = "passed"
    """What the table of gates says once it has."""
    asks: Callable[[Stage], str] = lambda _: ""
    """What a stage's file asks for by it, in Markdown; "" where the stage has no such gate."""


def asked_of(stage: Stage, but: Collection[str] = ()) -> tuple[str, ...]:
    """What *stage* asks of freight before it is written, in the order of the gates."""
    asks = (words.asks(stage) for name, words in GATE_WORDS.items() if name not in but)
    return tuple(text for text in asks if text)


GATE_WORDS: Mapping[str, GateWords] = {
    "permission": GateWords(
        {
            Reason.APP_LACKS: Words(
                "blocked: the App lacks {names}",
                "The GitHub App lacks a permission that this stage needs: {names}.",
                "It continues automatically within five minutes of the grant.",
                "a permission",
                do="{grant}.",
                row="the App lacks {names}",
                next="when it is granted",
                about_error=True,
            ),
        },
    ),
    "needs": GateWords(
        {
            Reason.UPSTREAM_UNVERIFIED: Words(
                "waiting for {names}",
                "This freight is not verified in {names} yet.",
                "Checked again as soon as there is a result from {names}.",
                row="not verified in {names} yet",
                next="when it is verified in {names}",
            ),
            Reason.UPSTREAM_FAILED: Words(
                "not reached: {names} failed",
                "It failed in {names}, so it did not get here.",
                "It continues when a retry there passes.",
                row="failed in {names}",
                next="when a retry there passes",
            ),
            Reason.UPSTREAM_REJECTED: Words(
                "not reached: rejected in {names}",
                "A rollback rejected it in {names}, so it did not get here.",
                "Newer freight can get here; this one only when a person names it: `{there}`.",
                row="rejected in {names} by a rollback",
                next="when a person names it: `{there}`",
            ),
        },
        "verified upstream",
        asks=gate_asks.needs,
    ),
    "block": GateWords(
        {
            Reason.BLOCKED: Words(
                "blocked: {detail}",
                "A person blocked this freight for every stage that it has not reached: {detail}",
                "It continues when it is allowed again; newer freight does not wait for it.",
                do="comment `{allow}` to let it continue.",
                row="blocked: {detail}",
                next="when somebody comments `{allow}`",
            ),
        },
    ),
    "reverted": GateWords(
        {
            Reason.REVERTED: Words(
                "waiting: {names} reverts {taken}, which is in it",
                "This freight contains commit {taken}, which {names} reverts.",
                "Newer freight without it is promoted instead. `{promote}` promotes this one "
                "anyway.",
                "a later commit",
                row="{names} reverts {taken}, which is in it",
                next="when newer freight comes, or somebody comments `{promote}`",
            ),
        },
        "reverted, but started by {names}",
    ),
    "rollback": GateWords(
        {
            Reason.TURNED_AWAY: Words(
                "rejected: rolled back to {names}",
                "The stage was rolled back from this freight to {names}.",
                "Newer freight can enter; this one only when a person names it.",
                "earlier freight",
                row="rejected by the rollback to {names}",
                next="when somebody names it: `/promote {stage} SHA`",
                purpose="To promote it anyway",
            ),
        },
        "named by {names}",
    ),
    "auto": GateWords(
        {
            Reason.NOT_STARTED: Words(
                "ready for {stage}: {promote}",
                "A person starts promotions to this stage (`auto: false`).",
                "Nothing is promoted here until then.",
                do="comment `{promote}` to start it.",
                row="waits for a person to start it",
                next="when somebody comments `{promote}`",
                purpose="To start it",
            ),
        },
        "started by {names}",
        asks=lambda stage: "" if stage.auto else f"`/promote {stage.name}`",
    ),
    "soak": GateWords(
        {
            Reason.SOAKING: Words(
                "soaking until {until}",
                "It must have been verified upstream for the length of the stage's `soak`.",
                "Checked again at {until}.",
                row="not long enough upstream",
                next="counted from its verification upstream",
            ),
        },
        "long enough upstream",
        asks=lambda stage: f"a soak of {markup.span(stage.soak)}" if stage.soak else "",
    ),
    "approval": GateWords(
        {
            Reason.NOT_APPROVED: Words(
                "waiting: needs {missing}: {approve}",
                "This stage requires approval (`approve`), and needs {missing}. {approvals}",
                "Checked again with each approval.",
                do="{approvers} comments `{approve}`.",
                row="needs {missing}. {approvals}",
                next="when {approvers} comments `{approve}`",
            ),
        },
        "approved by {names}",
        asks=approvals.asks,
    ),
    "hold": GateWords(
        {
            Reason.ON_HOLD: Words(
                "on hold{ends}: {detail}",
                "Automatic promotion to this stage is on hold: {detail}",
                "Nothing is promoted here automatically until {resumes}. `{promote}` starts one "
                "promotion despite the hold.",
                do="comment `/resume {stage}` to end the hold.",
                row="on hold: {detail}",
                next="when somebody comments `/resume {stage}`",
                sooner="when somebody comments `/resume {stage}`",
            ),
        },
        "on hold, but started by {names}",
    ),
    "windows": GateWords(
        {
            Reason.WINDOW_CLOSED: Words(
                "window opens {opens}: {names}",
                "The stage accepts promotions only within its `windows`; the next one is {names}.",
                "Checked again at {until}, when that opens.",
                "its windows",
                row="outside its windows; the next is {names}",
                next="when it opens",
            ),
            Reason.WINDOW_DENIED: Words(
                "closed until {opens}: {names}",
                "The stage accepts no promotions during {names} (`deny` of its `windows`).",
                "Checked again at {until}, when that ends.",
                "its denied windows",
                row="closed: {names}",
                next="when it ends",
            ),
            Reason.WINDOWS_OVER: Words(
                "waiting: none of its windows opens again",
                "The stage accepts promotions only within its `windows`, and the last one has "
                "ended.",
                "Checked again when `stagelock.yaml` changes.",
                do="give the stage a window in the future, in `stagelock.yaml`.",
                row="no window opens again",
                next="when `stagelock.yaml` changes",
            ),
        },
        "a window is open",
        asks=gate_asks.windows,
    ),
    "at-most-every": GateWords(
        {
            Reason.TOO_SOON: Words(
                "next promotion not before {until}",
                "The last promotion landed here less than `at-most-every` ago.",
                "Checked again at {until}.",
                row="the last promotion landed too recently",
            ),
        },
        "the last promotion is long enough ago",
        asks=gate_asks.every,
    ),
    "content": GateWords(
        {
            Reason.FOREIGN_CONTENT: Words(
                "{stage} holds content no freight explains ({names}): {promote}",
                "The stage already has content ({names}) that Stagelock did not write and no "
                "freight of this pipeline would produce. It is not replaced without confirmation.",
                "Checked again when somebody confirms, or when the content changes.",
                "some files",
                do="comment `{promote}` to replace it, or make the content match a freight.",
                row="the stage holds content that no freight explains",
                next="when somebody comments `{promote}`, which replaces it",
                purpose="To start it",
            ),
            Reason.FOREIGN_VALUE: Words(
                "{stage} holds {names}, which no freight explains: {promote}",
                "The stage's file has {names}, which Stagelock did not write and no freight of "
                "this pipeline would produce. It is not replaced without confirmation.",
                "Checked again when somebody confirms, or when the value changes.",
                "a value",
                do="comment `{promote}` to replace it, or make the value match a freight.",
                row="the stage holds {names}, which no freight explains",
                next="when somebody comments `{promote}`, which replaces it",
                purpose="To start it",
            ),
        },
        "a person agreed to replace what is there",
    ),
    "drift": GateWords(
        {
            Reason.DRIFT: Words(
                "{stage} was edited by hand: {promote} replaces it",
                "Somebody edited the stage by hand since its last promotion: {names}. The edit is "
                "not replaced without confirmation (`on-drift: block`).",
                "Checked again when somebody confirms, or when the edit is reverted.",
                "what it holds",
                do="comment `{promote}` to replace the edit, or revert it.",
                row="edited by hand: {names}",
                next="when somebody comments `{promote}`, which replaces it",
                purpose="To replace the hand edit",
            ),
        },
        "a person agreed to replace the hand edit",
    ),
    "lock": GateWords(
        {
            Reason.LOCK_QUEUED: Words(
                "lock {names}: {queue}",
                "Every gate has passed; the stage's lock is not free yet: {queue}.",
                "It starts automatically when its turn comes; there is nothing to do.",
                "group",
                row="{names} is not free",
                next="when it is its turn",
            ),
            **OUTSIDE,
            Reason.LOCK_SUSPECT: Words(
                "blocked: {names} is suspect; a maintainer must press Release",
                "Every gate has passed, but a lock is suspect: {names}. It should be free by now, "
                "but the job that used it may still run.",
                "It starts automatically once that job is known to have ended.",
                "group",
                row="{names} is suspect: the job that holds it may still run",
                next=(
                    "when its job is known to have ended, or a maintainer presses Release on the "
                    "lock's run"
                ),
            ),
        },
        "granted",
        asks=gate_asks.lock,
    ),
}
"""By the gates' names (`core/gates/entry.GATES`) in their order, then the lock."""
