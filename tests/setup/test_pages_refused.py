"""The pages of set-up: strangers, forged and worn states, stolen codes; nothing is stored for them."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.settings import kept
from app.setup.desk import Refused
from tests.setup.browsing import ANSWERS, files, untouched


def test_nobody_without_the_one_time_address_gets_in(tmp_path, server, github):
    eve = server.browser()
    for path in ("/setup", "/setup?token=", f"/setup?token={'A' * 43}", "/setup?token=%ff"):
        assert eve.get(path).status_code == 403
        assert "Set-Cookie" not in eve.answer.headers
    assert eve.post().status_code == 403
    assert eve.post("/setup/done").status_code == 403
    assert eve.comes_back("x").status_code == 403
    assert untouched(tmp_path, github)


def test_a_second_person_with_the_address_is_told_that_set_up_is_under_way(server, ana):
    bob = server.browser()

    assert bob.get(f"/setup?token={server.token}").status_code == 403
    assert bob.heading == "Set-up is under way in another browser"
    assert bob.get("/setup").status_code == 403
    assert ana.get("/setup").status_code == 200


def test_who_only_looks_whether_the_address_is_there_does_not_use_it_up(server):
    """As programs do that show what a link in a chat leads to."""
    server.app.test_client().head(f"/setup?token={server.token}")

    assert server.browser().opens(server).heading == "Where does this server run?"


def test_the_one_time_token_leaves_the_address_at_once_and_only_its_hash_is_kept(tmp_path, server):
    ana = server.browser()
    ana.get(f"/setup?token={server.token}")

    assert ana.answer.headers["Location"] == "/setup"
    assert ana.answer.headers["Referrer-Policy"] == "no-referrer"
    cookie = ana.answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert "SameSite=Lax" in cookie
    found = re.match(r"stagelock-setup=([^;]+)", cookie)
    assert found is not None
    session = found[1]
    assert not [
        text for text in files(tmp_path).values() if server.token in text or session in text
    ]


def test_a_form_of_another_page_is_refused(tmp_path, ana, github):
    ana.text = ""
    assert ana.post(**ANSWERS, form="forged").status_code == 403
    assert "This form is from another session" in ana.heading
    assert untouched(tmp_path, github)


@pytest.mark.parametrize("state", ["", "x", "a.b.c", "{state}x", "x{state}"])
def test_a_forged_state_is_refused_and_nothing_is_stored(tmp_path, ana, github, state):
    real = ana.says()
    ana.comes_back(state.format(state=real))

    assert ana.answer.status_code == 403
    assert "does not belong to this set-up" in ana.heading
    assert untouched(tmp_path, github)
    ana.comes_back(real)
    assert kept.is_there(tmp_path)


def test_a_state_older_than_an_hour_is_refused(tmp_path, ana, github, clock):
    state = ana.says()
    clock.passes(hours=1, seconds=2)
    ana.comes_back(state)

    assert ana.answer.status_code == 403
    assert "older than an hour" in ana.heading
    assert untouched(tmp_path, github)


def test_a_state_is_good_once(tmp_path, ana, github):
    first = ana.says()
    ana.comes_back(first, code="another")
    assert ana.comes_back(first).status_code == 409
    assert github.asked == [("https://github.com", "another")]
    assert not kept.is_there(tmp_path)


def test_only_the_newest_state_counts(tmp_path, ana, github):
    first, second = ana.says(), ana.says()
    assert ana.comes_back(first).status_code == 409
    assert untouched(tmp_path, github)
    ana.comes_back(second)
    assert kept.is_there(tmp_path)


def test_a_stolen_code_and_state_are_of_no_use_in_another_browser(tmp_path, server, ana, github):
    state = ana.says()
    eve = server.browser()
    eve.comes_back(state)

    assert eve.answer.status_code == 403
    assert untouched(tmp_path, github)
    ana.comes_back(state)
    assert kept.is_there(tmp_path)


def test_a_state_of_an_earlier_browser_does_not_let_its_code_in(tmp_path, server, ana, github):
    """The server was started again, and somebody else opened the new address."""
    state = ana.says()
    server.token = server.desk.opened()
    bob = server.browser().opens(server)

    assert ana.get("/setup").status_code == 403
    assert bob.comes_back(state).status_code == 403
    assert untouched(tmp_path, github)


@pytest.mark.parametrize("code", ["", "../../app", "a/b", "a b", "x" * 201])
def test_what_is_no_code_is_not_sent_anywhere(tmp_path, ana, github, code):
    state = ana.says()
    ana.comes_back(state, code=code)

    assert ana.answer.status_code == 400
    assert untouched(tmp_path, github)


def test_a_second_app_does_not_take_the_place_of_the_first(tmp_path, ana, github):
    state = ana.says()
    ana.comes_back(state)
    before = kept.file(tmp_path).read_bytes()
    ana.get("/setup")
    assert ana.post(**ANSWERS).status_code == 409
    assert kept.file(tmp_path).read_bytes() == before


def test_no_page_shows_a_secret(ana, github):
    state = ana.says()
    ana.comes_back(state)
    shown = ana.text + ana.follows().text
    ana.post("/setup/done")

    for secret in ("canary", "BEGIN", "the-code"):
        assert secret not in shown + ana.text


def test_of_all_who_open_the_address_at_once_one_gets_in(server):
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: _claim(server), range(16))

    assert sorted(answers) == ["in", *["taken"] * 15]


def _claim(server):
    try:
        return "in" if server.desk.claimed(server.token) else ""
    except Refused as no:
        return no.why.value


def test_a_browser_that_comes_back_twice_at_once_shows_the_code_once(tmp_path, server, ana, github):
    cookie = ana._client.get_cookie("stagelock-setup", "stagelock.acme.example")
    state, session = ana.says(), cookie.value

    def back(_):
        try:
            server.desk.returned(session, "the-code", state)
        except Refused as no:
            return no.why.value
        return "in"

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(back, range(8)))
    assert answers == ["in", *["used"] * 7]
    assert len(github.asked) == 1
    assert kept.is_there(tmp_path)
