"""`stagelock / config` of an organisation's own file: its lock groups, linted where it changes."""

from __future__ import annotations

from tests.flows.harness import REPO, Flow
from tests.flows.organization import HOME, ONE, files, live, says
from tests.flows.pipelines import filled, pipeline

FILE = "stagelock-locks.yaml"
BROKEN = "version: 1\nlocks:\n  e2e-env: {permitz: 1}\n  other: {permits: none}\n"


def made(flow: Flow, text: str | None = ONE, **more: str) -> str:
    """The organisation's own repository; its first commit."""
    return flow.repo({"README": "ours", **({FILE: text} if text else {}), **more}, HOME)


def propose(flow: Flow, changes: dict[str, str | bytes | None], base: str = "main") -> str:
    tip = flow.tip(base, HOME)
    head = flow.world.push(HOME, "topic", changes, author="bob", parent=tip)
    flow.world.open_pull(HOME, "topic", base=base, by="bob")
    flow.settle()
    return head


def conclusion(flow: Flow, sha: str) -> str | None:
    return flow.shown(sha, "config", HOME).conclusion


def test_a_valid_file_of_groups_says_how_many_there_are_and_that_it_counts(flow: Flow):
    first = made(flow)
    run = flow.shown(first, "config", HOME)
    assert (run.conclusion, run.title) == ("success", "valid: 1 lock group")
    assert "This version is in force." in (run.summary or "")
    assert "Every repository of acme" in (run.summary or "")
    assert [r.name for r in flow.world.checks(HOME, first)] == ["stagelock / config"]


def test_an_invalid_file_of_groups_is_annotated_and_the_newest_valid_one_stays(flow: Flow):
    made(flow)
    says(flow, BROKEN)
    broken = flow.tip(repo=HOME)
    run = flow.shown(broken, "config", HOME)
    assert run.conclusion == "failure"
    assert (run.title or "").startswith("2 problems, line 3: ")
    places = [(a["path"], a["start_line"], a["start_column"]) for a in run.annotations]
    assert places == [(FILE, 3, 13), (FILE, 4, 20)]
    assert "did you mean" in run.annotations[0]["message"]
    assert "line 3, column 13" in (run.summary or "")
    assert "**The newest valid version stays in force**" in (run.summary or "")
    flow.repo(files("one"))
    assert live(flow, REPO) == [("one", "held")]

    says(flow, ONE + "# mended\n")
    assert conclusion(flow, flow.tip(repo=HOME)) == "success"
    assert conclusion(flow, broken) == "failure"


def test_a_file_of_groups_that_was_never_valid_says_that_nothing_of_it_is_granted(flow: Flow):
    run = flow.shown(made(flow, BROKEN), "config", HOME)
    assert run.conclusion == "failure"
    assert "no lock group of the organisation is granted until the file is fixed" in (
        run.summary or ""
    )


def test_a_proposed_file_of_groups_is_linted_before_it_counts(flow: Flow):
    """Also where it would be the first one, and in a repository without a pipeline."""
    made(flow, None)
    head = propose(flow, {FILE: BROKEN})
    run = flow.shown(head, "config", HOME)
    assert run.conclusion == "failure"
    assert [(a["path"], a["start_line"]) for a in run.annotations] == [(FILE, 3), (FILE, 4)]
    assert "has no effect, even once it is merged" in (run.summary or "")

    mended = flow.world.push(HOME, "topic", {FILE: ONE})
    flow.settle()
    run = flow.shown(mended, "config", HOME)
    assert (run.conclusion, run.title) == ("success", "valid: 1 lock group")
    assert "takes effect once it is merged" in (run.summary or "")


def test_a_proposed_file_of_groups_on_another_branch_has_no_effect(flow: Flow):
    first = made(flow)
    flow.world.push(HOME, "side", {"README": "side"}, parent=first)
    run = flow.shown(propose(flow, {FILE: ONE + "#\n"}, "side"), "config", HOME)
    assert "on another branch has no effect" in (run.summary or "")


def test_a_proposal_that_removes_the_file_of_groups_says_what_that_means(flow: Flow):
    made(flow)
    run = flow.shown(propose(flow, {FILE: None}), "config", HOME)
    assert (run.conclusion, run.title) == ("success", "removes the file")
    assert "no lock group of the organisation is granted any more" in (run.summary or "")


def test_a_commit_that_changes_both_files_has_one_run_that_tells_of_both(flow: Flow):
    made(flow, None)
    own = pipeline(filled("one"))
    both = flow.world.push(HOME, "main", {FILE: BROKEN, "stagelock.yaml": own, "apps/web/a": "1"})
    flow.settle()
    run = flow.shown(both, "config", HOME)
    assert run.conclusion == "failure"
    assert (run.title or "").startswith(f"{FILE}: 2 problems, line 3: ")
    assert {a["path"] for a in run.annotations} == {FILE}
    before = run.summary or ""
    assert "`stagelock.yaml`" in before

    later = flow.world.push(HOME, "main", {"stagelock.yaml": own + "# more\n"})
    flow.settle()
    assert conclusion(flow, later) == "success"
    assert flow.shown(both, "config", HOME).conclusion == "failure"
    assert "`stagelock.yaml`" in (flow.shown(both, "config", HOME).summary or "")


def test_such_a_file_in_any_other_repository_is_nothing_to_us(flow: Flow):
    first = flow.repo({**files("one"), FILE: BROKEN})
    assert FILE not in str([a["path"] for a in flow.shown(first, "config").annotations])
    assert "permitz" not in (flow.shown(first, "config").summary or "")


def test_at_rest_nothing_is_written_of_a_file_of_groups(flow: Flow):
    made(flow, BROKEN)
    flow.sweep()
    before = len(flow.writes())
    flow.passes(days=20)
    flow.sweep()
    assert len(flow.writes()) == before
