"""One table changes the state of a lock request: `app/core/locks/protocol.py`. Nobody else names one to set it."""

import ast
from pathlib import Path
from typing import get_args

from app.core.model.lock_requests import REQUEST_ENDS, RequestState

ROOT = Path(__file__).parent.parent
SOURCES = {
    path.relative_to(ROOT / "app").as_posix(): path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "app").rglob("*.py"))
    if "sandbox" not in path.parts
}
STATES = frozenset(get_args(RequestState))
REQUESTS = {"LockRequest", "DirectRequest"}
ENDERS = {"end", "take_over", "EndRequest", "TakeOver"}
"""What ends a request in a state that it is told."""
OF_OTHERS = {
    "core/locks/services.py": "what is held at an external service",
    "core/planning/advance.py": "a promotion",
    "core/planning/pull_request.py": "a promotion",
    "core/planning/pull_request_end.py": "a promotion",
    "core/planning/stage_plan.py": "a promotion",
    "core/planning/start.py": "a promotion",
    "core/rebuild/rows.py": "a promotion",
    "engine/actions/commits.py": "a promotion",
    "setup/desk.py": "who opened the address of the set-up",
}
"""Whose state is replaced there."""


def calls(source):
    """Each call with the last part of its name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            yield name, [*node.args, *(keyword.value for keyword in node.keywords)], node


def told(values, states):
    """The states among *values*, also one of two."""
    found = (node for value in values for node in _parts(value))
    return [n.value for n in found if isinstance(n, ast.Constant) and n.value in states]


def _parts(value):
    if isinstance(value, ast.IfExp):
        return (value.body, value.orelse)
    return value.elts if isinstance(value, ast.Tuple) else (value,)


def replaced(source):
    """What `replace` and `values` are told as a state, where that is not what the table says."""
    for name, _, node in calls(source):
        keywords = node.keywords if name in ("replace", "values") else ()
        found = (ast.unparse(keyword.value) for keyword in keywords if keyword.arg == "state")
        yield from (value for value in found if not value.startswith("after("))


def named(source):
    """The states that requests are made or ended with, by name."""
    for name, values, _ in calls(source):
        if name in REQUESTS:
            yield from told(values, STATES)
        if name in ENDERS:
            yield from told(values, REQUEST_ENDS)
        if name == "AnswerJobs":  # its answer, which is told alone, has a word of these, too
            yield from told([v for v in values if isinstance(v, ast.Tuple)], REQUEST_ENDS)


def test_the_state_of_a_request_is_replaced_by_the_protocol_alone():
    found = {name for name, source in SOURCES.items() if any(replaced(source))}
    assert found == {"core/locks/protocol.py", *OF_OTHERS}


def test_no_request_is_made_or_ended_in_a_state_that_is_named_there():
    assert {name: states for name, s in SOURCES.items() if (states := [*named(s)])} == {}


def test_the_store_names_no_end_of_a_request():
    """What is live it asks for; what has ended is what the table says."""
    rooms = {name: s for name, s in SOURCES.items() if name.startswith("sql/locks/")}
    assert len(rooms) > 8
    for name, source in rooms.items():
        constants = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Constant))
        assert [n.value for n in constants if n.value in REQUEST_ENDS] == [], name


def test_a_state_that_is_set_elsewhere_is_seen():
    assert [*replaced('replace(request, state="held")')] == ["'held'"]
    assert [*replaced("update(t).values(state=other)")] == ["other"]
    assert [*replaced("replace(r, state=after(r.state, event))")] == []
    assert [*named('EndRequest(1, "released", why)')] == ["released"]
    assert [*named('locks.end(claim, 1, "forced" if it else other, "")')] == ["forced"]
    assert [*named('LockRequest(0, 1, "held", at)')] == ["held"]
    assert [*named('AnswerJobs(p, 1, ("rejected", why))')] == ["rejected"]
