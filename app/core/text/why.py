"""The answer to `/why STAGE`: every gate, since when, when it is looked at next, what to do."""

from __future__ import annotations

from app.core.model.names import StageName
from app.core.model.verdicts import GateAnswer, Verdict
from app.core.text import freeing, hand_edits, markup
from app.core.text import gates as gate_words
from app.core.text.links import Site
from app.core.text.reason_texts import WORDS
from app.core.text.summaries import because, facts, next_command, next_look, wanted
from app.core.text.titles import title


def why(verdict: Verdict, site: Site) -> str:
    """Explain where the freight stands in the stage; ends with what there is to do."""
    gates = gate_words.with_lock(verdict)
    later = next_look(verdict)
    parts = [
        f"{markup.code(verdict.stage)}: **{markup.escape(title(verdict))}**",
        because(verdict),
        hand_edits.section(verdict),
        gate_words.table(verdict, gates),
        later,
        facts(verdict, site),
        freeing.about(verdict, site) or wanted(verdict) or to_do(verdict, gates, later),
    ]
    return "\n\n".join(p for p in parts if p)


def nothing(stage: StageName) -> str:
    """Nothing is of interest in *stage*: say so, and what would change that."""
    return (
        f"{markup.code(stage)} has no freight on its way: nothing newer than what it holds has "
        "come to it. It is looked at again when freight is minted or verified upstream."
    )


def to_do(verdict: Verdict, gates: tuple[GateAnswer, ...], said: str) -> str:
    """What a person does next where *said* does not tell it, or that there is nothing to do."""
    gate = next((g for g in gates if g.state == "fail"), None) or next(
        (g for g in gates if g.state == "wait"), None
    )
    if gate is None:
        command, purpose = next_command(verdict)
        shown = markup.code(command)
        return "" if shown in said else f"{purpose}: {shown}"
    look = (
        f"looked at again {'at ' * (gate.until is not None)}{gate_words.next_look(verdict, gate)}"
    )
    said = f"{gate_words.sentence(gate)} ({markup.escape(gate.gate)}); {look}."
    if gate.state == "fail" or (WORDS[gate.reason].do and gate.until is None):
        return f"**To do:** {said}"
    return f"Nothing to do: {said}"
