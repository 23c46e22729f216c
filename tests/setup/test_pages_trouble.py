"""The pages of set-up where something fails: GitHub, the disk, the process; and starts again."""

import html
import resource
from dataclasses import replace

import pytest

from app.errors import Rejected, Transient
from app.settings import kept
from app.setup.progress import Book
from tests.setup.browsing import Server, files, untouched


def test_github_that_does_not_answer_is_asked_again_with_the_same_code(tmp_path, ana, github):
    github.fails = [Transient("no answer in time"), Transient("it answered 502 Bad Gateway")]
    ana.comes_back(ana.says())
    ana.follows()
    assert ana.heading == "GitHub has not sent the credentials yet"
    assert "no answer in time" in ana.text
    ana.post("/setup/again")
    assert "502" in ana.follows().text
    assert not kept.is_there(tmp_path)
    ana.post("/setup/again")

    assert ana.follows().heading == "Install the App"
    assert [code for _, code in github.asked] == ["the-code"] * 3
    assert "the-code" not in "".join(files(tmp_path).values())


def test_who_does_not_want_to_wait_for_github_begins_again(tmp_path, ana, github):
    github.fails = [Transient("it answered 403 Forbidden")]
    ana.comes_back(ana.says())
    ana.follows()
    ana.post("/setup/over")

    assert ana.follows().heading == "Where does this server run?"
    github.codes = ["second"]
    ana.comes_back(ana.says(), code="second")
    assert kept.is_there(tmp_path)


@pytest.mark.parametrize(
    ("fails", "said"),
    [
        (None, "GitHub does not accept the code"),
        (Rejected("its answer lacks a usable key"), "GitHub's answer does not describe an App"),
    ],
)
def test_an_answer_without_an_app_leads_back_to_the_beginning_and_stores_nothing(
    tmp_path, ana, github, fails, said
):
    github.fails = [fails] if fails else []
    github.codes = ["the-code"] if fails else []
    ana.comes_back(ana.says())

    assert ana.follows().heading == "Where does this server run?"
    assert said in html.unescape(ana.text)
    assert 'value="acme"' in ana.text
    assert not kept.is_there(tmp_path)
    github.codes = ["second"]
    ana.comes_back(ana.says(), code="second")
    assert kept.is_there(tmp_path)


def test_a_data_folder_that_others_read_keeps_nothing_and_says_what_to_do(tmp_path, ana, github):
    state = ana.says()
    kept.folder(tmp_path).chmod(0o755)
    ana.comes_back(state)

    assert ana.answer.status_code == 500
    assert "`chmod 0700" in ana.text
    assert untouched(tmp_path, github)
    kept.folder(tmp_path).chmod(0o700)
    ana.comes_back(state)
    assert kept.is_there(tmp_path)


def test_a_full_disk_is_said_and_nothing_is_half_written(tmp_path, ana, github):
    state = ana.says()
    before = files(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        ana.comes_back(state)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert ana.answer.status_code == 500
    assert "the data folder cannot be written to" in ana.text
    assert files(tmp_path) == before
    assert untouched(tmp_path, github)
    ana.comes_back(state)
    assert kept.is_there(tmp_path)


@pytest.mark.parametrize("record", [None, "", "{", "[]", "[" * 100_000])
def test_a_lost_record_is_no_finished_set_up(tmp_path, ana, github, clock, record):
    file = kept.folder(tmp_path) / "setup.json"
    file.unlink() if record is None else file.write_text(record)
    ana.get("/setup")
    assert ana.heading == "The server's record of this set-up is lost or damaged"

    again = Server(tmp_path, github, clock)
    assert again.browser().opens(again).heading == "Where does this server run?"


@pytest.mark.parametrize("path", ["/setup/again", "/setup/done", "/setup"])
def test_whatever_is_pressed_a_folder_that_others_read_is_a_sentence(tmp_path, ana, github, path):
    github.fails = [Transient("no answer in time")]
    ana.comes_back(ana.says())
    ana.follows()
    kept.folder(tmp_path).chmod(0o711)
    ana.post(path)

    assert ana.answer.status_code == 500
    assert "`chmod 0700" in ana.text
    assert not kept.is_there(tmp_path)


def test_a_start_again_goes_on_where_it_was_in_the_same_browser(
    tmp_path, server, ana, github, clock
):
    state = ana.says()
    again = Server(tmp_path, github, clock)
    ana._client.application = again.app
    assert ana.get("/setup").status_code == 200
    assert "GitHub has not sent you back yet" in ana.text
    ana.comes_back(state)

    assert ana.follows().heading == "Install the App"


def test_a_new_address_lets_a_new_browser_go_on_and_the_old_one_no_more(
    tmp_path, server, ana, github, clock
):
    ana.comes_back(ana.says())
    again = Server(tmp_path, github, clock)
    bob = again.browser().opens(again)

    assert bob.heading == "Install the App"
    assert ana.get("/setup").status_code == 403


def test_an_old_address_is_void_after_a_start_again(tmp_path, server, github, clock):
    Server(tmp_path, github, clock)
    eve = server.browser()
    assert eve.get(f"/setup?token={server.token}").status_code == 403
    assert "not the one-time address" in eve.heading


def test_a_kill_between_code_and_app_loses_nothing(tmp_path, server, ana, github):
    ana.says()
    book = Book(tmp_path)
    was = book.read()
    assert was is not None
    book.write(replace(was, code="the-code", state=""))
    ana.get("/setup")
    assert ana.heading == "GitHub has not sent the credentials yet"
    ana.post("/setup/again")
    assert kept.is_there(tmp_path)
