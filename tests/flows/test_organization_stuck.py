"""A repository whose looks fail, at the front of a queue of its organisation."""

from __future__ import annotations

from typing import Any, cast

from app.engine.queue.lease import LENGTH
from app.errors import Transient
from app.ports import GitMirrors
from tests.flows.harness import REPO, Flow
from tests.flows.organization import API, HOME, SHARED, THIRD, defined, files, live
from tests.flows.pipelines import filled, pipeline
from tests.flows.words import say


class Stuck:
    """Mirrors of which those of one repository do not answer."""

    def __init__(self, inner: object, repo_id: int) -> None:
        self._inner, self._id = inner, repo_id

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def call(repo: Any, *args: object) -> object:
            if repo.id == self._id:
                raise Transient("Git does not answer")
            return method(repo, *args)

        return call


def test_a_repository_whose_looks_fail_stops_nobody_and_has_its_place_when_it_is_back(flow: Flow):
    defined(flow)
    first = flow.repo(files("one"))
    flow.repo(files("two"), API)
    flow.repo(files("three"), THIRD)
    stuck = Stuck(flow.app.mirrors, flow.world.repo(API).id)
    flow.surround(flow.app.forge, cast("GitMirrors", stuck))
    flow.world.finish_check(REPO, flow.landed("one", first), "one", "success")
    flow.settle()
    assert (live(flow, API), live(flow, THIRD)) == ([("two", "queued")], [("three", "queued")])
    for _ in range(8):
        flow.look()
    flow.sweep()
    assert (live(flow, API), live(flow, THIRD)) == ([("two", "queued")], [("three", "held")])

    flow.push({"apps/web/a": "2"})  # asks later than the one that was stuck
    flow.surround(flow.app.forge, flow.app.mirrors)
    flow.look()
    third = flow.newest(THIRD)
    flow.world.finish_check(THIRD, flow.landed("three", third, repo=THIRD), "three", "success")
    flow.settle()
    assert (live(flow, API), live(flow, REPO)) == ([("two", "held")], [("one", "queued")])


def test_a_forced_grant_where_looks_fail_ends_after_its_pull_request_s_success(flow: Flow):
    """Invariant 11, also where no look there would take the promise back."""
    defined(flow)
    home = flow.tip("main", HOME)
    reviewed = filled("two", "    lock: e2e-env\n    via: pull-request\n")
    flow.repo({"stagelock.yaml": pipeline(reviewed + SHARED), "apps/web/a": "1"}, API)
    [pull] = flow.world.pulls(API)

    def plan() -> str:
        run = flow.run(pull.head_sha, "plan", API)
        assert run is not None
        return run.conclusion or run.status

    assert (live(flow, API), plan()) == ([("two", "held")], "success")
    stuck = Stuck(flow.app.mirrors, flow.world.repo(API).id)
    flow.surround(flow.app.forge, cast("GitMirrors", stuck))
    flow.world.push(API, "main", {"README": "news"})
    for _ in range(9):
        flow.look()
    seen: list[tuple[str, bool]] = []

    with flow.after_each_write(lambda: seen.append((plan(), bool(live(flow, API))))):
        say(flow, home, "/unlock e2e-env --force stuck", by="alice", repo=HOME)
    assert ("queued", True) in seen
    assert ("success", False) not in seen
    assert (live(flow, API), plan()) == ([], "queued")

    flow.surround(flow.app.forge, flow.app.mirrors)
    flow.look()
    assert plan() == ("success" if live(flow, API) == [("two", "held")] else "queued")


def test_a_release_of_what_is_held_where_looks_fail_takes_its_promise_back_first(flow: Flow):
    """rule L108: invariant 11, where the button does it."""
    defined(flow)
    reviewed = filled("two", "    lock: e2e-env\n    via: pull-request\n")
    flow.repo({"stagelock.yaml": pipeline(reviewed + SHARED), "apps/web/a": "1"})
    [pull] = flow.world.pulls(REPO)
    first = flow.repo(files("one"), API)
    assert (live(flow, REPO), live(flow, API)) == ([("two", "held")], [("one", "queued")])
    stuck = Stuck(flow.app.mirrors, flow.world.repo(REPO).id)
    flow.surround(flow.app.forge, cast("GitMirrors", stuck))
    flow.world.push(REPO, "main", {"README": "news"})
    for _ in range(9):
        flow.look()
    flow.passes(minutes=31)
    assert live(flow, REPO) == [("two", "suspect")]

    seen: list[tuple[bool, bool]] = []

    def note() -> None:
        plan = flow.run(pull.head_sha, "plan", REPO)
        seen.append((plan is not None and plan.conclusion == "success", bool(live(flow, REPO))))

    with flow.after_each_write(note):
        flow.world.press(API, flow.shown(first, "lock / e2e-env", API), "release", by="alice")
        flow.settle()
    assert (False, True) in seen
    assert (True, False) not in seen
    assert (live(flow, REPO), live(flow, API)) == ([], [("one", "held")])
    flow.surround(flow.app.forge, flow.app.mirrors)
    flow.look()


def test_while_somebody_looks_there_a_forced_grant_waits_for_the_end_of_that_look(flow: Flow):
    """Two processes would write the same run there, and the later one might promise it anew."""
    defined(flow)
    home = flow.tip("main", HOME)
    reviewed = filled("two", "    lock: e2e-env\n    via: pull-request\n")
    flow.repo({"stagelock.yaml": pipeline(reviewed + SHARED), "apps/web/a": "1"}, API)
    [pull] = flow.world.pulls(API)
    flow.surround(flow.app.forge, cast("GitMirrors", Stuck(flow.app.mirrors, there(flow))))
    flow.world.push(API, "main", {"README": "news"})
    for _ in range(9):
        flow.look()

    looking = flow.app.store.work.borrow(f"repo-{there(flow)}", "another process", LENGTH)
    assert looking is not None
    flow.world.comment(HOME, home, "/unlock e2e-env --force stuck", "alice")
    flow.settle()
    assert live(flow, API) == [("two", "held")]
    run = flow.run(pull.head_sha, "plan", API)
    assert run is not None
    assert run.conclusion == "success"

    flow.app.store.work.give_back(looking)
    flow.passes(minutes=1)
    run = flow.run(pull.head_sha, "plan", API)
    assert run is not None
    assert (live(flow, API), run.status) == ([], "queued")


def there(flow: Flow) -> int:
    return flow.world.repo(API).id
