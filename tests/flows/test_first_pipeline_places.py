"""A first `stagelock.yaml` asked for in odd repositories: each is answered, none is harmed."""

from __future__ import annotations

import pytest

from app.core.config import parse
from app.core.model.names import FIRST_FILE
from app.setup.proposing import Hindrance, State
from tests.flows.first_files import FILES, asked, standing
from tests.flows.harness import REPO, Flow

BODY_LIMIT = 65536
"""Of a pull request, in characters: https://github.com/orgs/community/discussions/27190."""


def refs(flow: Flow, name: str = REPO):
    return flow.world.branches(name)


def test_a_repository_without_a_commit_is_told_to_push_something_first(flow: Flow):
    flow.world.create_repo(REPO)
    flow.settle()

    assert asked(flow).hindrance is Hindrance.EMPTY
    assert asked(flow, smallest=True).hindrance is Hindrance.EMPTY
    assert refs(flow) == {}


def test_a_default_branch_that_is_not_there_is_as_one_without_a_commit(flow: Flow):
    flow.repo(FILES)
    flow.world.branch(REPO, "trunk")
    flow.world.repo(REPO).default_branch = "gone"

    assert asked(flow).hindrance is Hindrance.EMPTY
    assert refs(flow).keys() == {"main", "trunk"}


def test_a_default_branch_that_has_the_name_of_ours_is_not_written(flow: Flow):
    flow.repo(FILES)
    flow.world.branch(REPO, FIRST_FILE)
    flow.world.repo(REPO).default_branch = FIRST_FILE
    before = refs(flow)

    found = asked(flow)

    assert (found.hindrance, found.said) == (Hindrance.NO_ROOM, FIRST_FILE)
    assert refs(flow) == before


@pytest.mark.parametrize("text", ["version: 1\n", "stages: [1]\n", "", "\x00", "{{{"])
def test_whatever_the_file_that_is_there_holds_it_gets_no_other(flow: Flow, text: str):
    flow.repo({**FILES, "stagelock.yaml": text})

    assert asked(flow, smallest=True).hindrance is Hindrance.THERE
    assert standing(flow).state is State.THERE
    assert refs(flow).keys() == {"main"}


def test_a_folder_in_the_files_place_is_not_replaced(flow: Flow):
    flow.repo({**FILES, "stagelock.yaml/notes.txt": "mine"})

    assert asked(flow, smallest=True).hindrance is Hindrance.THERE
    assert refs(flow).keys() == {"main"}


def test_a_file_on_another_branch_is_in_nobodys_way(flow: Flow):
    flow.repo(FILES)
    flow.world.push(REPO, "topic", {"stagelock.yaml": "version: 1\n"}, parent=flow.tip())

    assert asked(flow).pull


@pytest.mark.parametrize("branch", ["stagelock", f"{FIRST_FILE}/x"])
def test_a_branch_that_leaves_no_room_for_ours_is_told_and_not_to_wait(flow: Flow, branch: str):
    """Git keeps no branch `a/b` beside one `a`: https://git-scm.com/docs/git-check-ref-format."""
    flow.repo(FILES)
    flow.world.branch(REPO, branch)
    before = refs(flow)

    found = asked(flow)

    assert found.hindrance is Hindrance.NO_ROOM
    assert found.said == branch
    assert refs(flow) == before


def test_an_archived_repository_is_told_to_be_unarchived_and_no_right_is_asked_for(flow: Flow):
    flow.repo(FILES)
    flow.world.archive_repo(REPO)

    found = asked(flow)

    assert found.hindrance is Hindrance.ARCHIVED
    assert refs(flow).keys() == {"main"}


def test_in_a_fork_it_is_proposed_to_the_fork_alone(flow: Flow):
    flow.repo(FILES)
    made = flow.world.fork(REPO, "dave", install=["stagelock"])
    flow.settle()

    found = asked(flow, made.full_name)

    assert found.pull
    assert [pull.number for pull in flow.world.pulls(made.full_name)] == [found.pull]
    assert flow.world.pulls(REPO) == []
    assert refs(flow).keys() == {"main"}


def test_a_protected_default_branch_is_no_obstacle(flow: Flow):
    flow.repo(FILES)
    flow.world.protect(REPO, "main", required_checks=["build"])
    before = flow.tip()

    assert asked(flow).pull
    assert flow.tip() == before


def test_a_default_branch_of_any_name_gets_it(flow: Flow):
    flow.world.create_repo(REPO, files=FILES, default_branch="trunk/\u00e9\U0001f680")
    flow.settle()

    assert asked(flow).pull
    [pull] = flow.world.pulls(REPO)
    assert pull.base == "trunk/\u00e9\U0001f680"


def test_a_thousand_overlays_make_a_pull_request_that_github_takes(flow: Flow):
    kustomization = "images:\n  - name: web\n    newTag: ''\n"
    many = {f"overlays/customer-{n:04}/kustomization.yaml": kustomization for n in range(1000)}
    flow.repo({"src/a": "1", **many})

    found = asked(flow)
    if found.hindrance is Hindrance.NOTHING:
        found = asked(flow, smallest=True)
    flow.settle()

    [pull] = flow.world.pulls(REPO)
    assert len(pull.body or "") <= BODY_LIMIT
    head = flow.tip(FIRST_FILE)
    text = flow.world.tree(REPO, head, "stagelock.yaml")["stagelock.yaml"]
    assert not parse(text, "main").problems
    assert flow.state(head, "config") == "success"


HOSTILE = ("CON", "aux.", "Dev", "dev ", "a:b", "\U0001f680", "de\u0301v", "@acme", "<b>", "|x|")


def test_folders_that_no_stage_can_be_called_act_nowhere(flow: Flow):
    """In the file, the pull request's text, and the words of its checks."""
    kustomization = "images:\n  - name: web\n    newTag: ''\n"
    odd = {f"apps/web/overlays/{name}/kustomization.yaml": kustomization for name in HOSTILE}
    flow.repo({**FILES, **odd})

    assert asked(flow).pull
    flow.settle()

    [pull] = flow.world.pulls(REPO)
    head = flow.tip(FIRST_FILE)
    assert flow.state(head, "config") == "success"
    assert flow.state(head, "plan") == "success"
    for text in (pull.body or "", flow.summary(head, "plan")):
        plain = "".join(text.split("`")[::2])
        assert "@acme" not in plain
        assert "<b>" not in plain
