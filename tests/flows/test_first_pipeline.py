"""A first `stagelock.yaml`, on request, as a pull request by the App: once, whatever happens."""

from __future__ import annotations

import re

import pytest

from app.core.config import parse
from app.core.model.names import FIRST_FILE, RESERVED
from app.errors import Transient
from app.sandbox.github.git_store import Person
from app.sandbox.github.pushes import writing
from app.setup.proposing import Hindrance, Proposer, State
from tests.flows.first_files import FILES, WHO, asked, noted, of
from tests.flows.harness import REPO


def test_the_same_file_as_init_writes_is_proposed_and_its_checks_say_the_same(flow):
    flow.repo(FILES)

    found = asked(flow)
    flow.settle()

    [pull] = flow.world.pulls(REPO)
    assert (found.pull, pull.number, pull.state) == (pull.number, pull.number, "open")
    head = flow.tip(FIRST_FILE)
    text = flow.world.tree(REPO, head, "stagelock.yaml")["stagelock.yaml"]
    assert text.decode() == found.started.starter.text
    assert not parse(text, "main").problems
    prod = "holds v1.8.3, which no freight explains: nothing happens until /promote prod |"
    plan, config = flow.run(head, "plan"), flow.run(head, "config")
    for said in (pull.body or "", plan.summary or ""):
        assert prod in said
    assert (plan.conclusion, config.conclusion) == ("success", "success")


def test_its_text_ends_with_an_event_id_that_opens_its_audit_entry(flow):
    flow.repo(FILES)

    asked(flow)

    [pull] = flow.world.pulls(REPO)
    found = re.search(r"<sub>event `([a-z2-7]{8})`</sub>\s*\Z", pull.body or "")
    assert found is not None
    [entry] = flow.app.store.audit.find(found[1])
    assert entry.repo == REPO
    assert entry.entry == {
        "kind": "first-file",
        "branch": FIRST_FILE,
        "commit": flow.tip(FIRST_FILE),
        "title": pull.title,
    }


def test_where_its_audit_entry_cannot_be_kept_no_pull_request_is_opened(flow):
    """A message whose id opens nothing is never sent; asked again, it is made."""
    flow.repo(FILES)
    _, fact = of(flow)

    def full(*_):
        raise Transient("the database is full")

    made = Proposer(flow.app.forge, flow.app.mirrors, lambda: WHO, full)
    assert made.propose(fact, smallest=False).hindrance is Hindrance.SILENT
    assert flow.world.pulls(REPO) == []

    assert asked(flow).pull == 1


def test_no_stage_can_have_the_branch_of_the_first_file():
    assert FIRST_FILE.removeprefix("stagelock/") in RESERVED


def test_asked_again_it_is_the_same_pull_request(flow):
    flow.repo(FILES)
    first = asked(flow)
    head = flow.tip(FIRST_FILE)

    assert asked(flow).pull == first.pull
    assert len(flow.world.pulls(REPO)) == 1
    assert flow.tip(FIRST_FILE) == head


def test_after_a_crash_between_the_push_and_the_pull_request_nothing_is_there_twice(flow):
    flow.repo(FILES)
    proposer, fact = of(flow)

    class Dying:
        def __getattr__(self, name):
            return getattr(flow.app.forge, name)

        def create_pull(self, *_):
            raise Transient("the process died here")

    broken = Proposer(Dying(), flow.app.mirrors, lambda: WHO, noted(flow))
    assert broken.propose(fact, smallest=False).hindrance is Hindrance.SILENT
    head = flow.tip(FIRST_FILE)
    assert flow.world.pulls(REPO) == []

    assert proposer.propose(fact, smallest=False).pull
    assert flow.tip(FIRST_FILE) == head
    assert len(flow.world.pulls(REPO)) == 1


def test_left_over_by_a_crash_while_people_went_on_it_is_made_anew_on_their_tip(flow):
    flow.repo(FILES)
    asked(flow)
    flow.world.edit_pull(REPO, 1, state="closed")
    flow.push({"apps/web/src/main.py": "print(2)\n"})

    again = asked(flow)

    assert again.pull == 2
    assert flow.world.log(REPO, FIRST_FILE)[1].sha == flow.tip()


def test_commits_of_people_on_that_branch_are_left_as_they_are(flow):
    flow.repo(FILES)
    mine = flow.world.push(REPO, FIRST_FILE, {"stagelock.yaml": "mine"}, parent=flow.tip())

    assert asked(flow).hindrance is Hindrance.FOREIGN
    assert flow.tip(FIRST_FILE) == mine
    assert flow.world.pulls(REPO) == []


def test_what_a_person_made_of_our_commit_is_theirs_though_it_names_us_as_its_author(flow):
    """As `git commit --amend` leaves it: our author, our message, their file."""
    flow.repo(FILES)
    asked(flow)
    flow.world.edit_pull(REPO, 1, state="closed")
    [ours, below, *_] = flow.world.log(REPO, FIRST_FILE)
    repo, bob = flow.world.repo(REPO), flow.world.user("bob")
    with writing(flow.world.hub, repo, bob) as git:
        tree = git.changed_tree(below.sha, {"stagelock.yaml": "version: 1\n# mine\n"})
        us, them = Person(WHO.name, WHO.email), Person(bob.name, bob.email)
        when = flow.clock()
        mine = git.write_commit(tree, [below.sha], ours.message, us, when, them)
        git.set_ref(f"refs/heads/{FIRST_FILE}", mine)

    assert asked(flow).hindrance is Hindrance.FOREIGN
    assert flow.tip(FIRST_FILE) == mine


def test_a_repository_that_has_the_file_gets_no_other(flow):
    flow.repo({**FILES, "stagelock.yaml": "version: 1\n"})

    assert asked(flow).hindrance is Hindrance.THERE
    assert flow.world.branches(REPO).keys() == {"main"}


def test_where_nothing_is_found_that_is_said_and_the_smallest_file_is_offered(flow):
    flow.repo({"main.py": "1\n"})

    found = asked(flow)
    assert found.hindrance is Hindrance.NOTHING
    assert "promotes nothing yet" in found.started.starter.text
    assert flow.world.branches(REPO).keys() == {"main"}

    assert asked(flow, smallest=True).pull == 1


def test_a_rule_that_refuses_the_push_is_told_in_its_own_words(flow):
    flow.repo(FILES)
    flow.world.protect(REPO, "stagelock/config")

    found = asked(flow)

    assert found.hindrance is Hindrance.RULES
    assert found.said
    assert flow.world.pulls(REPO) == []


@pytest.mark.parametrize("lacking", ["contents", "pull_requests"])
def test_rights_that_the_app_lacks_are_told(flow, lacking):
    flow.repo(FILES)
    flow.world.set_permissions("stagelock", **{lacking: "read"})
    flow.world.accept_permissions("stagelock", **{lacking: "read"})

    found = asked(flow)

    assert found.hindrance is Hindrance.RIGHTS
    assert found.said
    assert flow.world.pulls(REPO) == []


def test_where_a_repository_stands_is_read_from_it(flow):
    flow.repo(FILES)
    proposer, fact = of(flow)
    assert proposer.standing(fact).state is State.NONE

    proposer.propose(fact, smallest=False)
    found = proposer.standing(fact)
    assert (found.state, found.pull) == (State.PROPOSED, 1)

    flow.world.merge(REPO, 1)
    assert proposer.standing(fact).state is State.THERE
