"""Repositories are known by their numbers: names change hands."""

from __future__ import annotations

import pytest

from tests.flows.around import stand_beside
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import ALONE

STRANGE = {**ALONE, "apps/web/index.html": "of another repository"}


def name_changes_hands(flow: Flow) -> None:
    """The repository is renamed, and another takes its name at once; no delivery arrives."""
    flow.world.rename_repo(REPO, "shop-old")
    flow.world.flush()
    flow.world.create_repo(REPO, files=STRANGE)
    flow.world.flush()


def strangers(flow: Flow, number: int) -> list[str]:
    """Freights of the repository with that *number* whose commits it does not hold."""
    own = {commit.sha for commit in flow.world.log("acme/shop-old", "main")}
    freights = flow.app.store.history.load(number).freights
    return [freight.id.sha for freight in freights if freight.id.sha not in own]


def test_commits_of_a_repository_that_took_the_name_are_never_minted(flow: Flow):
    flow.repo(ALONE)
    number = flow.world.repo(REPO).id
    flow.world.weather.lost = lambda _: True

    name_changes_hands(flow)
    flow.look()
    flow.settle()

    assert strangers(flow, number) == []
    record = flow.app.store.repos.get(number)
    assert record is not None
    assert record.name == "shop-old"

    pushed = flow.world.push("acme/shop-old", "main", {"apps/web/index.html": "two"})
    flow.app.store.work.touch(f"repo-{number}")
    flow.settle()
    assert flow.landed("dev", pushed, repo="acme/shop-old")


@pytest.mark.parametrize("moment", ["fetch", "push"])
def test_a_name_that_changes_hands_in_the_middle_of_a_tick_is_noticed(flow: Flow, moment: str):
    """Git is told names only: it is proven after each fetch and before each push."""
    flow.repo(ALONE)
    number = flow.world.repo(REPO).id
    flow.world.weather.lost = lambda _: True
    pushed = flow.world.push(REPO, "main", {"apps/web/index.html": "two"})
    changed: list[str] = []

    def beside(when: str, call: str) -> None:
        if (when, call) == ("before", moment) and not changed:
            changed.append(call)
            name_changes_hands(flow)

    stand_beside(flow, beside)
    flow.look()
    flow.settle()
    flow.passes(minutes=1)

    assert changed == [moment]
    assert strangers(flow, number) == []
    assert [commit.subject for commit in flow.world.log(REPO, "main")] == [
        commit.subject for commit in flow.world.log(REPO, "main")[-1:]
    ]
    assert flow.landed("dev", pushed, repo="acme/shop-old")


def test_a_token_that_is_refused_once_shuts_no_repository(flow: Flow):
    """GitHub may refuse a token that it has just made; gone is what two looks find so."""
    flow.repo(ALONE)
    number = flow.world.repo(REPO).id
    flow.world.faults.add("GET", f"repositories/{number}", "denied", times=2)

    flow.look()

    record = flow.app.store.repos.get(number)
    assert record is not None
    assert record.unavailable == ""
    flow.world.faults.clear()
    flow.passes(minutes=2)
    pushed = flow.push({"apps/web/index.html": "two"})
    assert flow.landed("dev", pushed)
