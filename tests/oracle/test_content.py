"""What a commit of ours must hold, and what it must not touch."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.core.model.hand_edits import HandEdit
from app.core.model.names import GroupName
from tests.oracle.content import written
from tests.oracle.histories import line, moment, plan, request, row

COPY = [{"uses": "copy", "with": {"from": "apps", "to": "web"}}]
SET = [{"uses": "yaml-set", "with": {"file": "k.yaml", "values": {"tag": "${{ freight.short }}"}}}]
SAY = [
    {
        "uses": "yaml-set",
        "with": {"file": "permit.yaml", "values": {"permit": "${{ lock.e2e }}"}},
    }
]
FILE = plan(
    {
        "dev": {"path": "dev", "steps": COPY},
        "e2e": {"path": "e2e", "needs": ["dev"]},
        "keys": {"path": "keys", "steps": SET},
        "says": {"path": "says", "steps": SAY, "lock": ["e2e"]},
    }
)
LINE = line("abcd")


def wrong(
    stage: str, held: Mapping[tuple[str, str], object], changed: str, **more: Any
) -> list[str]:
    """Commit d is written for freight b, which dev received in c; *held* is what lies where."""
    now = moment(FILE, LINE, rows=(row("dev", "b", "c"),))
    object.__setattr__(now, "at", lambda sha, path, key: held.get((sha, path)))
    said = written(now, row(stage, "b", **more), "d", [changed])
    return [words.split(":")[0] for words in said]


def test_a_copy_is_the_freights_object():
    """rule S2"""
    assert wrong("dev", {("b", "apps"): 1, ("d", "dev/web"): 1}, "dev/web/x") == []
    assert wrong("dev", {("b", "apps"): 1, ("d", "dev/web"): 2}, "dev/web/x") == ["I14"]


def test_without_steps_it_is_what_the_upstream_wrote_not_what_lies_there():
    """rule S12, rule S19"""
    assert wrong("e2e", {("c", "dev/web"): 1, ("d", "e2e/web"): 1}, "e2e/web/x") == []
    moved = {("c", "dev/web"): 1, ("a", "dev/web"): 2, ("d", "e2e/web"): 2}
    assert wrong("e2e", moved, "e2e/web/x") == ["I14"]


def test_a_key_is_set_to_what_the_template_gives():
    """rule S6"""
    assert wrong("keys", {("d", "keys/k.yaml"): "b"}, "keys/k.yaml") == []
    assert wrong("keys", {("d", "keys/k.yaml"): "a"}, "keys/k.yaml") == ["I14"]


def test_nothing_else_is_touched():
    """rule I9"""
    same = {("b", "apps"): 1, ("d", "dev/web"): 1}
    assert wrong("dev", same, "dev/own.txt") == ["I9"]
    assert wrong("dev", same, "docs/x") == ["I9"]


def test_what_is_named_as_kept_may_differ():
    """rule D3"""
    kept = (HandEdit("dev/web/x", ("Bob",), "kept"),)
    held = {("b", "apps"): 1, ("d", "dev/web"): 2}
    assert wrong("dev", held, "dev/web/x", edits=kept) == []


def test_what_is_written_under_a_grant_says_the_permit_that_it_has():
    """rule S11: also what a rollback writes; before the grant anything may stand there."""
    for leaves in (None, row("says", "c").freight):
        for state, said, expected in (
            ("held", "e2e-2", []),
            ("held", "e2e-1", ["S11"]),
            ("suspect", "", ["S11"]),
            ("queued", "", []),
        ):
            made, held = row("says", "b", leaves=leaves), {("d", "says/permit.yaml"): said}
            assert _says(made, state, held) == expected, (leaves, state, said)


def _says(made: Any, state: Any, held: Mapping[tuple[str, str], object]) -> list[str]:
    names = ("e2e-2",) if state in ("held", "suspect") else ()
    has = replace(request("says", "b", state), permits={GroupName("e2e"): names} if names else {})
    now = moment(FILE, LINE, rows=(made,), requests=(has,))
    object.__setattr__(now, "at", lambda sha, path, key: held.get((sha, path)))
    said = written(now, made, "d", ["says/permit.yaml"])
    return [words.split(":")[0] for words in said]
