"""The gates of a verdict: a Markdown table, a row each, and the sentence of one gate."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.model.records import LockRequest
from app.core.model.verdicts import GateAnswer, Reason, Verdict
from app.core.text import markup
from app.core.text.titles import held_words

_FAIL_OR_WAIT = {
    Reason.APP_LACKS: "the App lacks {names}",
    Reason.UPSTREAM_UNVERIFIED: "not verified in {names} yet",
    Reason.UPSTREAM_FAILED: "failed in {names}",
    Reason.NOT_STARTED: "waits for a person to start it",
    Reason.SOAKING: "has to stay upstream longer",
    Reason.TOO_SOON: "the last promotion landed too recently",
    Reason.ON_HOLD: "on hold: {detail}",
    Reason.FOREIGN_CONTENT: "the stage holds content that no freight explains",
    Reason.FOREIGN_VALUE: "the stage holds {names}, which no freight explains",
    Reason.DRIFT: "edited by hand: {names}",
    Reason.LOCK_QUEUED: "{names} is not free",
    Reason.LOCK_SUSPECT: "{names} is suspect: the job that has it may still run",
    Reason.BUSY: "another promotion is on its way",
    Reason.NO_EVIDENCE: "{names} has not run on this content",
    Reason.VERIFYING: "{names} is awaited",
    Reason.TO_RUN: "{names} is awaited",
    Reason.CHECK_FAILED: "{names} failed",
}
_PASSED = {
    "needs": "verified upstream",
    "auto": "started by {names}",
    "soak": "stayed upstream long enough",
    "hold": "on hold, but started by {names}",
    "at-most-every": "the last promotion is long enough ago",
    "content": "a person said to replace what is there",
    "drift": "a person said to replace what was edited by hand",
    "lock": "granted",
    "checks": "passed",
}
RELEASED = "when its job is seen to have ended, or a maintainer presses Release on the lock's run"
MARKS = {"pass": "pass", "wait": "**wait**", "fail": "**fail**"}


def table(gates: Sequence[GateAnswer]) -> str:
    """All *gates* in their order; "" where there are none."""
    if not gates:
        return ""
    rows = [
        f"| {markup.escape(g.gate)} | {MARKS[g.state]} | {sentence(g)} "
        f"| {markup.moment(g.since) if g.since else ''} | {next_look(g)} |"
        for g in gates
    ]
    head = "| gate | answer | why | since | looked at next |\n|---|---|---|---|---|"
    return "\n".join((head, *rows))


def with_lock(verdict: Verdict) -> tuple[GateAnswer, ...]:
    """The gates of *verdict*, and the lock as the last of them where it has been asked for."""
    gates, request = tuple(_named(verdict, gate) for gate in verdict.gates), verdict.request
    if request is None or any(g.gate == "lock" for g in gates):
        return gates
    return (*gates, _lock(verdict, request))


def _named(verdict: Verdict, gate: GateAnswer) -> GateAnswer:
    """*gate* with the command that it waits for as it is to be typed where this is said."""
    if not verdict.named:
        return gate
    plain = verdict._replace(named=False).command("promote")
    return gate._replace(event=gate.event.replace(plain, verdict.command("promote"), 1))


def _lock(verdict: Verdict, request: LockRequest) -> GateAnswer:
    groups, asked = request.groups, request.requested_at
    if request.state == "suspect":
        since = request.suspect_at
        return GateAnswer("lock", "wait", Reason.LOCK_SUSPECT, groups, since, event=RELEASED)
    if request.state != "queued":
        return GateAnswer("lock", "pass", Reason.PASSED, groups, request.granted_at)
    if verdict.reason is Reason.LOCK_SUSPECT:
        names = verdict.names
        return GateAnswer("lock", "wait", Reason.LOCK_SUSPECT, names, asked, event=RELEASED)
    return GateAnswer(
        "lock", "wait", Reason.LOCK_QUEUED, groups, asked, event="when it is its turn"
    )


def sentence(gate: GateAnswer) -> str:
    """Why the gate answers as it does, in Markdown."""
    names = markup.listed(markup.escape(n) for n in gate.names) or "something"
    if gate.state == "pass":
        return _PASSED.get(gate.gate, "passed").format(names=names)
    template = _FAIL_OR_WAIT.get(gate.reason)
    if template is None:
        return markup.escape(str(gate.reason))
    return template.format(names=names, detail=markup.escape(held_words(gate)))


def next_look(gate: GateAnswer) -> str:
    """When the gate is asked again: a time or a named event; "" once it has passed."""
    if gate.state == "pass":
        return ""
    if gate.until is not None:
        ends = f", or when somebody comments {markup.code(gate.event)}" * gate.event.startswith("/")
        return f"{markup.moment(gate.until)}{ends}"
    if gate.event.startswith("/"):
        command, _, rest = gate.event.partition(" replaces ")
        return f"when somebody comments {markup.code(command)}" + (
            f", which replaces {rest}" * bool(rest)
        )
    if gate.event:
        return markup.escape(gate.event)
    return "when something about it changes"
