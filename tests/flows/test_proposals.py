"""Other people's pull requests and merge groups: what merging them would promote."""

from __future__ import annotations

from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.proposing import propose

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}


def test_the_plan_names_the_stages_and_how_they_receive_it(flow: Flow):
    flow.repo(FILES)

    head = propose(flow, {"apps/web/index.html": "two", "apps/web/notes.md": "hm"})

    run = flow.run(head, "plan")
    assert run is not None
    assert (run.conclusion, run.title) == ("success", "will promote to dev, then e2e, prod")
    text = run.summary or ""
    assert "| `dev` | as soon as it is merged | automatically |" in text
    assert "| `e2e` | once verified in `dev` | with the lock `e2e-env` |" in text
    assert "| `apps/web/notes.md` | `" in text
    assert [r.name for r in flow.world.checks(REPO, head)] == ["stagelock / plan"]


def test_a_change_that_feeds_nothing_touches_no_stage(flow: Flow):
    """It may be a required check, so it passes on every pull request."""
    flow.repo(FILES)

    head = propose(flow, {"docs/a.md": "text"})

    run = flow.run(head, "plan")
    assert run is not None
    assert (run.conclusion, run.title) == ("success", "touches no stage")


def test_a_change_of_outputs_is_told_with_what_comes_of_it(flow: Flow):
    flow.repo(FILES)

    head = propose(flow, {"stages/prod/web/index.html": "hot", "stages/dev/web/a": "x"})

    run = flow.run(head, "plan")
    assert run is not None
    assert (run.conclusion, run.title) == (
        "success",
        "edits dev and prod by hand; promotes nothing",
    )
    text = run.summary or ""
    assert "`dev`, 1 file: The next promotion waits until it is reverted" in text
    assert "`prod`, 1 file: The next promotion keeps it" in text


def test_a_new_head_gets_a_plan_of_its_own_and_a_closed_one_none(flow: Flow):
    flow.repo(FILES)
    propose(flow, {"docs/a.md": "text"})
    second = flow.world.push(REPO, "topic", {"apps/web/b": "2"}, author="bob")
    flow.settle()
    assert flow.state(second, "plan") == "success"

    flow.world.edit_pull(REPO, 3 if False else flow.world.pulls(REPO)[0].number, state="closed")
    third = flow.world.push(REPO, "topic", {"apps/web/c": "3"}, author="bob")
    flow.settle()
    assert flow.run(third, "plan") is None


def test_a_merge_group_gets_the_same_answer(flow: Flow):
    """Without it a required plan would hold up every merge queue."""
    flow.repo(FILES)
    propose(flow, {"apps/web/index.html": "two"})
    number = flow.world.pulls(REPO)[0].number

    group = flow.world.enqueue(REPO, number)
    flow.settle()

    run = flow.run(group, "plan")
    assert run is not None
    assert (run.conclusion, run.title) == ("success", "will promote to dev, then e2e, prod")
    flow.world.leave_queue(REPO, number, "merged")
    flow.settle()
    assert flow.landed("dev", group)
    assert flow.world.tree(REPO, "main", "stages/dev") == {"stages/dev/web/index.html": b"two"}


def test_without_a_pipeline_nobody_is_told_anything(flow: Flow):
    """Installed on a whole organisation, the App is silent where it has no file."""
    flow.repo({"README.md": "hi"})
    before = len(flow.writes())

    propose(flow, {"docs/a.md": "text"})

    assert flow.writes()[before:] == []


def test_a_pull_request_that_gets_another_base_is_planned_for_that_one_at_once(flow: Flow):
    """rule R67: it may be merged the moment that its base has changed."""
    flow.repo(FILES)
    flow.world.branch(REPO, "side")
    head = flow.world.push(REPO, "topic", {"apps/web/index.html": "two"}, parent=flow.tip())
    pull = flow.world.open_pull(REPO, "topic", base="side", by="bob")
    flow.settle()
    assert "promotes nothing" in (flow.shown(head, "plan").summary or "")

    flow.world.edit_pull(REPO, pull.number, base="main")
    flow.settle()
    assert (flow.shown(head, "plan").title or "").startswith("will promote to dev")
