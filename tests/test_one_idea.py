"""
One idea, one place: how many files a person touches who adds one of a kind.

A file counts if it names the thing. Where it names one for what that one has to do with another idea, it stands
in the table of exceptions, with the reason; the table must not be longer than it has to be.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.core.gates.entry import GATES
from app.core.model.verdicts import Reason
from app.core.text.gate_words import GATE_WORDS
from app.core.text.reason_texts import WORDS

ROOT = Path(__file__).parent.parent
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "app").rglob("*.py"))
}
OF_EVERY_GATE = {
    "app/core/gates/entry.py",
    "app/core/model/verdicts.py",
    "app/core/text/gate_words.py",
}
"""Beside the gate's own file."""
MORE_OF_A_GATE = {
    "permission": {
        "app/core/planning/containment.py": "what keeps failing is told as what is lacking",
        "app/github/permissions.py": "the startup names what is lacking, too",
    },
    "needs": {
        "app/core/gates/soak.py": "a soak counts from the verification upstream",
        "app/core/planning/freight_standing.py": "what failed upstream is `unreached` here",
        "app/core/planning/pull_request_end.py": "a pull request ends when its freight is revoked upstream",
        "app/core/checkruns/stages.py": "a stage whose turn comes later has no run of its own yet",
        "app/core/commands/target_freight.py": "a command means freight that has come so far",
        "app/core/text/plan_runs.py": "the table of stages has a column for it",
    },
    "auto": {
        "app/core/planning/freight_standing.py": "only a person is missing: the phase `ready`",
        "app/core/text/titles.py": "the phase `ready` has its words",
    },
    "hold": {
        "app/core/planning/freight_standing.py": "what starts by hand is `ready` on hold, too",
    },
    "content": {
        "app/core/planning/freight_standing.py": "an empty stage has no first contact",
    },
    "drift": {
        "app/core/text/titles.py": "a title says once that a stage was edited",
    },
}


def files_of_gate(gate):
    """The files that import the gate's module or name one of its reasons."""
    [module] = {name for name, text in SOURCES.items() if defines(gate, text) and "/gates/" in name}
    stem = Path(module).stem
    reasons = "|".join(reason.name for reason in gate.reasons)
    names = re.compile(
        rf"\bReason\.(?:{reasons})\b|^    (?:{reasons}) = |core\.gates\.{stem}\b|core\.gates import (?:\([^)]*|[^\n(]*)\b{stem}\b",
        re.MULTILINE,
    )
    return {name for name, text in SOURCES.items() if names.search(text)} - {module}


def defines(gate, text):
    return re.search(rf'^NAME = "{gate.name}"$', text, re.MULTILINE) is not None


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_a_gate_is_four_files(gate):
    exceptions = set(MORE_OF_A_GATE.get(gate.name, ()))

    assert files_of_gate(gate) == OF_EVERY_GATE | exceptions


def test_every_gate_has_all_its_words():
    assert [gate.name for gate in GATES] == [name for name in GATE_WORDS if name != "lock"]
    for gate in GATES:
        assert set(GATE_WORDS[gate.name].waits) == set(gate.reasons)
        assert all(words.row and words.look for words in GATE_WORDS[gate.name].waits.values())


def test_every_reason_has_its_words_once():
    assert set(WORDS) == set(Reason)
