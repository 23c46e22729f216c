"""People rewrite, rename, delete and restore: what is the same content goes on by itself."""

from __future__ import annotations

import pytest

from app.core.model.names import Sha
from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.pipelines import UNLOCKED, UNLOCKED_FILES
from tests.flows.words import ours, say

BRANCHES = """\
version: 1
warehouses:
  web: {branch: next, paths: [apps/web/]}
stages:
  dev:
    branch: env/dev
    path: here
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  prod:
    needs: [dev]
    branch: env/prod
    path: here
    via: pull-request
"""


def promoted(flow: Flow) -> int:
    """How many promotion commits there are on main."""
    return len([s for s in flow.subjects() if s.startswith("Promote")])


def moved(flow: Flow, old: str, new: str) -> dict[str, bytes | None]:
    """The changes that move a folder."""
    held = flow.world.tree(REPO, "main", old)
    return {
        **dict.fromkeys(held),
        **{path.replace(old, new, 1): content for path, content in held.items()},
    }


# --- one commit that renames folders, and the pipeline file with them ------------------------------


@pytest.mark.parametrize("renamed", ["stages", "apps/web", "both"])
def test_folders_renamed_together_with_the_pipeline_file_edit_nothing_by_hand(
    flow: Flow, renamed: str
):
    """The content is what it was: nobody is asked, nothing is written, and the next push flows."""
    first = flow.repo(UNLOCKED_FILES)
    assert flow.state(first, "prod") == "success"
    text = UNLOCKED
    changes: dict[str, str | bytes | None] = {}
    if renamed in ("stages", "both"):
        text = text.replace("path: stages/", "path: envs/")
        changes |= moved(flow, "stages", "envs")
    if renamed in ("apps/web", "both"):
        text = text.replace("apps/web", "apps/site")
        changes |= moved(flow, "apps/web", "apps/site")
    folder = "apps/site" if "apps/site" in text else "apps/web"
    home = "envs" if "envs/" in text else "stages"

    sha = flow.push({**changes, "stagelock.yaml": text}, "Rename folders")

    assert promoted(flow) == 3
    newest = flow.newest()
    for stage in ("dev", "e2e", "prod"):
        run = flow.shown(newest, stage)
        assert run.conclusion == "success", (stage, run.title)
        assert "drift" not in (run.title or ""), (stage, run.title)
    flow.look()
    assert flow.tip() == sha

    last = flow.push({f"{folder}/a": "2"})
    assert flow.state(last, "prod") == "success"
    assert flow.world.tree(REPO, "main", home) == {
        f"{home}/{stage}/web/a": b"2" for stage in ("dev", "e2e", "prod")
    }


def test_renamed_folders_need_no_second_run_of_checks_that_passed_on_their_content(flow: Flow):
    """The evidence is about the content, wherever it stands."""
    first = flow.repo({**UNLOCKED_FILES, "stagelock.yaml": ONE_BRANCH})
    flow.finish(flow.landed("e2e", first), "e2e")
    assert flow.state(first, "prod") == "success"
    text = ONE_BRANCH.replace("path: stages/", "path: envs/")

    flow.push({**moved(flow, "stages", "envs"), "stagelock.yaml": text}, "Rename folders")

    run = flow.shown(flow.newest(), "e2e")
    assert (run.conclusion, "drift" in (run.title or "")) == ("success", False), run.title
    last = flow.push({"apps/web/a": "2"})
    assert flow.state(last, "dev") == "success"
    flow.finish(flow.landed("e2e", last), "e2e")
    assert flow.state(last, "prod") == "success"


def test_content_edited_in_the_commit_that_renames_is_nobodys_freight(flow: Flow):
    """It is not what it was: first contact, and a person's word."""
    flow.repo(UNLOCKED_FILES)
    text = UNLOCKED.replace("path: stages/", "path: envs/")
    changes = {**moved(flow, "stages", "envs"), "envs/prod/web/a": "by hand"}

    flow.push({**changes, "stagelock.yaml": text}, "Rename folders and edit")
    last = flow.push({"apps/web/a": "2"})

    run = flow.shown(last, "prod")
    assert (run.status, run.title) == (
        "queued",
        "prod holds content no freight explains (1 file): /promote prod",
    )
    assert flow.world.tree(REPO, "main", "envs/prod") == {"envs/prod/web/a": b"by hand"}


# --- histories rewritten ----------------------------------------------------------------------------


def test_a_rewritten_history_with_the_same_content_is_adopted(flow: Flow):
    """Somebody took a large file out of all commits: every id is new, and no content is."""
    flow.repo(UNLOCKED_FILES)
    flow.push({"apps/web/a": "2"})
    files = flow.world.tree(REPO, "main")
    empty = flow.world.push(REPO, "anew", {"apps/web/a": "1"})
    flow.world.branch(REPO, "main", at=empty)
    flow.world.push(REPO, "main", dict(files), message="All of it again")
    flow.settle()

    tip = flow.tip()
    assert promoted(flow) == 0
    assert flow.newest() == tip
    for stage in ("dev", "e2e", "prod"):
        assert flow.shown(tip, stage).conclusion == "success"
    last = flow.push({"apps/web/a": "3"})
    assert flow.state(last, "prod") == "success"
    assert promoted(flow) == 3


# --- branches deleted, gone, made again, restored -----------------------------------------------------


def branches(flow: Flow) -> str:
    """A repository with a branch for its sources and one for each stage; its freight."""
    flow.world.create_repo(REPO, files={"stagelock.yaml": BRANCHES, "readme": "1"})
    sha = flow.world.push(REPO, "next", {"apps/web/a": "1"}, parent=flow.tip())
    flow.settle()
    return sha


def test_a_watched_branch_that_is_gone_withdraws_its_freight_and_restored_brings_it_back(
    flow: Flow,
):
    first = branches(flow)
    assert flow.state(first, "dev") == "success"
    pull = ours(flow)
    flow.world.delete_branch(REPO, "next")
    flow.settle()
    assert flow.state(first, "prod") == "cancelled"
    assert pull.state == "closed"
    assert flow.world.tree(REPO, "env/dev") == {"here/web/a": b"1"}

    flow.world.branch(REPO, "next", at=first)
    flow.settle()

    assert flow.state(first, "dev") == "success"
    assert len([s for s in flow.subjects("env/dev") if s.startswith("Promote")]) == 1
    assert ours(flow).state == "open"
    flow.world.merge(REPO, ours(flow).number, by="bob")
    flow.settle()
    assert flow.state(first, "prod") == "success"


def test_a_watched_branch_made_again_from_elsewhere_has_a_line_of_its_own(flow: Flow):
    first = branches(flow)
    flow.world.delete_branch(REPO, "next")
    flow.settle()
    again = flow.world.push(REPO, "next", {"apps/web/a": "9"}, parent=flow.tip())
    flow.settle()

    assert flow.newest() == again != first
    assert flow.state(again, "dev") == "success"
    assert flow.world.tree(REPO, "env/dev") == {"here/web/a": b"9"}


def test_a_stage_branch_deleted_and_restored_before_we_look_is_what_it_was(flow: Flow):
    first = branches(flow)
    tip = flow.tip("env/dev")
    flow.world.delete_branch(REPO, "env/dev")
    flow.world.branch(REPO, "env/dev", at=tip)
    flow.settle()

    assert flow.tip("env/dev") == tip
    assert flow.state(first, "dev") == "success"


def test_a_stage_branch_that_was_deleted_is_made_again_with_what_belongs_there(flow: Flow):
    first = branches(flow)
    flow.world.delete_branch(REPO, "env/dev")
    flow.settle()
    flow.look()

    assert flow.world.tree(REPO, "env/dev") == {"here/web/a": b"1"}
    assert flow.state(first, "dev") == "success"


def test_a_stage_branch_deleted_under_its_pull_request_cancels_and_retry_makes_it_again(
    flow: Flow,
):
    first = branches(flow)
    pull = ours(flow)
    flow.world.delete_branch(REPO, "env/prod")
    flow.world.edit_pull(REPO, pull.number, by="alice", state="closed")  # GitHub does this
    flow.settle()
    run = flow.shown(first, "prod")
    assert (run.conclusion, run.title) == ("cancelled", "cancelled: its pull request was closed")

    say(flow, first, "/retry prod")

    assert ours(flow).number != pull.number
    assert ours(flow).state == "open"
    flow.world.merge(REPO, ours(flow).number, by="bob")
    flow.settle()
    assert flow.state(first, "prod") == "success"
    assert flow.world.tree(REPO, "env/prod") == {"here/web/a": b"1"}


def test_a_fresh_mirror_knows_what_was_in_force_when_its_commit_is_gone(flow: Flow):
    """
    The history was rewritten while e2e ran, its file names no lock and no check now, and another
    machine looks: what is under way is held to the file as of its grant, and frees nothing.
    """
    slow = ONE_BRANCH.replace("    verify: {checks: [e2e]}\n", "    verify: {checks: [e2e]}\n    timeout-minutes: 7\n")  # fmt: skip
    flow.world.create_repo(REPO, files={"apps/web/a": "1"})
    first = flow.tip()
    granted = flow.push({"stagelock.yaml": slow}, "Use Stagelock")
    landed = flow.landed("e2e", first)
    flow.world.start_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()
    files: dict[str, str | bytes | None] = {
        **flow.world.tree(REPO, "main"),
        "stagelock.yaml": UNLOCKED,
    }
    again = flow.world.push(REPO, "main", files, parent=first, force=True)
    flow.app.mirrors.forget(flow.world.repo(REPO).id)
    flow.settle()

    repo = flow.world.repo(REPO).id
    assert flow.app.store.history.config_text(repo, Sha(granted)) == slow.encode()
    assert flow.records().in_force == again
    assert [r.state for r in flow.requests()] == ["suspect"]
    flow.world.finish_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()
    assert [r.state for r in flow.requests()] == ["released"]
