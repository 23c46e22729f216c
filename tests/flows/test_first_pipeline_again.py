"""A first `stagelock.yaml` asked for again: what people did meanwhile, and what was lost."""

from __future__ import annotations

import threading

import pytest

from app.core.model.names import FIRST_FILE
from app.github.endpoints import ENDPOINTS
from app.setup.proposing import Hindrance, State
from tests.flows.first_files import FILES, amended, asked, of, standing
from tests.flows.harness import REPO, Flow
from tests.processes import PATIENCE

UNSPOKEN = "what runs suggest is for after the merge, on heads that are replaced here, too"
TAG = "apps/web/src/main.py"


def holds_the_file(flow: Flow, ref: str) -> bool:
    return "stagelock.yaml" in flow.world.tree(REPO, ref, "stagelock.yaml")


@pytest.fixture
def proposal(flow: Flow):
    """Asked for once."""
    flow.repo(FILES)
    assert asked(flow).pull == 1
    return flow.tip(FIRST_FILE)


def test_what_a_person_corrected_on_it_stays_and_it_is_the_same_pull_request(flow, proposal):
    mine = flow.world.push(REPO, FIRST_FILE, {"stagelock.yaml": "version: 1\n"}, author="bob")
    flow.push({TAG: "print(2)\n"})

    assert asked(flow).pull == 1
    assert flow.tip(FIRST_FILE) == mine
    assert len(flow.world.pulls(REPO)) == 1


def test_what_a_person_amended_on_it_stays_though_we_are_still_its_author(flow, proposal):
    mine = amended(flow)
    flow.world.edit_pull(REPO, 1, state="closed")
    flow.push({TAG: "print(2)\n"})

    found = asked(flow)

    assert flow.tip(FIRST_FILE) == mine
    assert found.hindrance is Hindrance.FOREIGN


def test_a_branch_that_was_updated_by_a_person_stays_and_it_is_the_same_pull_request(
    flow, proposal
):
    flow.push({TAG: "print(2)\n"})
    flow.world.update_branch(REPO, 1)
    updated = flow.tip(FIRST_FILE)
    assert updated != proposal

    assert asked(flow).pull == 1
    assert flow.tip(FIRST_FILE) == updated


def test_closed_by_a_person_it_has_a_button_again_and_a_new_one_is_made_on_request_only(
    flow, proposal
):
    flow.world.edit_pull(REPO, 1, state="closed")
    flow.settle()
    assert standing(flow).state is State.NONE
    assert len(flow.world.pulls(REPO)) == 1

    assert asked(flow).pull == 2
    assert [pull.state for pull in flow.world.pulls(REPO)] == ["open", "closed"]


def test_closed_and_its_branch_deleted_a_new_one_is_made(flow, proposal):
    flow.world.edit_pull(REPO, 1, state="closed")
    flow.world.delete_branch(REPO, FIRST_FILE)

    assert asked(flow).pull == 2
    assert holds_the_file(flow, FIRST_FILE)


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_merged_and_the_file_removed_again_it_is_proposed_anew(flow, proposal, method):
    """The branch of the first is still there."""
    flow.world.merge(REPO, 1, method)
    flow.settle()
    flow.push({"stagelock.yaml": None})
    assert standing(flow).state is State.NONE

    found = asked(flow)

    assert found.pull == 2
    assert holds_the_file(flow, FIRST_FILE)
    assert flow.world.merge(REPO, 2)
    assert holds_the_file(flow, "main")


def test_a_branch_of_that_name_without_commits_of_its_own_loses_nobodys_work(flow: Flow):
    """A person made it, on the tip or behind it, and pushed nothing to it."""
    first = flow.repo(FILES)
    flow.world.branch(REPO, FIRST_FILE, at=first, by="bob")
    flow.push({TAG: "print(2)\n"})

    found = asked(flow)

    assert found.pull or found.hindrance is Hindrance.FOREIGN
    if found.pull:
        assert holds_the_file(flow, FIRST_FILE)
        [pull] = flow.world.pulls(REPO)
        assert pull.number == found.pull


def test_a_pull_request_of_a_person_from_that_branch_is_left_alone(flow: Flow):
    flow.repo(FILES)
    mine = flow.world.push(REPO, FIRST_FILE, {"stagelock.yaml": "version: 1\n"}, parent=flow.tip())
    flow.world.open_pull(REPO, FIRST_FILE)
    flow.settle()

    found = asked(flow)

    assert (found.pull, found.hindrance) in {(1, None), (0, Hindrance.FOREIGN)}
    assert flow.tip(FIRST_FILE) == mine
    assert [pull.title for pull in flow.world.pulls(REPO)] == ["A change"]


def test_a_lost_answer_to_the_pull_request_makes_no_second_one(flow: Flow):
    flow.repo(FILES)
    create = next(endpoint for endpoint in ENDPOINTS if endpoint.name == "create_pull")
    flow.world.faults.add(create.method, r"^/repos/[^/]+/[^/]+/pulls$", "lost", times=50)

    first = asked(flow)
    flow.world.faults.clear()

    assert first.pull == 1 or first.hindrance is Hindrance.SILENT
    assert asked(flow).pull == 1
    assert len(flow.world.pulls(REPO)) == 1


def test_a_lost_answer_to_the_push_makes_no_second_commit(flow: Flow):
    flow.repo(FILES)
    flow.world.faults.add("GIT", r"/git-receive-pack$", "lost")

    first = asked(flow)
    head = flow.tip(FIRST_FILE)

    assert first.pull == 1 or first.hindrance in {Hindrance.SILENT, Hindrance.MOVED}
    assert asked(flow).pull == 1
    assert flow.tip(FIRST_FILE) == head
    assert len(flow.world.log(REPO, FIRST_FILE)) == 2


def test_a_used_up_budget_is_told_as_a_wait(flow: Flow):
    flow.repo(FILES)
    proposer, fact = of(flow)
    flow.world.faults.add("*", "/pulls", "limited", times=50, retry_after=1000)

    assert proposer.propose(fact, smallest=False).hindrance is Hindrance.SILENT


def test_a_right_that_is_granted_later_goes_on_with_the_same_branch(flow: Flow):
    flow.repo(FILES)
    flow.world.set_permissions("stagelock", pull_requests="read")
    flow.world.accept_permissions("stagelock", pull_requests="read")
    assert asked(flow).hindrance is Hindrance.RIGHTS
    flow.world.set_permissions("stagelock", pull_requests="write")
    flow.world.accept_permissions("stagelock", pull_requests="write")
    flow.world.expire_tokens()

    assert asked(flow).pull == 1
    assert len(flow.world.pulls(REPO)) == 1


class Together:
    """Two who ask: neither opens its pull request before both are about to."""

    def __init__(self, forge, barrier):
        self._forge, self._barrier = forge, barrier

    def __getattr__(self, name):
        return getattr(self._forge, name)

    def create_pull(self, *args, **given):
        self._barrier.wait(PATIENCE)
        return self._forge.create_pull(*args, **given)


def test_two_who_ask_at_once_are_led_to_one_pull_request(flow: Flow):
    flow.repo(FILES)
    barrier, found = threading.Barrier(2), []

    def press():
        proposer, fact = of(flow, forge=Together(flow.app.forge, barrier))
        found.append(proposer.propose(fact, smallest=False))

    both = [threading.Thread(target=press) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(PATIENCE)

    assert [one.pull for one in found] == [1, 1], [(one.hindrance, one.said) for one in found]
    assert len(flow.world.pulls(REPO)) == 1
