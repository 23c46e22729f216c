"""The same verdicts as lines of plain text, for `stagelock plan`, `status` and `why`."""

from __future__ import annotations

import re

from app.core.model.names import StageName
from app.core.model.pipeline import Stage
from app.core.model.verdicts import Verdict
from app.core.planning.plan_result import Plan
from app.core.text import gates as gate_words
from app.core.text import markup, sinks
from app.core.text.gate_words import asked_of
from app.core.text.summaries import because, next_look
from app.core.text.titles import title
from app.core.text.why import asked

_MARKS = re.compile(r"(?<!\\)[`*]|\\(?=[\\`*_\[\]#!|~$+=-])")
_SUB = re.compile(r"</?sub>")


def lines(plan: Plan) -> tuple[str, ...]:
    """A line for each verdict, in needs-order: stage, freight, phase, words."""
    verdicts = plan.verdicts
    stages = max((len(v.stage) for v in verdicts), default=0)
    freights = max((len(v.freight.short) for v in verdicts), default=0)
    phases = max((len(v.phase) for v in verdicts), default=0)
    return tuple(
        f"{v.stage:<{stages}}  {v.freight.short:<{freights}}  {v.phase:<{phases}}  "
        f"{plain(title(v))}".rstrip()
        for v in verdicts
    )


def explained(verdict: Verdict) -> tuple[str, ...]:
    """The lines of `stagelock why`: what to do, the title, the reason, the gates, the next look."""
    rows = [plain(asked(verdict))]
    rows += [f"{verdict.stage}  {verdict.freight.short}  {plain(title(verdict))}"]
    rows += [plain(because(verdict))]
    for gate in gate_words.with_lock(verdict):
        look = gate_words.next_look(verdict, gate)
        since = f"since {markup.moment(gate.since)}" if gate.since else ""
        notes = "; ".join(note for note in (since, f"checked again: {look}" * bool(look)) if note)
        more = f" ({notes})" if notes else ""
        rows.append(plain(f"  {gate.state:<4}  {gate.gate:<13}  {gate_words.sentence(gate)}{more}"))
    rows.append(plain(next_look(verdict)))
    return tuple(line for line in rows if line)


def conditions(stage: Stage) -> tuple[str, ...]:
    """What *stage* asks of freight on its way in, in the order in which it is asked."""
    merge = "merge by us" if stage.merge == "auto" else "merge by a person"
    own = (merge,) if stage.via == "pull-request" else ()
    return (*(plain(text) for text in asked_of(stage)), *own)


def not_known(upstream: StageName) -> str:
    """Why nothing can be said of a stage that copies from *upstream*."""
    return f"what {upstream} would hold is not known"


def plain(text: str) -> str:
    """Markdown of ours as a terminal shows it: no marks, no control characters."""
    bare = _SUB.sub("", _MARKS.sub("", text))
    for mark, char in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        bare = bare.replace(mark, char)
    return sinks.terminal(bare)
