"""What owners do to whole repositories while promotions are under way: nothing is lost by it."""

from __future__ import annotations

import pytest

from app.sandbox.demo.launch import SLUG
from tests.flows.around import stand_beside
from tests.flows.harness import REPO, Flow
from tests.flows.owning import FILES, OTHER, finished, passes, verifying, why, wrote
from tests.flows.reviewed import PEOPLE
from tests.flows.words import ours, say

# -- archived ----------------------------------------------------------------------------------


@pytest.mark.parametrize("news", ["heard", "lost"])
def test_an_archived_repository_is_left_alone_and_goes_on_once_it_is_not(flow: Flow, news: str):
    """Rule N31: whether the delivery came or not; nothing fails, and no lock is given away."""
    first, landed = verifying(flow)
    flow.repo(FILES, name=OTHER)
    flow.world.weather.lost = (lambda d: d.event == "repository") if news == "lost" else None
    flow.world.archive_repo(REPO)
    flow.settle()
    flow.passes(seconds=90)
    before = wrote(flow)

    flow.passes(hours=3)
    flow.sweep()
    assert "archived" in why(flow)
    assert wrote(flow) == before
    assert [r.state for r in flow.requests() if not r.ended_at] == ["held"]
    pushed = flow.world.push(OTHER, "main", {"apps/web/index.html": "two"})
    flow.settle()
    assert flow.landed("dev", pushed, repo=OTHER)

    flow.world.unarchive_repo(REPO)
    flow.settle()
    flow.sweep()
    assert why(flow) == ""
    passes(flow, landed)
    say(flow, first, "/retry e2e")  # its time passed while nobody could write there
    flow.sweep()
    assert flow.world.tree(REPO, "main", "stages/e2e") != {}
    assert all(r.state != "held" or r.ended_at is None for r in flow.requests())


@pytest.mark.parametrize("call", ["push", "create_run"])
def test_a_write_that_meets_an_archived_repository_is_no_failure(flow: Flow, call: str):
    """Rule N31: archived between the look and the write, unheard; the promotion waits."""
    flow.repo(FILES)
    flow.world.weather.lost = lambda d: d.event == "repository"
    second = flow.world.push(REPO, "main", {"apps/web/index.html": "two"})
    done: list[str] = []

    def beside(when: str, name: str) -> None:
        if (when, name) == ("before", call) and not done:
            done.append(name)
            flow.world.archive_repo(REPO)

    stand_beside(flow, beside, publish_locks=True)
    flow.settle()
    assert done
    flow.passes(minutes=2)
    flow.passes(hours=2)
    assert {p.state for p in flow.promotions()}.isdisjoint({"failed"})
    assert "archived" in why(flow)

    flow.world.unarchive_repo(REPO)
    flow.sweep()
    flow.passes(minutes=1)

    assert flow.landed("dev", second)


# -- renamed, transferred ----------------------------------------------------------------------


@pytest.mark.parametrize("news", ["heard", "lost"])
def test_a_rename_in_the_middle_of_a_review_changes_nothing(flow: Flow, news: str):
    first = flow.repo(PEOPLE)
    pull = ours(flow)
    flow.world.weather.lost = (lambda d: d.event == "repository") if news == "lost" else None
    flow.world.rename_repo(REPO, "store")
    flow.settle()
    store = "acme/store"

    flow.world.merge(store, pull.number, "squash", by="bob")
    flow.settle()
    flow.passes(minutes=1)

    run = flow.run(first, "prod", repo=store)
    assert run is not None
    assert run.conclusion == "success"
    assert len(flow.world.pulls(store)) == 1
    say_there = flow.world.comment(store, pull.number, "/stagelock status", by="bob")
    flow.settle()
    assert [r.content for r in say_there.reactions] == ["eyes"]


@pytest.mark.parametrize("news", ["heard", "lost"])
def test_a_repository_that_goes_to_another_owner_with_the_app_goes_on_there(flow: Flow, news: str):
    """Rule N32: its number stays; the lock, the promotion and its runs go with it."""
    first, landed = verifying(flow)
    flow.repo(FILES, name="umbrella/first")  # the App is installed there, too
    new = flow.world.installation(SLUG, "umbrella").id
    flow.world.weather.lost = (lambda _: True) if news == "lost" else None
    flow.world.transfer_repo(REPO, "umbrella")
    flow.settle()
    flow.world.weather.lost = None
    moved = "umbrella/shop"
    flow.sweep()
    flow.passes(minutes=2)
    flow.sweep()

    record = flow.app.store.repos.get(flow.world.repo(moved).id)
    assert record is not None
    assert (record.owner, record.installation_id, record.unavailable) == ("umbrella", new, "")
    passes(flow, landed, moved)
    flow.passes(minutes=1)
    assert flow.landed("prod", first, repo=moved)
    assert finished(flow, first, moved) == {"dev": "success", "e2e": "success", "prod": "success"}
    assert [r.state for r in flow.requests(moved)] == ["released"]


def test_a_repository_that_leaves_for_an_owner_without_the_app_is_left_alone(flow: Flow):
    """Rule N32: nothing is written there; back again, it goes on with what it knew."""
    first, landed = verifying(flow)
    flow.repo(FILES, name=OTHER)
    flow.world.transfer_repo(REPO, "elsewhere")
    flow.settle()
    moved = "elsewhere/shop"
    assert why(flow, moved) != ""
    before = wrote(flow)
    passes(flow, landed, moved)
    flow.passes(minutes=5)
    flow.sweep()
    assert wrote(flow) == before

    flow.world.transfer_repo(moved, "acme")
    flow.settle()
    flow.sweep()

    assert why(flow) == ""
    assert flow.landed("prod", first)
    assert finished(flow, first, REPO) == {"dev": "success", "e2e": "success", "prod": "success"}


# -- the default branch ------------------------------------------------------------------------


@pytest.mark.parametrize("news", ["heard", "lost"])
def test_a_renamed_default_branch_is_the_same_branch(flow: Flow, news: str):
    """Rule N33: nothing is minted, withdrawn or promoted again; what was awaited goes on."""
    first, landed = verifying(flow)
    flow.world.weather.lost = (lambda d: d.event == "repository") if news == "lost" else None
    flow.world.rename_branch(REPO, "main", "trunk")
    flow.settle()
    flow.sweep()
    flow.passes(minutes=1)
    assert "main" not in flow.world.branches(REPO)
    assert len(flow.records().freights) == 1
    assert finished(flow, first, REPO) == {"dev": "success", "e2e": "in_progress", "prod": "queued"}

    passes(flow, landed)
    flow.passes(minutes=1)
    assert flow.landed("prod", first, branch="trunk")
    assert finished(flow, first, REPO) == {"dev": "success", "e2e": "success", "prod": "success"}
    second = flow.world.push(REPO, "trunk", {"apps/web/index.html": "two"})
    flow.settle()
    assert flow.landed("dev", second, branch="trunk")
    assert "main" not in flow.world.branches(REPO)


def test_a_pull_request_in_review_follows_the_renamed_default_branch(flow: Flow):
    """Rule N33: GitHub gives it the new base; it is merged and lands there."""
    first = flow.repo(PEOPLE)
    pull = ours(flow)
    flow.world.rename_branch(REPO, "main", "trunk")
    flow.settle()
    flow.passes(minutes=1)
    assert (pull.base, pull.state) == ("trunk", "open")
    assert flow.state(pull.head_sha, "plan") == "success"

    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()

    assert flow.state(first, "prod") == "success"
    assert len(flow.world.pulls(REPO)) == 1


# -- installed again ---------------------------------------------------------------------------


@pytest.mark.parametrize("news", ["heard", "lost"])
def test_installed_again_it_goes_on_where_it_was(flow: Flow, news: str):
    """Rule N36: under the new installation's number; the check that passed meanwhile is seen."""
    first, landed = verifying(flow)
    old = flow.world.installation(SLUG).id
    flow.world.weather.lost = (lambda _: True) if news == "lost" else None
    flow.world.uninstall(SLUG)
    flow.settle()
    flow.passes(minutes=2)
    flow.sweep()
    flow.passes(minutes=2)
    flow.sweep()
    assert why(flow) != ""
    before = flow.writes()
    flow.world.finish_check(REPO, landed, "e2e")
    flow.world.comment(REPO, first, "/stagelock status", by="bob")
    flow.passes(minutes=5)
    assert flow.writes() == before

    flow.world.install(SLUG, REPO)
    flow.settle()
    flow.world.weather.lost = None
    flow.sweep()
    flow.passes(minutes=1)

    record = flow.app.store.repos.get(flow.world.repo(REPO).id)
    assert record is not None
    assert record.installation_id == flow.world.installation(SLUG).id != old
    assert record.unavailable == ""
    assert flow.landed("prod", first)
    assert finished(flow, first, REPO) == {"dev": "success", "e2e": "success", "prod": "success"}
    names = [r.name for r in flow.world.checks(REPO, first, SLUG)]
    assert sorted(names) == sorted(set(names))
