"""The answer to `/why STAGE`: every gate, since when, when it is checked again, what to do."""

from __future__ import annotations

from app.core.model.names import StageName
from app.core.model.verdicts import GateAnswer, Reason, Verdict
from app.core.text import freeing, hand_edits, markup
from app.core.text import gates as gate_words
from app.core.text.links import Site
from app.core.text.summaries import because, besides, facts, next_command, next_look, wanted
from app.core.text.titles import title


def why(verdict: Verdict, site: Site) -> str:
    """
    Explain where the freight stands in the stage: what a person has to do first of all, where one
    is waited for, else that nothing has to be done, at the end.
    """
    gates = gate_words.with_lock(verdict)
    later = next_look(verdict)
    wants = freeing.about(verdict, site) or asked(verdict)
    parts = [
        wants,
        f"{markup.code(verdict.stage)}: {markup.bold(title(verdict))}",
        because(verdict),
        hand_edits.section(verdict),
        gate_words.table(verdict, gates),
        later,
        facts(verdict, site),
        "" if wants else rest(verdict, gates, later),
    ]
    return "\n\n".join(p for p in parts if p)


def nothing(stage: StageName) -> str:
    """Nothing is of interest in *stage*: say so, and what would change that."""
    return (
        f"No freight is on its way to {markup.code(stage)}: there is nothing newer than what it "
        "holds. Checked again when freight is minted or verified upstream."
    )


def asked(verdict: Verdict) -> str:
    """What a person does, about what it waits for or a gate besides; "" where nobody is needed."""
    said = besides(verdict)
    return wanted(verdict) or (f"**To do:** {said}" if said else _mended(verdict))


def _mended(verdict: Verdict) -> str:
    """What a person does about the gate that it has failed; "" where it has failed none."""
    gate = next((g for g in verdict.gates if g.state == "fail"), None)
    if gate is None or gate.reason is not Reason.UPSTREAM_FAILED:
        return ""
    shown = markup.listed(markup.code(f"/why {name}") for name in gate.names)
    there = "says" if len(gate.names) == 1 else "say"
    return f"**To do:** mend what {gate_words.sentence(gate)}: {shown} {there} what that is."


def rest(verdict: Verdict, gates: tuple[GateAnswer, ...], said: str) -> str:
    """What is likely to be typed next where *said* does not tell it, or that nothing is to do."""
    gate = _deciding(gates)
    if gate is None:
        command, purpose = next_command(verdict)
        shown = markup.code(command)
        return "" if shown in said else f"{purpose}: {shown}"
    return f"Nothing to do: {_told(verdict, gate)}"


def _deciding(gates: tuple[GateAnswer, ...]) -> GateAnswer | None:
    """The first that failed, else the first that waits."""
    failed = (g for g in gates if g.state == "fail")
    return next(failed, None) or next((g for g in gates if g.state == "wait"), None)


def _told(verdict: Verdict, gate: GateAnswer) -> str:
    look = f"checked again {'at ' * (gate.until is not None)}{gate_words.next_look(verdict, gate)}"
    return f"{gate_words.sentence(gate)} ({markup.escape(gate.gate)}); {look}."
