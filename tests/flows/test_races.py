"""People push while we promote: nothing is lost, nothing lands twice, nothing fails."""

from __future__ import annotations

import threading

from app.errors import Transient
from app.sandbox.demo.launch import SLUG
from tests.flows.around import stand_beside
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import SOURCES, chained, filled, pipeline
from tests.flows.pushing import before_pushes, forced, promoted

CHAIN = ("a", "b", "c", "d", "e")


def test_five_stages_promote_while_people_push_without_pause(flow: Flow):
    """Each push of ours is overtaken twice, and somebody else never stops either."""
    theirs: list[str] = []
    lock = threading.Lock()

    def person(number: int, who: str) -> None:
        with lock:
            theirs.append(f"{who} {number}")
            flow.world.push(REPO, "main", {f"docs/{who}/{number}.md": "x"}, who, message=theirs[-1])

    def crowd() -> None:
        for number in range(30):
            person(number, "carol")

    attempts = before_pushes(flow, lambda n: person(n, "bob") if n % 3 < 2 else None)
    flow.world.create_repo(REPO, files={"stagelock.yaml": chained(CHAIN), **SOURCES})
    first = flow.tip()
    crowding = threading.Thread(target=crowd)
    crowding.start()
    flow.settle()
    crowding.join()
    flow.settle()

    assert promoted(flow) == list(CHAIN)
    assert len(attempts) > 2 * len(CHAIN)
    assert set(theirs) <= set(flow.subjects())
    assert forced(flow) == []
    assert [(p.stage, p.state) for p in flow.promotions()] == [(n, "verified") for n in CHAIN]
    for stage in CHAIN:
        assert flow.state(first, stage) == "success"
        held = flow.world.tree(REPO, "main", f"stages/{stage}")
        assert held == {f"stages/{stage}/web/index.html": b"one"}
    failures = [
        run
        for commit in flow.world.log(REPO, "main")
        for run in flow.world.checks(REPO, commit.sha, SLUG)
        if run.conclusion not in (None, "success", "skipped")
    ]
    assert failures == []


def test_twenty_stages_that_are_due_together_are_one_push(flow: Flow):
    names = [f"s{n:02}" for n in range(20)]
    pushes = before_pushes(flow, lambda _: None)

    first = flow.repo({"stagelock.yaml": pipeline("".join(map(filled, names))), **SOURCES})

    assert len(pushes) == 1
    assert sorted(promoted(flow)) == names
    assert {p.state for p in flow.promotions()} == {"verified"}
    assert flow.state(first, "s19") == "success"
    assert set(flow.world.tree(REPO, "main", "stages")) == {
        f"stages/{n}/web/index.html" for n in names
    }


def test_a_rule_refuses_only_what_it_is_about(flow: Flow):
    """What the App lacks a permission for waits for it, and keeps nothing else from landing."""
    flows = filled("flows", "    include-github: true\n").replace(
        "stages/flows", ".github/workflows"
    )
    stages = filled("one") + flows + filled("two")
    first = flow.repo({"stagelock.yaml": pipeline(stages), **SOURCES})

    assert sorted(promoted(flow)) == ["one", "two"]
    assert flow.state(first, "one") == flow.state(first, "two") == "success"
    assert flow.state(first, "flows") == "queued"
    run = flow.run(first, "flows")
    assert run is not None
    assert run.title == "blocked: the App lacks workflows: write"
    assert flow.world.tree(REPO, "main", ".github") == {}


def test_a_push_whose_answer_got_lost_landed_once(flow: Flow):
    """Reachable is landed, whatever a person has put on top of it since."""
    lost: list[str] = []

    def beside(when: str, name: str) -> None:
        if (when, name) == ("after", "push") and not lost:
            lost.append(flow.world.push(REPO, "main", {"docs/top.md": "x"}, "bob", "On top"))
            message = "the connection ended early"
            raise Transient(message, maybe_done=True)

    stand_beside(flow, beside)
    first = flow.repo({"stagelock.yaml": chained(("dev", "qa")), **SOURCES})
    flow.passes(seconds=10)

    assert lost
    assert promoted(flow) == ["dev", "qa"]
    assert "On top" in flow.subjects()
    assert flow.state(first, "dev") == flow.state(first, "qa") == "success"
    assert flow.world.checks(REPO, flow.landed("dev", first), SLUG)


def test_a_push_that_never_arrived_is_pushed_again_as_the_same_commit(flow: Flow):
    failed: list[str] = []

    def beside(when: str, name: str) -> None:
        if (when, name) == ("before", "push") and not failed:
            [row] = [p for p in flow.promotions() if p.intent is not None]
            assert row.intent is not None
            failed.append(row.intent.commit)
            message = "nobody answered"
            raise Transient(message, maybe_done=True)

    stand_beside(flow, beside)
    first = flow.repo({"stagelock.yaml": chained(("dev", "qa")), **SOURCES})
    assert promoted(flow) == []
    run = flow.run(first, "dev")
    assert run is not None
    assert (run.title or "").startswith("retrying:")
    flow.passes(seconds=10)

    assert failed == [flow.landed("dev", first)]
    assert promoted(flow) == ["dev", "qa"]
