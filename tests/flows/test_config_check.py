"""`stagelock / config`: the linter's answer where the file changes, and which version counts."""

from __future__ import annotations

import pytest

from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.proposing import propose

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}
BROKEN = ONE_BRANCH.replace("    needs: [dev]\n", "    needs: [dve]\n").replace(
    "    path: stages/prod\n", "    path: stages/prod\n    sok: 10m\n"
)
LINES = BROKEN.splitlines()


def noted(flow: Flow, sha: str) -> list[tuple[str, int]]:
    """(file, line) of each annotation of the config check."""
    run = flow.run(sha, "config")
    assert run is not None
    return [(a["path"], a["start_line"]) for a in run.annotations]


def test_an_invalid_file_fails_at_its_lines_and_the_last_valid_one_counts(flow: Flow):
    flow.repo(FILES)

    broken = flow.push({"stagelock.yaml": BROKEN, "apps/web/index.html": "two"})

    run = flow.run(broken, "config")
    assert run is not None
    assert run.conclusion == "failure"
    typo, unknown = LINES.index("    needs: [dve]") + 1, LINES.index("    sok: 10m") + 1
    assert noted(flow, broken) == [("stagelock.yaml", typo), ("stagelock.yaml", unknown)]
    assert "did you mean" in run.annotations[0]["message"].lower()
    assert "The newest valid version stays in force" in (run.summary or "")
    assert "until the file is fixed." in (run.summary or "")
    assert "did you mean `dev`?" in (run.summary or "")
    assert "\\`" not in (run.summary or "")
    assert flow.landed("dev", broken)

    mended = flow.push({"stagelock.yaml": ONE_BRANCH + "# mended\n"})
    assert flow.state(mended, "config") == "success"
    assert flow.state(broken, "config") == "failure"
    later = flow.push({"apps/web/index.html": "three"})
    assert flow.landed("dev", later)
    assert flow.run(later, "config") is None


def test_a_first_file_that_is_invalid_promotes_nothing_until_it_is_mended(flow: Flow):
    first = flow.repo({**FILES, "stagelock.yaml": "version: 1\nstages: [1]\n"})
    assert flow.state(first, "config") == "failure"
    assert flow.world.tree(REPO, "main", "stages") == {}

    flow.push({"stagelock.yaml": ONE_BRANCH})

    assert flow.world.tree(REPO, "main", "stages/dev") == {"stages/dev/web/index.html": b"one"}


def test_a_proposed_file_is_linted_on_the_pull_requests_head(flow: Flow):
    flow.repo(FILES)

    head = propose(flow, {"stagelock.yaml": BROKEN})

    run = flow.run(head, "config")
    assert run is not None
    assert run.conclusion == "failure"
    assert len(noted(flow, head)) == 2
    assert "has no effect, even once it is merged" in (run.summary or "")
    assert "the last valid version on `main` stays in force" in (run.summary or "")
    again = flow.world.push(REPO, "topic", {"stagelock.yaml": ONE_BRANCH + "# fine\n"})
    flow.settle()
    assert flow.state(again, "config") == "success"


def test_a_file_on_another_branch_only_has_no_effect(flow: Flow):
    first = flow.repo({"apps/web/index.html": "one"})
    flow.world.push(REPO, "side", {"stagelock.yaml": ONE_BRANCH}, parent=first)
    flow.settle()

    assert flow.writes() == []
    assert flow.subjects() == ["Initial commit"]


def test_a_deleted_file_is_followed_to_its_end_on_a_machine_that_never_saw_it(flow: Flow):
    """A fresh mirror finds no file; what is under way is in the store all the same."""
    first = flow.repo(FILES)
    landed = flow.landed("e2e", first)
    flow.world.start_check(REPO, landed, "e2e")
    flow.settle()

    flow.app.mirrors.forget(flow.world.repo(REPO).id)
    flow.push({"stagelock.yaml": None, "apps/web/index.html": "two"})

    assert flow.state(first, "e2e") == "cancelled"
    assert [r.state for r in flow.requests()] in (["held"], ["suspect"])
    flow.app.mirrors.forget(flow.world.repo(REPO).id)
    flow.finish(landed, "e2e")
    assert [r.state for r in flow.requests()] == ["released"]
    assert flow.state(first, "lock / e2e-env") == "success"


def test_a_deleted_file_ends_what_was_under_way_and_releases_nothing_that_runs(flow: Flow):
    """The job of e2e may still use the environment: its lock is not free because of an edit."""
    first = flow.repo(FILES)
    landed = flow.landed("e2e", first)
    flow.world.start_check(REPO, landed, "e2e")
    flow.settle()

    flow.push({"stagelock.yaml": None, "apps/web/index.html": "two"})

    assert flow.state(first, "e2e") == "cancelled"
    assert [r.state for r in flow.requests()] in (["held"], ["suspect"])
    assert len(flow.subjects()) == 4
    flow.finish(landed, "e2e")
    assert [r.state for r in flow.requests()] == ["released"]
    again = flow.push({"stagelock.yaml": ONE_BRANCH})
    assert flow.state(again, "config") == "success"


def test_a_pull_request_is_told_what_the_last_commits_would_have_gone_to(flow: Flow):
    """Promotions among them are no changes of people: they are not counted."""
    flow.repo({"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"})
    flow.push({"apps/api/a": "1"}, "Change the api")
    flow.push({"apps/web/b": "2"}, "Change the web")
    new = ONE_BRANCH.replace("[apps/web/]", "[apps/web/, apps/api/]")

    flow.world.push(REPO, "topic", {"stagelock.yaml": new}, author="bob", parent=flow.tip())
    flow.world.open_pull(REPO, "topic", by="bob")
    flow.settle()

    run = flow.run(flow.tip("topic"), "config")
    assert run is not None
    assert "Of the last 3 commits on `main` 1 would have been promoted to other stages" in (
        run.summary or ""
    )
    assert "Change the api | nowhere | `dev`, `e2e` and `prod` |" in (run.summary or "")
    assert "```mermaid\nflowchart LR" in (run.summary or "")


@pytest.mark.parametrize("kept", [{}, {"stagelock.yml": "version: 1\n"}], ids=["gone", "renamed"])
def test_a_proposal_that_removes_the_file_says_what_that_means(
    flow: Flow, kept: dict[str, str | bytes | None]
):
    """rule R66: it is no mistake, and whoever requires the check can take the App out."""
    flow.repo(FILES)
    head = propose(flow, {"stagelock.yaml": None, **kept})

    run = flow.shown(head, "config")
    assert (run.conclusion, run.title) == ("success", "removes the file")
    assert "nothing is promoted any more" in (run.summary or "")
    assert "This removes `stagelock.yaml`" in (flow.shown(head, "plan").summary or "")
