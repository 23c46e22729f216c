"""The gates of a verdict: a Markdown table, a row each, and the sentence of one gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.model.group_names import spoken
from app.core.model.lock_requests import LockRequest
from app.core.model.names import StageName
from app.core.model.verdicts import GateAnswer, Reason, Verdict
from app.core.text import approvals, markup
from app.core.text.blocks import allow
from app.core.text.gate_words import GATE_WORDS
from app.core.text.named import Makers, Named
from app.core.text.reason_texts import WORDS
from app.core.text.titles import held_words

LOCK = "lock"
MARKS = {"pass": "pass", "wait": "**wait**", "fail": "**fail**"}


def table(verdict: Verdict, gates: Sequence[GateAnswer]) -> str:
    """Those *gates* of *verdict* in their order; "" where there are none."""
    if not gates:
        return ""
    rows = [
        f"| {markup.escape(g.gate)} | {MARKS[g.state]} | {sentence(g)} "
        f"| {markup.moment(g.since) if g.since else ''} | {next_look(verdict, g)} |"
        for g in gates
    ]
    head = "| gate | answer | why | since | checked again |\n|---|---|---|---|---|"
    return "\n".join((head, *rows))


def with_lock(verdict: Verdict) -> tuple[GateAnswer, ...]:
    """The gates of *verdict*, and the lock as the last of them where it has been asked for."""
    gates, request = verdict.gates, verdict.request
    if request is None or any(g.gate == LOCK for g in gates):
        return gates
    return (*gates, _lock(verdict, request))


def _lock(verdict: Verdict, request: LockRequest) -> GateAnswer:
    groups, asked = tuple(map(spoken, request.groups)), request.requested_at
    if request.shown == "suspect":
        return GateAnswer(LOCK, "wait", Reason.LOCK_SUSPECT, groups, request.suspect_at)
    if request.state != "queued":
        return GateAnswer(LOCK, "pass", Reason.PASSED, groups, request.granted_at)
    if verdict.reason is Reason.LOCK_SUSPECT:
        return GateAnswer(LOCK, "wait", Reason.LOCK_SUSPECT, verdict.names, asked)
    if verdict.reason in (Reason.CANNOT_ASK, Reason.ASKED_LATER):
        return GateAnswer(LOCK, "wait", verdict.reason, groups, asked)  # no time: it moves
    if verdict.outside is not None:
        return GateAnswer(LOCK, "wait", verdict.reason, verdict.names, asked)
    return GateAnswer(LOCK, "wait", Reason.LOCK_QUEUED, groups, asked)


def sentence(gate: GateAnswer) -> str:
    """Why the gate answers as it does, in Markdown."""
    if gate.reason is Reason.BY_ROLLBACK:
        return "passed by the rollback of {names}".format_map(_fields(gate))
    if gate.reason is Reason.SKIPPED:
        return "skipped by {names}".format_map(_fields(gate))
    if gate.state == "pass":
        words = GATE_WORDS.get(gate.gate)
        return (words.passed if words else "passed").format_map(_fields(gate))
    said = WORDS[gate.reason].row.format_map(_fields(gate)).strip()
    return said or markup.escape(str(gate.reason))


def next_look(verdict: Verdict, gate: GateAnswer) -> str:
    """When the *gate* of *verdict* is asked again: a time or an event; "" once it has passed."""
    if gate.state == "pass":
        return ""
    words = WORDS[gate.reason]
    if gate.until is None:
        return words.next.format_map(_fields(gate, verdict))
    sooner = f", or {words.sooner}" if words.sooner else ""
    return markup.moment(gate.until) + sooner.format_map(_fields(gate, verdict))


def _fields(gate: GateAnswer, verdict: Verdict | None = None) -> Mapping[str, str]:
    makers: Makers = {
        "names": lambda: _names(gate) or "something",
        "detail": lambda: held_words(gate, markup.escape),
        "taken": lambda: markup.escape(gate.detail),
        "promote": lambda: verdict.command("promote") if verdict else "",
        "allow": lambda: allow(verdict.freight) if verdict else "",
        "there": lambda: verdict.named_in(StageName(gate.names[0])) if verdict else "",
        **approvals.makers(gate, verdict),
        "stage": lambda: verdict.stage if verdict else "",
    }
    return Named(makers)


def _names(gate: GateAnswer) -> str:
    return markup.listed((markup.escape(name) for name in gate.names), any_of=gate.any_of)
