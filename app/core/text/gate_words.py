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
                "GitHub does not let the App do what this stage needs: it lacks {names}.",
                "It goes on by itself within five minutes of that.",
                "a permission",
                do="{grant}.",
                row="the App lacks {names}",
                next="when it was granted",
                about_error=True,
            ),
        },
    ),
    "needs": GateWords(
        {
            Reason.UPSTREAM_UNVERIFIED: Words(
                "waits for {names}",
                "It has not been verified in {names} yet.",
                "It is looked at again as soon as {names} has an answer.",
                row="not verified in {names} yet",
                next="when {names} has verified it",
            ),
            Reason.UPSTREAM_FAILED: Words(
                "not reached: {names} failed",
                "It failed in {names}, so its turn never came here.",
                "It goes on when a retry there passes.",
                row="failed in {names}",
                next="when a retry there passes",
            ),
        },
        "verified upstream",
        asks=gate_asks.needs,
    ),
    "block": GateWords(
        {
            Reason.BLOCKED: Words(
                "blocked: {detail}",
                "It was blocked, for every stage where it is not yet: {detail}",
                "Newer freight passes it by. It goes on when it is allowed again.",
                do="comment `{allow}` when it may go on.",
                row="blocked: {detail}",
                next="when somebody comments `{allow}`",
            ),
        },
    ),
    "reverted": GateWords(
        {
            Reason.REVERTED: Words(
                "waiting: {names} reverts {taken}, which is in it",
                "Commit {taken} is in this freight, and {names} took it back since.",
                "Newer freight without it comes instead. `{promote}` brings this one all the same.",
                "a later commit",
                row="{names} reverts {taken}, which is in it",
                next="when newer freight comes, or somebody comments `{promote}`",
            ),
        },
        "reverted since, but started by {names}",
    ),
    "rollback": GateWords(
        {
            Reason.TURNED_AWAY: Words(
                "rejected: rolled back to {names}",
                "The stage was rolled back from it, to {names}.",
                "Newer freight enters; this enters again only when a person names it.",
                "earlier freight",
                row="turned away by the rollback to {names}",
                next="when somebody names it: `/promote {stage} SHA`",
                purpose="To bring it back all the same",
            ),
        },
        "named by {names}",
    ),
    "auto": GateWords(
        {
            Reason.NOT_STARTED: Words(
                "ready for {stage}: {promote}",
                "This stage starts when somebody says so (`auto: false`).",
                "It is looked at again when somebody does.",
                do="comment `{promote}` when it may start.",
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
                "It has to stay upstream for the stage's `soak` first.",
                "It is looked at again at {until}.",
                row="has to stay upstream longer",
                next="counts from the verification",
            ),
        },
        "stayed upstream long enough",
        asks=lambda stage: f"a soak of {markup.span(stage.soak)}" if stage.soak else "",
    ),
    "approval": GateWords(
        {
            Reason.NOT_APPROVED: Words(
                "waiting: needs {missing}: {approve}",
                "This stage asks for people's leave (`approve`), and needs {missing}. {approvals}",
                "It is looked at again with each approval.",
                do="{approvers} comments `{approve}` when it may enter.",
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
                "Automatic promotion here is on hold: {detail}",
                "It goes on {resumes}. `{promote}` starts one promotion all the same.",
                do="comment `/resume {stage}` when it may go on.",
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
                "The stage accepts promotions within its `windows`; the next is {names}.",
                "It is looked at again at {until}, when that opens.",
                "its windows",
                row="outside its windows; the next is {names}",
                next="when that opens",
            ),
            Reason.WINDOW_DENIED: Words(
                "closed until {opens}: {names}",
                "The stage accepts no promotions in {names} (`windows`, `deny`).",
                "It is looked at again at {until}, when that is over.",
                "its denied windows",
                row="closed: {names}",
                next="when that is over",
            ),
            Reason.WINDOWS_OVER: Words(
                "waiting: none of its windows opens any more",
                "The stage accepts promotions only within its `windows`, and the last is over.",
                "It is looked at again when `stagelock.yaml` changes.",
                do="give the stage a window that opens, in `stagelock.yaml`.",
                row="no window opens any more",
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
                "It is looked at again at {until}.",
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
                "The stage's outputs hold content ({names}) that no freight of this pipeline "
                "gives. We do not replace it unasked.",
                "It is looked at again when somebody says so, or when the content changes.",
                "some files",
                do="comment `{promote}` if it may be replaced, or make it what a freight gives.",
                row="the stage holds content that no freight explains",
                next="when somebody comments `{promote}`, which replaces it",
                purpose="To start it",
            ),
            Reason.FOREIGN_VALUE: Words(
                "{stage} holds {names}, which no freight explains: {promote}",
                "The stage's file says {names}, which no freight of this pipeline gives. "
                "We do not replace it unasked.",
                "It is looked at again when somebody says so, or when the value changes.",
                "a value",
                do="comment `{promote}` if it may be replaced, or write what a freight gives.",
                row="the stage holds {names}, which no freight explains",
                next="when somebody comments `{promote}`, which replaces it",
                purpose="To start it",
            ),
        },
        "a person said to replace what is there",
    ),
    "drift": GateWords(
        {
            Reason.DRIFT: Words(
                "{stage} was edited by hand: {promote} replaces it",
                "The stage's outputs were changed by hand since our last write: {names}. "
                "We do not replace that unasked (`on-drift: block`).",
                "It is looked at again when somebody says so, or when the change is reverted.",
                "what it holds",
                do="comment `{promote}` if it may be replaced, or revert the change.",
                row="edited by hand: {names}",
                next="when somebody comments `{promote}`, which replaces it",
                purpose="To replace what was edited by hand",
            ),
        },
        "a person said to replace what was edited by hand",
    ),
    "lock": GateWords(
        {
            Reason.LOCK_QUEUED: Words(
                "lock {names}: {queue}",
                "Every gate has passed; the stage's lock is not free yet. {queue}.",
                "It starts by itself when its turn comes: nothing needs to be done.",
                "group",
                row="{names} is not free",
                next="when it is its turn",
            ),
            **OUTSIDE,
            Reason.LOCK_SUSPECT: Words(
                "blocked: {names} is suspect; a maintainer must press Release",
                "Every gate has passed, but the lock {names} is suspect: who had it should have "
                "ended, and "
                "its job may still run.",
                "It starts by itself once that job is seen to have ended.",
                "group",
                row="{names} is suspect: the job that has it may still run",
                next=(
                    "when its job is seen to have ended, or a maintainer presses Release on the "
                    "lock's run"
                ),
            ),
        },
        "granted",
        asks=gate_asks.lock,
    ),
}
"""By the gates' names (`core/gates/entry.GATES`) in their order, then the lock."""
