"""What is read of the line for reverts: bounded for each look, and never twice."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.core.model.names import FreightId, Sha, WarehouseName
from app.core.model.questions import RevertQuestion
from app.core.model.snapshot import Line
from app.engine.survey.reverts import READ, Reverts
from app.engine.survey.unanswered import Enough
from tests.core.saying import sha, snapshot

LONG = READ + 50
PLACES = {Sha(sha(n)): n for n in range(1, LONG + 2)}


MERGE = 12


def parents(n):
    return (sha(n - 1), sha(9_000_000)) if n == MERGE else (sha(n - 1),)


class Commits:
    """A line of commits 1 to the newest; the one of number 7 says that it reverts commit 1."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.walked: list[str] = []

    def beyond(self, base, tips):
        self.walked += tips
        return tips

    def message(self, commit):
        self.read.append(commit)
        return f"Oops\n\nThis reverts commit {sha(1)}." if commit == sha(7) else "Change it"

    def commit_named(self, prefix):
        return Sha(prefix)

    def has(self, commit):
        return True

    def is_ancestor(self, one, other):
        return int(one, 16) <= int(other, 16)

    def first_parents(self, commit, limit):
        line = [int(commit, 16) - n for n in range(limit)]
        return [SimpleNamespace(sha=sha(n), parents=parents(n)) for n in line]

    def changed_paths(self, commit, base=None):
        return [b"apps/web/x"]

    def takes_back(self, commit, before, by, paths):
        return by == sha(7)


def ask(reverts, git, newest):
    line = Line(PLACES, {n: s for s, n in PLACES.items()}, newest)
    known = SimpleNamespace(
        branch=lambda _name: "main",
        watcher=lambda _name: lambda _path: True,
        after=lambda _branch, at: (Sha(sha(n)) for n in range(PLACES[at] + 1, newest + 1)),
    )
    freight = FreightId(WarehouseName("web"), sha(1))
    found = reverts.answer(git, snapshot(lines={"web": line}), known, RevertQuestion(freight))
    return found.reverted[freight]


def test_a_look_reads_so_many_messages_and_the_next_one_goes_on():
    reverts, git = Reverts(), Commits()
    with pytest.raises(Enough):
        ask(reverts, git, LONG)
    assert len(git.read) == READ
    assert ask(reverts, git, LONG) == (sha(1), sha(7))
    assert len(git.read) == len(set(git.read)) == LONG - 1


def test_a_look_at_rest_reads_nothing():
    reverts, git = Reverts(), Commits()
    ask(reverts, git, 20)
    before = len(git.read)
    assert ask(reverts, git, 20) == (sha(1), sha(7))
    assert len(git.read) == before


def test_only_a_merge_has_git_walk_for_what_came_with_it():
    git = Commits()
    ask(Reverts(), git, 20)
    assert git.walked == [sha(MERGE)]
