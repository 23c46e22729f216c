"""
One idea, one place: how many files a person touches who adds one of a kind.

A file counts if it names the thing. Where it names one for what that one has to do with another idea, it stands
in the table of exceptions, with the reason; the table must not be longer than it has to be.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from app.core.commands import TABLE
from app.core.config.steps.registry import STEPS
from app.core.gates.entry import GATES
from app.core.model.questions import Question
from app.core.model.verdicts import Reason
from app.core.text.command_words import DOES
from app.core.text.gate_words import GATE_WORDS
from app.core.text.reason_texts import WORDS
from app.engine.commands.effects import EFFECTS

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
        "app/engine/commands/execute.py": "who is in a team may not be seen: the refusal says so",
        "app/core/text/pipeline_file.py": "jobs at environments wait for it: the linter's run says so",
        "app/core/planning/job_joins.py": "a job that may join a grant waits for it: it says so",
        "app/doctor/repositories.py": "a workflow that a stage starts needs it: the doctor says so",
    },
    "needs": {
        "app/core/text/why.py": "what failed upstream is to be mended, what was rejected there is not",
        "app/core/planning/pull_request_end.py": "a pull request ends when its freight is revoked upstream",
        "app/core/checkruns/stages.py": "a stage whose turn comes later has no run of its own yet",
        "app/core/commands/target_freight.py": "a command means freight that has come so far",
        "app/core/text/plan_runs.py": "the table of stages has a column for it",
    },
    "reverted": {
        "app/engine/commands/start.py": "its reply names the revert, or refuses for it",
    },
    "rollback": {
        "app/core/planning/freight_standing.py": "what was verified here is `turned-away`",
        "app/core/text/summaries.py": "its run says what brings it back",
    },
    "auto": {
        "app/core/planning/freight_standing.py": "only a person is missing: the phase `ready`",
        "app/core/text/titles.py": "the phase `ready` has its words",
        "app/engine/commands/approve.py": "the answer names the word that is to be typed beside it",
    },
    "hold": {
        "app/core/planning/freight_standing.py": "what starts by hand is `ready` on hold, too",
    },
    "approval": {
        "app/core/commands/target_freight.py": "which freight an approval is for",
        "app/engine/commands/approve.py": "the answer says what is missing still",
    },
    "content": {
        "app/core/planning/first_contact.py": "an empty stage has no first contact",
        "app/engine/preview.py": "what stages hold is told before there is a pipeline, too",
        "app/engine/survey/proposed.py": "a pull request is told of it before it is merged",
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


def constants(source):
    """The texts that a file holds, without its docstrings."""
    return {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


CONSTANTS = {
    name: constants(text)
    for name, text in SOURCES.items()
    if name.startswith(("app/core/commands/", "app/core/text/", "app/engine/commands/"))
}
OF_EVERY_COMMAND = {
    "app/core/commands/table.py",
    "app/core/text/command_words.py",
    "app/engine/commands/effects.py",
}
"""Beside the file of its effect, that of its answers, and its tests: six or seven."""
_BUTTON = {
    "app/core/text/titles.py": "titles say what to type",
    "app/core/text/buttons.py": "its button",
    "app/core/text/outcomes.py": "the reply tells what became of it",
    "app/core/commands/target_freight.py": "which freight it means",
    "app/core/commands/useless.py": "what it would not change",
    "app/engine/commands/start.py": "an order is one of the two",
    "app/engine/commands/execute.py": "it has a button",
}
MORE_OF_A_COMMAND = {
    "help": {"app/core/commands/parser.py": "`/stagelock` alone means it"},
    "why": {"app/core/commands/target_freight.py": "it is about a stage where there is no freight"},
    "promote": _BUTTON
    | {
        "app/core/commands/spec.py": "the scope of this name",
        "app/core/text/gates.py": "the next look of a gate that it passes",
        "app/engine/commands/show.py": "`/why` is about what `/promote` would mean",
    },
    "retry": _BUTTON | {"app/core/text/summaries.py": "what to type after an end"},
    "approve": {
        "app/core/commands/commanders.py": "a key of the file says who may",
        "app/core/commands/target_freight.py": "which freight it means",
        "app/core/text/approvals.py": "the words of its gate say what to type",
    },
    "unapprove": {"app/core/commands/commanders.py": "a key of the file says who may"},
    "cancel": {
        "app/core/commands/target_freight.py": "it means what is under way",
        "app/engine/commands/cancel.py": "the verb of its order",
    },
    "hold": {
        "app/core/text/gate_words.py": "the gate of this name",
        "app/core/text/documents.py": "a field of what programs read",
    },
    "status": {"app/core/text/documents.py": "a field of what programs read"},
    "rollback": {
        "app/core/text/gate_words.py": "the gate of this name",
        "app/core/text/buttons.py": "its button",
        "app/core/text/outcomes.py": "the reply tells what became of it",
        "app/engine/commands/execute.py": "it has a button",
        "app/engine/commands/rollback.py": "the verb of its order",
    },
    "block": {
        "app/core/text/gate_words.py": "the gate of this name",
        "app/core/text/hand_edits.py": "a value of `on-drift`",
        "app/core/commands/text.py": "a kind of Markdown token",
    },
    "lock": {
        "app/core/text/gate_words.py": "the gate of this name",
        "app/core/text/gates.py": "the gate of this name",
        "app/core/text/changes.py": "a key of a stage",
    },
    "allow": {
        "app/core/text/changes.py": "a key of `windows`",
        "app/core/commands/commanders.py": "a key of a stage",
        "app/core/text/titles.py": "what to type, where texts are filled in",
        "app/core/text/gates.py": "the same, in the table of gates",
    },
}


@pytest.mark.parametrize("spec", TABLE, ids=lambda spec: spec.verb)
def test_a_command_is_six_files(spec):
    exceptions = set(MORE_OF_A_COMMAND.get(spec.verb, ()))

    assert {name for name, found in CONSTANTS.items() if spec.verb in found} == (
        OF_EVERY_COMMAND | exceptions
    )


def test_every_command_has_its_effect_and_its_words():
    verbs = {spec.verb for spec in TABLE}

    assert set(EFFECTS) == verbs
    assert set(DOES) == verbs


OF_EVERY_STEP = {
    "app/core/model/steps.py",
    "app/core/config/steps/registry.py",
    "app/git/steps/carry_out.py",
}
"""Beside the file of its keys and that of its effect: five."""
MORE_OF_A_STEP = {
    "copy": {
        "app/core/config/derive.py": "a stage without steps copies what its upstream wrote",
        "app/core/config/loops.py": "only a copy of the freight could carry what was promoted before",
        "app/git/render.py": "a later step edits the file that it brings",
    },
}


@pytest.mark.parametrize("uses", STEPS)
def test_a_step_is_five_files(uses):
    value = "".join(word.capitalize() for word in uses.split("-"))
    own = uses.replace("-", "_")
    names = re.compile(
        rf"^class {value}\(|steps\.{own} import|model\.steps import (?:\([^)]*|[^\n(]*)\b{value}\b",
        re.MULTILINE,
    )
    naming = {name for name, text in SOURCES.items() if names.search(text)}
    files = {f"app/core/config/steps/{own}.py", f"app/git/steps/{own}.py"} & SOURCES.keys()

    assert naming == OF_EVERY_STEP | files | MORE_OF_A_STEP.get(uses, {}).keys()


MORE_OF_A_QUESTION = {
    "GroupQuestion": "three wait for what the organisation says: who queues, who inherits, and jobs at environments",
    "PastQuestion": "what it asks for is asked of the store as it stands, through the port",
}
"""The others: who asks, the survey, its room's answer, and the question itself; five with what cannot be answered."""


@pytest.mark.parametrize("question", sorted(kind.__name__ for kind in get_args(Question)))
def test_a_question_is_at_most_five_files(question):
    naming = {name for name, text in SOURCES.items() if re.search(rf"\b{question}\b", text)}

    assert (len(naming) > 5) == (question in MORE_OF_A_QUESTION), sorted(naming)


OF_EVERY_END = {
    "app/core/model/lock_requests.py",
    "app/core/locks/protocol.py",
    "app/core/checkruns/locks.py",
    "app/core/text/locks.py",
}
"""What it is called, what leads to it, its check run and its words; who decides it names the event."""


@pytest.mark.parametrize("state", ["released", "rejected", "forced"])
def test_an_end_of_a_lock_request_is_four_files(state):
    parts = ("app/core/", "app/engine/", "app/sql/")
    naming = {n for n, text in SOURCES.items() if n.startswith(parts) and state in constants(text)}

    assert naming == OF_EVERY_END | {
        "forced": {"app/core/locks/direct.py"},  # a part that is taken away with its grant
        # No request: freight that a rollback turned away is called so, too.
        "rejected": {"app/core/state/rejections.py", "app/core/text/status.py"},
    }.get(state, set())


def test_the_title_of_a_reason_stands_in_one_file():
    """The second that a change of it touches is its test."""
    places = Counter(
        text for name in SOURCES if name.startswith("app/") for text in constants(SOURCES[name])
    )

    for reason, words in WORDS.items():
        assert " " not in words.title or places[words.title] == 1, reason


def test_from_a_push_to_its_commit_there_are_at_most_18_files_and_one_way():
    section = (
        (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("### The way of a push")[1]
    )
    way = re.findall(r"^\d+\. `([^`]+)`", section.split("\n### ")[0], re.MULTILINE)

    assert 10 < len(way) <= 18
    for place, name in enumerate(way):
        imported = {module.replace(".", "/") + ".py" for module in imports(SOURCES[name])}
        assert not imported & set(way[:place]), name


def imports(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
