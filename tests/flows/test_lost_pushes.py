"""
The answer to a push of ours is lost, or to the words that bring a delivery again, and people act.

The push of a pull request's head is with the other calls around it (test_lost_replies.py).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.github import endpoints as at
from app.sandbox.demo.launch import SLUG
from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.losing import loses, losing
from tests.flows.reviewed import ACTS, BRANCH, PEOPLE
from tests.flows.words import ours

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}
APART = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  prod: {branch: env/prod}
"""


LOCKED = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  e2e: {needs: [dev], path: stages/e2e, lock: e2e-env, verify: {checks: [e2e]}}
locks: {e2e-env: {permits: 1}}
"""


def once(flow: Flow, branch: str = "main") -> None:
    subjects = [s for s in flow.subjects(branch) if s.startswith("Promote")]
    assert len(subjects) == len(set(subjects))


ON_MAIN: dict[str, Callable[[Flow], object]] = {
    "nothing": lambda _: None,
    "pushes on top": lambda f: f.world.push(REPO, "main", {"docs/a": "x"}, "bob", "On top"),
    "edits what was written": lambda f: f.world.push(
        REPO, "main", {"stages/dev/web/index.html": "mine"}, "bob", "Hotfix"
    ),
}


@pytest.mark.parametrize("act", ON_MAIN)
@loses("promotion")
def test_a_promotion_landed_once_whoever_pushed_after_it(flow: Flow, act: str):
    with flow.clock.still(), losing(flow, "promotion", times=1):
        first = flow.repo(FILES)
    top = ON_MAIN[act](flow)
    flow.settle()
    flow.passes(seconds=30)
    flow.passes(minutes=2)

    once(flow)
    if top is not None:
        assert top in [commit.sha for commit in flow.world.log(REPO, "main")]
    run = flow.run(first, "dev")
    assert run is not None
    edited = act == "edits what was written"
    assert run.title == "verified" + "; drift: index.html by Bob" * edited
    assert run.conclusion == "success"


ON_NEW_BRANCH: dict[str, Callable[[Flow], object]] = {
    "nothing": lambda _: None,
    "pushes to it": lambda f: f.world.push(REPO, "env/prod", {"mine": "x"}, "bob", "Mine"),
    "deletes it": lambda f: f.world.delete_branch(REPO, "env/prod", by="bob"),
}


@pytest.mark.parametrize("act", ON_NEW_BRANCH)
@loses("branch")
def test_a_stage_branch_that_was_made_is_there_once_whatever_people_do_with_it(
    flow: Flow, act: str
):
    acted: list[object] = []

    def at_once() -> None:
        if "env/prod" in flow.world.branches(REPO) and not acted:
            acted.append(ON_NEW_BRANCH[act](flow))

    with flow.clock.still(), losing(flow, "branch", times=1):
        first = flow.repo({"stagelock.yaml": APART, "apps/web/index.html": "one"})
        at_once()
    flow.settle()
    flow.passes(seconds=30)
    flow.passes(minutes=2)

    assert acted
    run = flow.run(first, "prod")
    assert run is not None
    if act == "pushes to it":  # content that no freight explains: a person decides
        assert (run.status, run.conclusion) == ("queued", None)
        assert "content no freight explains" in (run.title or "")
        assert flow.world.tree(REPO, "env/prod") == {"mine": b"x"}
        return
    assert (run.conclusion, run.title) == ("success", "verified")
    assert flow.world.tree(REPO, "env/prod") == {"apps/web/index.html": b"one"}
    once(flow, "env/prod")


def restored(flow: Flow) -> None:
    flow.world.branch(REPO, BRANCH, at=ours(flow).head_sha, by="bob")


def restored_and_pushed(flow: Flow) -> None:
    restored(flow)
    ACTS["pushes to it"][0](flow)


AFTER_THE_END: dict[str, Callable[[Flow], object]] = {
    "nothing": lambda _: None,
    "restores it": restored,
    "restores it and pushes to it": restored_and_pushed,
}


@pytest.mark.parametrize("act", AFTER_THE_END)
@pytest.mark.parametrize("end", ["merges it", "closes it"])
@loses("delete")
def test_a_branch_that_was_deleted_after_its_end_is_missed_by_nobody(
    flow: Flow, end: str, act: str
):
    first = flow.repo(PEOPLE)
    with flow.clock.still(), losing(flow, "delete", times=1):
        ACTS[end][0](flow)
        flow.settle()
        assert BRANCH not in flow.world.branches(REPO)
        AFTER_THE_END[act](flow)
    flow.settle()
    flow.passes(seconds=30)
    flow.passes(minutes=2)

    run = flow.run(first, "prod")
    assert run is not None
    conclusion, title = ACTS[end][1]
    assert (run.conclusion, run.title) == (conclusion, title)
    assert len(flow.world.pulls(REPO)) == 1
    foreign = act == "restores it and pushes to it"
    assert not foreign or BRANCH in flow.world.branches(REPO)  # what is not ours stays
    assert act != "nothing" or BRANCH not in flow.world.branches(REPO)


@loses("delete")
def test_who_restores_the_branch_and_reopens_before_we_ask_again_is_followed(flow: Flow):
    first = flow.repo(PEOPLE)
    with flow.clock.still(), losing(flow, "delete", times=1):
        ACTS["closes it"][0](flow)
        flow.settle()
        assert BRANCH not in flow.world.branches(REPO)
        restored(flow)
        flow.world.edit_pull(REPO, ours(flow).number, by="bob", state="open")
    flow.settle()
    flow.passes(seconds=30)
    flow.passes(minutes=2)

    assert ours(flow).state == "open"
    assert BRANCH in flow.world.branches(REPO)
    assert flow.state(first, "prod") == "in_progress"
    flow.world.merge(REPO, ours(flow).number, by="bob")
    flow.settle()
    assert flow.state(first, "prod") == "success"


@pytest.mark.parametrize("act", ON_MAIN)
@loses("locks")
def test_a_lock_is_published_once_whoever_pushed_after_it(flow: Flow, act: str):
    flow.environ = {**flow.environ, "STAGELOCK_PUBLISH_LOCKS": "true"}
    flow.reboot()
    first = flow.repo({**FILES, "stagelock.yaml": LOCKED})
    with flow.clock.still(), losing(flow, "locks", times=1):
        flow.finish(flow.landed("e2e", first), "e2e")
    ON_MAIN[act](flow)
    flow.settle()
    flow.passes(seconds=30)
    flow.passes(minutes=2)

    once(flow)
    assert flow.state(first, "e2e") == "success"
    assert [r.state for r in flow.requests()] == ["released"]
    assert flow.state(first, "lock / e2e-env") == "success"


@pytest.mark.parametrize("act", ["nothing", "presses redeliver", "clicks again"])
@loses(at.REDELIVER)
def test_what_was_delivered_again_acts_once_though_nobody_told_us(flow: Flow, act: str):
    """A click is found by redelivery alone."""
    first = flow.repo(FILES)
    flow.finish(flow.landed("e2e", first), "e2e", "failure")
    run = flow.run(first, "e2e")
    assert run is not None
    flow.world.weather.lost = lambda d: d.event == "check_run"
    flow.world.press(REPO, run, "retry", by="bob")
    flow.world.flush()
    flow.world.weather.lost = None
    if act == "clicks again":
        flow.world.press(REPO, run, "retry", by="bob")
    with losing(flow, at.REDELIVER):
        flow.sweep()
    if act == "presses redeliver":
        clicks = [d for d in flow.world.deliveries if d.payload.get("action") == "requested_action"]
        flow.world.courier.redeliver(flow.world.hub.app(SLUG), clicks[0].id)
    flow.settle()
    flow.sweep()
    flow.passes(minutes=6)
    flow.sweep()

    assert len([p for p in flow.promotions() if p.stage == "e2e"]) == 2
    flow.finish(flow.landed("e2e", first), "e2e")
    assert flow.state(first, "e2e") == "success"
