"""Other people's pull requests are read one by one: what fails for one concerns no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.core.model.facts import PullFact
from app.core.model.names import Sha, StageName, WarehouseName
from app.core.model.organization_locks import Organization
from app.core.model.pipeline import Pipeline, Warehouse
from app.core.model.snapshot import ConfigState
from app.core.planning.retry_pauses import Patience
from app.engine.starting import first_ticks
from app.engine.survey.proposals import Proposals
from app.engine.survey.unanswered import Attempts
from app.engine.survey.watched_paths import WatchedPaths
from app.errors import Denied, Missing, Rejected, Transient
from tests.core.saying import CONFIG, NOW, minted, sha


class Outside:
    """Pull requests 1 to 3 of forks, whose heads are asked of the server; that of 2 fails."""

    def __init__(self, error):
        self.error = error
        self.brought = []

    def open_pulls(self, repo):
        return [
            PullFact(n, "open", False, f"topic-{n}", sha(100 + n), 99, "main", "eve", "A change")
            for n in (1, 2, 3)
        ]

    def bring(self, head):
        self.brought.append(head)
        if head == sha(102) and self.error is not None:
            raise self.error

    def merge_base(self, one, other):
        return sha(9)

    def changed_paths(self, one, base=None):
        return [b"apps/web/x"]

    def merged(self, base, head):
        return head

    def heads(self):
        return {}


def world():
    pipeline = Pipeline({WarehouseName("web"): Warehouse(WarehouseName("web"), paths=())}, {}, {})
    config = ConfigState("valid", Sha(CONFIG), Sha(CONFIG), pipeline)
    return replace(minted(), config=config, tips={"main": sha(9)})


def beside(trouble) -> Any:
    """A forge and a mirror, as far as proposals ask."""
    return Outside(trouble)


def read(outside, attempts=None, proposals=None):
    """(the proposals, when what failed is tried again)."""
    attempts = attempts or Attempts(Patience({}))
    found = (proposals or Proposals(outside, first_ticks)).read(
        world(), outside, WatchedPaths(), attempts, lambda snapshot, _: snapshot
    )
    return found, attempts.next_looks()


def test_one_that_gives_no_answer_is_left_out_and_asked_again():
    """Its runs stay as they are: what it changes is not known, and that may pass."""
    found, again = read(Outside(Transient("GitHub answered 502")))
    assert [p.number for p in found] == [1, 3]
    assert all(p.known for p in found)
    assert len(again) == 1
    assert again[0] > NOW


@pytest.mark.parametrize("error", [Denied("no"), Missing("gone"), Rejected("too large")])
def test_one_that_cannot_be_read_says_so_and_the_others_are_read(error):
    found, again = read(Outside(error))
    assert [(p.number, p.known) for p in found] == [(1, True), (2, False), (3, True)]
    assert again == ()


def test_all_are_read_where_nothing_fails():
    found, again = read(Outside(None))
    assert [p.warehouses for p in found] == [("web",)] * 3
    assert again == ()


def test_what_is_known_is_not_read_again():
    outside = beside(None)
    proposals = Proposals(outside, first_ticks)
    first, _ = read(outside, proposals=proposals)
    again, _ = read(outside, proposals=proposals)
    assert again == first
    assert len(outside.brought) == 3


def test_when_the_world_moves_a_tick_walks_few_of_them_again_and_all_have_their_turn():
    """Promotions wait for a tick: many open pull requests may not hold one up."""
    outside = beside(None)
    proposals = Proposals(outside, first_ticks)
    read(outside, proposals=proposals)
    moved = replace(world(), adoptable={StageName("dev"): None})
    walked = []
    for _ in range(2):
        outside.brought.clear()
        attempts = Attempts(Patience({}))
        found = proposals.read(
            moved, outside, WatchedPaths(), attempts, lambda snapshot, _: snapshot
        )
        walked.append((list(outside.brought), [p.number for p in found], attempts.next_looks()))
    assert walked == [
        ([sha(101), sha(102)], [1, 2], (NOW,)),
        ([sha(103)], [1, 2, 3], ()),
    ]


def test_those_that_fail_again_and_again_keep_nobody_awake():
    """Each has its own pause; that there are more of them than a tick reads is no reason to hurry."""
    outside = beside(None)
    proposals = Proposals(outside, first_ticks)
    read(outside, proposals=proposals)
    moved = replace(world(), adoptable={StageName("dev"): None})
    earlier = Patience({})
    for number in (1, 2, 3):
        earlier.cannot(f"proposal #{number}", "GitHub answered 502", NOW)
    attempts = Attempts(Patience(earlier.written()))
    proposals.read(moved, outside, WatchedPaths(), attempts, lambda snapshot, _: snapshot)
    assert NOW not in attempts.next_looks()


def test_what_the_organisation_defines_anew_is_looked_at_again():
    outside = beside(None)
    proposals = Proposals(outside, first_ticks)
    read(outside, proposals=proposals)
    outside.brought.clear()
    moved = replace(world(), organization=Organization(7, "acme"))
    proposals.read(
        moved, outside, WatchedPaths(), Attempts(Patience({})), lambda snapshot, _: snapshot
    )
    assert outside.brought
