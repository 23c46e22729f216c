"""What goes wrong outside: said clearly, tried again when that makes sense, never in a loop."""

from __future__ import annotations

from app.sandbox.demo.launch import SLUG
from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.pipelines import ALONE, DEV_ALONE, MANUAL_FILES
from tests.flows.reviewed import PEOPLE
from tests.flows.words import ours, say

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}


def calls(flow: Flow) -> int:
    return len(flow.sandbox.exchanges)


def unavailable(flow: Flow) -> str:
    """Why the App leaves the repository alone."""
    [record] = flow.app.store.repos.all()
    return record.unavailable


def test_a_protected_branch_says_the_rules_text_and_is_planned_again(flow: Flow):
    """GitHub's own words are in the check; nothing is tried until something changed."""
    flow.repo(ALONE)
    flow.world.protect(REPO, "main", "Pull requests only.", allowed=["alice"])
    refused = flow.push({"apps/web/index.html": "two"})

    run = flow.run(refused, "dev")
    assert run is not None
    assert (run.conclusion, run.title) == ("failure", "failed: refused by a branch rule")
    assert "GH006" in (run.summary or "")
    assert "Pull requests only." in (run.summary or "")
    assert "`/retry dev`" in (run.summary or "")
    before = calls(flow)
    for _ in range(3):
        flow.look()
    assert calls(flow) - before < 10

    flow.world.unprotect(REPO, "main")
    say(flow, refused, "/retry dev")
    assert flow.landed("dev", refused)

    flow.world.protect(REPO, "main", "Again.", allowed=["alice"])
    again = flow.push({"apps/web/index.html": "three"})
    assert flow.state(again, "dev") == "failure"
    flow.world.unprotect(REPO, "main")
    flow.push({"stagelock.yaml": f"{DEV_ALONE}# edited\n"})
    assert flow.landed("dev", again)


def test_without_leave_to_write_checks_promotions_go_on(flow: Flow):
    """What cannot be shown is no reason to stop; it is shown when the permission is back."""
    flow.repo(ALONE)
    flow.world.set_permissions(SLUG, checks="read")

    second = flow.push({"apps/web/index.html": "two"})

    assert flow.landed("dev", second)
    assert unavailable(flow) == ""
    before = calls(flow)
    flow.look()
    assert calls(flow) - before < 20
    flow.world.set_permissions(SLUG, checks="write")
    flow.passes(minutes=6)
    assert flow.state(second, "dev") == "success"


def test_without_leave_for_pull_requests_only_the_review_waits(flow: Flow):
    first = flow.repo({"README.md": "hi"})
    flow.world.set_permissions(SLUG, pull_requests="none")

    first = flow.push(PEOPLE)

    assert flow.landed("dev", first)
    run = flow.run(first, "prod")
    assert run is not None
    assert run.title == "blocked: the App lacks pull requests: write"
    flow.world.set_permissions(SLUG, pull_requests="write")
    flow.sweep()
    flow.passes(minutes=6)
    assert ours(flow).state == "open"


def test_a_suspended_installation_is_left_alone_until_it_is_back(flow: Flow):
    flow.repo(ALONE)
    flow.world.suspend_installation(SLUG)
    flow.settle()
    assert unavailable(flow) == "the installation of the App is suspended"
    before = calls(flow)
    missed = flow.push({"apps/web/index.html": "two"})
    flow.look()
    assert calls(flow) == before

    flow.world.unsuspend_installation(SLUG)
    flow.settle()

    assert unavailable(flow) == ""
    assert flow.landed("dev", missed)


def test_a_suspension_whose_delivery_was_lost_is_noticed(flow: Flow):
    flow.repo(ALONE)
    flow.world.weather.lost = lambda _: True
    flow.world.suspend_installation(SLUG)
    flow.passes(hours=2)
    flow.sweep()
    assert "suspended" in unavailable(flow)
    before = calls(flow)
    flow.look()
    assert calls(flow) == before


def test_a_deleted_repository_is_forgotten_and_others_go_on(flow: Flow):
    flow.repo(ALONE)
    flow.repo(ALONE, name="acme/other")
    flow.world.delete_repo(REPO)
    flow.settle()
    before = calls(flow)
    flow.look()
    flow.look()
    assert not [e for e in list(flow.sandbox.exchanges)[before:] if "shop" in e.path]

    flow.sweep()
    pushed = flow.world.push("acme/other", "main", {"apps/web/index.html": "two"})
    flow.settle()
    assert flow.landed("dev", pushed, repo="acme/other")


def test_a_renamed_repository_goes_on_under_its_new_name(flow: Flow):
    flow.repo(ALONE)
    flow.world.weather.lost = lambda d: d.event == "repository"
    flow.world.rename_repo(REPO, "store")
    flow.settle()

    pushed = flow.world.push("acme/store", "main", {"apps/web/index.html": "two"})
    flow.settle()
    flow.passes(minutes=1)

    assert flow.landed("dev", pushed, repo="acme/store")
    run = flow.run(pushed, "dev", repo="acme/store")
    assert run is not None
    assert run.conclusion == "success"
    [record] = flow.app.store.repos.all()
    assert record.name == "store"


def test_an_empty_repository_waits_for_its_first_commit(flow: Flow):
    flow.world.create_repo(REPO)
    flow.settle()
    flow.sweep()
    assert flow.writes() == []
    assert unavailable(flow) == ""

    first = flow.world.push(REPO, "main", ALONE)
    flow.settle()
    assert flow.landed("dev", first)


def test_every_other_call_failing_costs_time_only(flow: Flow):
    """502 on every second call: the same trees, and no run or commit twice."""
    fault = flow.world.faults.add("*", ".", "error", times=10**6, every=2)
    first = flow.repo(ALONE)
    for _ in range(25):
        flow.passes(seconds=40)
    flow.world.faults.clear()
    flow.passes(minutes=6)

    assert fault.hits > 5
    assert flow.subjects() == [f"Promote web {first[:7]} to dev", "Initial commit"]
    runs = flow.world.checks(REPO, first)
    names = sorted(r.name for r in runs)
    assert names == ["stagelock / config", "stagelock / dev", "stagelock / plan"]
    assert flow.state(first, "dev") == "success"


def test_an_answer_lost_after_its_effect_makes_nothing_twice(flow: Flow):
    for method, path in (("POST", r"/check-runs$"), ("POST", r"/pulls$"), ("PATCH", ".")):
        flow.world.faults.add(method, path, "lost", times=2)
    first = flow.repo(PEOPLE)
    for _ in range(8):
        flow.passes(minutes=1)
    flow.world.faults.add("PUT", "/merge$", "lost", times=1)

    assert len(flow.world.pulls(REPO)) == 1
    flow.world.merge(REPO, ours(flow).number, by="bob")
    flow.settle()
    flow.passes(minutes=2)

    assert flow.state(first, "prod") == "success"
    names = [r.name for r in flow.world.checks(REPO, first)]
    assert sorted(names) == sorted(set(names))
    assert len(flow.subjects()) == 4


def test_an_unfinished_run_is_replaced_before_it_turns_stale(flow: Flow):
    """GitHub drops unfinished runs after 14 days; at rest nothing else is ever written."""
    first = flow.repo(MANUAL_FILES | {"stagelock.yaml": MANUAL_FILES["stagelock.yaml"].replace(
        "    auto: false\n", "    soak: 30d\n")})  # fmt: skip
    old = flow.run(first, "prod")
    assert old is not None
    assert old.status == "queued"
    flow.passes(days=12)
    same = flow.run(first, "prod")
    assert same is not None
    assert same.id == old.id

    flow.passes(days=1, hours=1)

    new = flow.run(first, "prod")
    assert new is not None
    assert new.id != old.id
    assert (new.status, new.title) == (old.status, old.title)
