"""Git over HTTP that fails at the worst moment: told apart by what is reachable, never done twice."""

from __future__ import annotations

from app.errors import Denied
from app.sandbox.demo.launch import SLUG
from tests.flows.around import stand_beside
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import SOURCES, chained, filled, pipeline
from tests.flows.pushing import promoted

ONE = {"stagelock.yaml": chained(("dev",)), **SOURCES}


def doubtful(flow: Flow) -> str:
    """The commit of the one push whose outcome is not known."""
    [row] = [p for p in flow.promotions() if p.intent is not None]
    assert row.intent is not None
    return row.intent.commit


def deaf(flow: Flow) -> None:
    """Deliveries are lost, so that nobody looks again by himself."""
    flow.world.weather.lost = lambda _: True


def test_a_reply_lost_after_the_push_with_a_persons_commit_on_top(flow: Flow):
    """The server took our push, its answer was a 502, and Bob was faster than our next look."""
    flow.repo({"README.md": "hi"})
    deaf(flow)
    fault = flow.world.faults.add("GIT", "/git-receive-pack$", "lost")
    first = flow.push(ONE)
    flow.look()
    ours = doubtful(flow)
    assert fault.hits == 1
    assert flow.tip() == ours
    top = flow.world.push(REPO, "main", {"stages/notes.md": "mine"}, "bob", "On top")

    flow.passes(seconds=10)

    assert flow.tip() == top
    assert promoted(flow) == ["dev"]
    assert flow.landed("dev", first) == ours
    assert flow.state(first, "dev") == flow.state(ours, "dev") == "success"


def test_a_push_that_nobody_received_is_made_by_another_machine_as_the_same_commit(flow: Flow):
    """The commit is in no mirror but the lost one's: it is made again from the same facts."""
    flow.repo({"README.md": "hi"})
    flow.world.faults.add("GIT", "/git-receive-pack$", "error", times=1000)
    first = flow.push(ONE)
    ours = doubtful(flow)
    flow.world.faults.clear()
    flow.app.mirrors.forget(flow.world.repo(REPO).id)

    flow.passes(seconds=10)

    assert flow.tip() == ours
    assert flow.landed("dev", first) == ours
    assert flow.state(first, "dev") == "success"


def test_a_token_that_ends_between_two_calls_of_a_tick_is_replaced(flow: Flow):
    """Nobody sees it: not the push, nor the calls after it, nor the check."""
    flow.repo(ONE)
    ended: list[str] = []

    def beside(when: str, name: str) -> None:
        if (when, name) in (("before", "push"), ("after", "push")):
            ended.append(when)
            flow.world.expire_tokens()

    stand_beside(flow, beside)
    second = flow.push({"apps/web/index.html": "two"})

    assert ended == ["before", "after"]
    assert flow.landed("dev", second)
    assert flow.state(second, "dev") == "success"
    [run] = [r for r in flow.world.checks(REPO, second, SLUG) if r.name == "stagelock / dev"]
    assert (run.status, run.title) == ("completed", "verified")


def test_a_batch_that_lacks_a_permission_for_one_stage_lands_without_it(flow: Flow):
    """GitHub's words for workflow files; what is not about a stage does not stop it."""
    flow.repo({"README.md": "hi"})
    refused: list[str] = []

    def beside(when: str, name: str) -> None:
        if (when, name) != ("before", "push"):
            return
        going = [p.stage for p in flow.promotions() if p.intent]
        if "workflows" in going:
            refused.append("+".join(going))
            message = "refusing to allow a GitHub App to update workflow without `workflows`"
            raise Denied(message)

    stand_beside(flow, beside)
    stages = "".join(map(filled, ("one", "two", "workflows")))
    first = flow.push({"stagelock.yaml": pipeline(stages), **SOURCES})

    assert refused[:2] == ["one+two+workflows", "workflows"]
    assert sorted(promoted(flow)) == ["one", "two"]
    assert flow.state(first, "one") == flow.state(first, "two") == "success"
    run = flow.run(first, "workflows")
    assert run is not None
    assert run.status == "queued"  # nothing of it was taken: it has not begun
    assert (run.title or "").startswith("retrying: refusing to allow")
