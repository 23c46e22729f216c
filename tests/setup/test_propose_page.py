"""The button beside a repository without a `stagelock.yaml`: for the one session, on request."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app.core.model.names import Repo
from app.errors import Transient
from app.setup.proposing import Hindrance, Proposed, Start, State
from app.setup.starts import AGAIN, AT_ONCE, Starts
from app.setup.watching import Look, Seen
from tests.setup.browsing import Clock, GitHub, Server

SHOP = Repo(7, "acme", "shop", 1)


def at_acme(state: State, pull: int = 0, repo: Repo = SHOP) -> Look:
    starts = (Start(repo, state, pull),)
    return Look("s", (), "", (Seen("acme", "", False, (), (repo.full_name,), 1, "", starts),), None)


class Requests:
    def __init__(self):
        self.asked, self.answer = [], Proposed(SHOP, 4)

    def __call__(self, which, *, smallest):
        self.asked.append((which, smallest))
        return self.answer


@pytest.fixture
def requests():
    return Requests()


@pytest.fixture
def server(tmp_path, requests):
    github = GitHub(looks=[at_acme(State.NONE)])
    return Server(tmp_path, github, Clock(), propose=requests)


@pytest.fixture
def ana(server):
    """She has made the App and sees where it is installed."""
    browser = server.browser().opens(server)
    browser.comes_back(browser.says())
    return browser.follows()


def test_it_stands_beside_a_repository_without_a_file_and_asks_nobody_unasked(ana, requests):
    assert "acme/shop has no stagelock.yaml." in ana.text
    assert 'name="repo" value="7"' in ana.text
    assert requests.asked == []


@pytest.mark.parametrize("state", [State.THERE, State.ASKED])
def test_where_a_file_is_there_or_nobody_knows_yet_there_is_no_button(tmp_path, state):
    server = Server(tmp_path, GitHub(looks=[at_acme(state)]), Clock())
    ana = server.browser().opens(server)
    ana.comes_back(ana.says())
    ana.follows()
    assert 'name="repo"' not in ana.text


def test_a_click_proposes_for_that_repository_and_leads_to_the_pull_request(ana, requests):
    ana.post("/setup/propose", repo="7")

    assert requests.asked == [(7, False)]
    assert 'href="https://github.com/acme/shop/pull/4"' in ana.text


def test_a_form_of_another_page_or_another_browser_proposes_nothing(server, ana, requests):
    ana.post("/setup/propose", repo="7", form="forged")
    assert ana.answer.status_code == 403
    eve = server.browser()
    eve.text = ""
    eve.post("/setup/propose", repo="7")
    assert eve.answer.status_code == 403
    assert requests.asked == []


def test_before_there_is_an_app_nothing_is_proposed(server, requests):
    ana = server.browser().opens(server)
    ana.post("/setup/propose", repo="7")

    assert ana.answer.status_code == 400
    assert requests.asked == []


def test_after_done_the_button_works_no_more(ana, requests):
    before = ana.text
    ana.post("/setup/done")
    ana.text = before
    ana.post("/setup/propose", repo="7")

    assert ana.answer.status_code == 410
    assert requests.asked == []


@pytest.mark.parametrize("number", ["", "x", "-1", "\u0663", "9" * 30])
def test_what_is_no_number_of_a_repository_is_none(ana, requests, number):
    ana.post("/setup/propose", repo=number)
    assert requests.asked == [(0, False)]


def test_where_not_all_are_shown_one_is_asked_for_by_its_name(tmp_path, requests):
    many = Seen("acme", "", False, (), (SHOP.full_name,), 300)
    github = GitHub(looks=[Look("s", (), "", (many,), None)])
    server = Server(tmp_path, github, Clock(), propose=requests)
    ana = server.browser().opens(server)
    ana.comes_back(ana.says())
    ana.follows()
    assert 'name="name"' in ana.text

    ana.post("/setup/propose", name=" acme/zoo ")
    assert requests.asked == [("acme/zoo", False)]


def test_where_all_are_shown_no_name_is_asked_for(ana):
    assert 'name="name"' not in ana.text


@pytest.mark.parametrize("hindrance", list(Hindrance))
def test_whatever_is_in_the_way_is_a_sentence_and_what_was_said_is_text(ana, requests, hindrance):
    requests.answer = Proposed(SHOP, hindrance=hindrance, said="<b>GH013</b>")
    ana.post("/setup/propose", repo="7")

    assert ana.answer.status_code == 200
    assert "&lt;b&gt;GH013" in ana.text
    assert "acme/shop" in ana.text


def test_where_nothing_is_found_the_smallest_file_is_one_click_away(ana, requests):
    requests.answer = Proposed(SHOP, hindrance=Hindrance.NOTHING)
    ana.post("/setup/propose", repo="7")
    assert "Propose the smallest file" in ana.text

    ana.post("/setup/propose", repo="7", smallest="yes")
    assert requests.asked[-1] == (7, True)


def fact_of(number) -> Any:
    """Of a repository's fact only its name is read."""
    return SimpleNamespace(repo=Repo(number, "acme", f"r{number}", 1))


def test_a_few_repositories_are_asked_a_look_and_one_that_has_its_file_never_again():
    clock, asked = Clock(), []

    def standing(fact):
        asked.append(fact.repo.id)
        return Start(fact.repo, State.THERE if fact.repo.id == 0 else State.NONE)

    starts, facts = Starts(standing, clock), [fact_of(n) for n in range(AT_ONCE + 2)]
    first = starts.of(facts)
    assert [one.state for one in first].count(State.ASKED) == 2
    assert all(one.state is not State.ASKED for one in starts.of(facts))
    before = len(asked)
    assert starts.of(facts)
    assert len(asked) == before
    clock.passes(seconds=AGAIN.total_seconds())
    starts.of(facts)
    assert asked[before:]
    assert 0 not in asked[before:]


def test_a_repository_that_does_not_answer_stays_as_it_was_known():
    def standing(_fact):
        raise Transient("not now")

    assert [one.state for one in Starts(standing, Clock()).of([fact_of(1)])] == [State.ASKED]
