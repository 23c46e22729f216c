"""A repository whose looks fail, at the front of a queue of its organisation."""

from __future__ import annotations

from typing import Any, cast

from app.errors import Transient
from app.ports import GitMirrors
from tests.flows.harness import REPO, Flow
from tests.flows.test_organization_locks import API, THIRD, defined, files, live


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
