"""`approve` and `allow` in `stagelock.yaml`: what is read, and what is refused where."""

from __future__ import annotations

import pytest

from app.core.config import parse
from app.core.model.people import Approve, People

HEAD = "version: 1\nwarehouses:\n  web: {paths: [apps/web/]}\nstages:\n  prod:\n    path: p\n"


def read(key: str):
    return parse(f"{HEAD}    {key}\n".encode())


@pytest.mark.parametrize(
    ("written", "approve"),
    [
        ("{count: 2}", Approve(count=2)),
        ("{teams: [release]}", Approve(People(("release",)))),
        ("{users: [Ada-L, b_acme]}", Approve(People(users=("Ada-L", "b_acme")))),
        ("{allow-author: true}", Approve(allow_author=True)),
        (
            "{teams: [a], users: [b], count: 3, allow-author: false}",
            Approve(People(("a",), ("b",)), 3),
        ),
    ],
)
def test_approve(written, approve):
    found = read(f"approve: {written}")
    assert not found.problems
    assert found.pipeline.stages["prod"].approve == approve


def test_left_out_it_asks_for_none_and_whoever_writes_may_command():
    stage = read("soak: 1h").pipeline.stages["prod"]
    assert (stage.approve, stage.allow) == (None, People())


def test_allow():
    found = read("allow: {teams: [release], users: [ada]}")
    assert not found.problems
    assert found.pipeline.stages["prod"].allow == People(("release",), ("ada",))


@pytest.mark.parametrize(
    ("key", "code", "column", "suggestion"),
    [
        ("approve: {}", "missing-key", 14, "count: 1"),
        ("allow: {}", "missing-key", 12, None),
        ("approve: {team: [a]}", "unknown-key", 15, "teams"),
        ("allow: {users: [a], count: 1}", "unknown-key", 25, None),
        ("approve: {teams: ['@acme/release']}", "bad-name", 23, "release"),
        ("approve: {teams: [acme/Release]}", "bad-name", 23, "release"),
        ("allow: {users: ['@ada']}", "bad-name", 21, "ada"),
        ("allow: {users: ['stagelock[bot]']}", "bad-name", 21, None),
        ("approve: {users: [ada, Ada]}", "duplicate-entry", 28, None),
        ("approve: {users: [ada], count: 2}", "never-opens", 29, "count: 1"),
        ("approve: {count: 0}", "wrong-value", 22, None),
        ("approve: {count: 21}", "wrong-value", 22, None),
        ("approve: {count: two}", "wrong-type", 22, None),
        ("approve: {allow-author: yes}", "wrong-type", 29, "true"),
        ("approve: {users: ada}", "wrong-type", 22, "[ada]"),
        ("approve: {users: []}", "wrong-value", 22, None),
        ("approve: [ada]", "wrong-type", 14, None),
    ],
)
def test_what_is_wrong_is_told_at_its_place(key, code, column, suggestion):
    (problem,) = read(key).problems
    assert (problem.code, problem.mark.line) == (code, 7)
    assert problem.mark.column == column
    assert problem.suggestion == suggestion


def test_too_many_names_are_refused():
    names = ", ".join(f"u{number}" for number in range(51))
    (problem,) = read(f"allow: {{users: [{names}]}}").problems
    assert "at most 50" in problem.message
