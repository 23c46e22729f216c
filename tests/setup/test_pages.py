"""One person sets a server up; everybody else, and everything forged, is refused with a sentence."""

import html
import json
import re
import resource
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.doctor.told import Line
from app.errors import Rejected, Transient
from app.settings import Settings, kept
from app.setup.answers import Field
from app.setup.desk import Refused
from app.setup.progress import Book
from app.setup.watching import Look, Seen
from tests.setup.browsing import ANSWERS, AT_ACME, Clock, GitHub, Server


@pytest.fixture
def github():
    return GitHub()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def server(tmp_path, github, clock):
    return Server(tmp_path, github, clock)


@pytest.fixture
def ana(server):
    """Who opened the one-time address first."""
    return server.browser().opens(server)


def files(tmp_path):
    return {one.name: one.read_text() for one in kept.folder(tmp_path).iterdir()}


def untouched(tmp_path, github):
    """Nothing was stored, and GitHub was not asked."""
    assert not kept.is_there(tmp_path)
    assert github.asked == []
    return True


def test_from_the_one_time_address_to_done(tmp_path, server, ana, github):
    assert ana.heading == "Where does this server run?"
    state = ana.says()
    assert ana.comes_back(state).headers["Location"] == "/setup"
    ana.follows()

    assert ana.heading == "Install the App"
    assert "https://github.com/apps/stagelock-acme/installations/new" in ana.text
    github.looks = [AT_ACME]
    ana.get("/setup")
    assert "acme/shop" in ana.text
    ana.post("/setup/done")
    assert ana.heading == "Done: this server is set up"

    settings = Settings.load({"STAGELOCK_DATA_DIR": str(tmp_path)})
    assert settings.require_github().app_id == 4242
    assert settings.public_url == "https://stagelock.acme.example"
    assert not server.desk.is_open()


def test_the_manifest_is_app_yml_with_this_servers_addresses(ana):
    ana.says()
    found = json.loads(html.unescape(re.search(r'name="manifest" value="([^"]*)"', ana.text)[1]))

    assert ana.action.startswith("https://github.com/organizations/acme/settings/apps/new?state=")
    assert found["name"] == "stagelock-acme"
    assert found["hook_attributes"] == {
        "url": "https://stagelock.acme.example/github/webhook",
        "active": True,
    }
    assert found["redirect_url"] == "https://stagelock.acme.example/setup/callback"
    assert found["setup_url"] == "https://stagelock.acme.example/setup"
    assert found["public"] is False
    assert found["default_permissions"]["checks"] == "write"
    assert "push" in found["default_events"]
    assert "stagelock.example/" not in json.dumps(found)


def test_a_browser_that_came_by_another_address_is_sent_back_there(ana):
    ana.says(public_url="https://hooks.acme.example", anyway="https://hooks.acme.example")
    found = json.loads(html.unescape(re.search(r'name="manifest" value="([^"]*)"', ana.text)[1]))

    assert found["hook_attributes"]["url"] == "https://hooks.acme.example/github/webhook"
    assert found["redirect_url"] == "https://stagelock.acme.example/setup/callback"
    assert "setup_url" not in found


@pytest.mark.parametrize(
    ("changed", "action"),
    [
        ({"owner": "me", "organisation": ""}, "https://github.com/settings/apps/new?"),
        (
            {"server": "own", "github_url": "ghe.acme.example/"},
            "https://ghe.acme.example/organizations/acme/settings/apps/new?",
        ),
        *(
            (
                {"server": "own", "github_url": github},
                "https://github.com/organizations/acme/settings/apps/new?",
            )
            for github in ("http://github.com", "www.github.com/", "HTTPS://GitHub.com")
        ),
    ],
)
def test_the_app_can_be_a_persons_and_on_another_github(ana, changed, action):
    ana.says(**changed)
    assert ana.action.startswith(action)


def test_a_page_may_send_forms_to_us_and_the_manifest_to_that_github_alone(ana):
    ana.get("/setup")
    assert ana.answer.headers["Content-Security-Policy"].endswith("form-action 'self'")
    ana.says(server="own", github_url="https://ghe.acme.example")
    policy = ana.answer.headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert policy.endswith("form-action 'self' https://ghe.acme.example")
    assert ana.answer.headers["Referrer-Policy"] == "no-referrer"
    assert ana.answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"(?:src|href)=\"(?!/setup)[^\"]*\"", ana.text)
    assert "<script>" not in ana.text
    assert "style=" not in ana.text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"public_url": "stagelock"}, "github.com cannot reach that address"),
        ({"public_url": "http://127.0.0.1:8080"}, "github.com cannot reach that address"),
        ({"public_url": "http://10.1.2.3"}, "github.com cannot reach that address"),
        ({"public_url": "ftp://x.example"}, "That is no address"),
        ({"public_url": ""}, "That is no address"),
        ({"public_url": "https://a:b@x.example"}, "That is no address"),
        ({"public_url": "https://x.example/setup"}, "That is no address"),
        ({"public_url": "https://x.example#"}, "That is no address"),
        ({"public_url": "https://x..example"}, "That is no address"),
        ({"public_url": "http://127.1"}, "github.com cannot reach that address"),
        ({"server": "own", "github_url": "https://"}, "That is no address"),
        ({"server": "own", "github_url": "https://[zz]"}, "That is no address"),
        ({"server": "own", "github_url": "https://ghe.example;script-src *"}, "That is no address"),
        ({"server": "own", "github_url": "https://ghe.example\n.evil"}, "That is no address"),
        ({"server": "own", "github_url": "https://例え.example"}, "That is no address"),
        ({"server": "own", "github_url": "https://ghe.example/api/v3"}, "That is no address"),
        ({"server": "own", "github_url": "https://github.com/acme"}, "That is no address"),
        ({"server": "own", "github_url": "https://github.com:8443"}, "That is no address"),
        ({"organisation": ""}, "That is no name of an organisation"),
        ({"organisation": "acme/../x"}, "That is no name of an organisation"),
    ],
)
def test_a_wrong_answer_is_told_beside_its_field_and_goes_nowhere(
    tmp_path, github, ana, changed, said
):
    ana.post(**{**ANSWERS, "anyway": "", **changed})

    assert ana.answer.status_code == 422
    assert said in ana.text
    assert untouched(tmp_path, github)


def test_an_address_that_does_not_answer_as_we_do_is_told_once_and_may_be_right_all_the_same(ana):
    nobody = "http://127.0.0.1:9"
    away = {**ANSWERS, "server": "own", "github_url": "https://ghe.acme.example"}
    ana.post(**{**away, "public_url": nobody, "anyway": ""})
    assert f"{nobody} does not answer as this server does" in ana.text
    ana.post(**{**away, "public_url": nobody, "anyway": nobody})
    assert 'id="forward"' in ana.text


# Attacks


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
    session = re.match(r"stagelock-setup=([^;]+)", cookie)[1]
    assert not [
        text for text in files(tmp_path).values() if server.token in text or session in text
    ]


def test_the_address_opened_again_in_the_same_browser_goes_on(server, ana):
    ana.says()
    assert ana.opens(server).heading == "Where does this server run?"


def test_a_proxy_that_hides_its_name_does_not_lead_the_browser_astray(ana):
    """As nginx does without more words: the Host is ours, the browser is at the proxy."""
    ana.says(here="https://proxied.acme.example")
    assert "https://proxied.acme.example/setup/callback" in html.unescape(ana.text)
    ana.says(here="https://a b.example")
    assert "https://stagelock.acme.example/setup/callback" in html.unescape(ana.text)


def test_a_browser_that_came_by_https_is_not_sent_back_by_http(ana):
    """It would not show its session there."""
    ana.says(public_url="http://stagelock.acme.example", anyway="http://stagelock.acme.example")
    assert "https://stagelock.acme.example/setup/callback" in html.unescape(ana.text)


def test_a_form_of_another_page_is_refused(tmp_path, ana, github):
    ana.text = ""
    assert ana.post(**ANSWERS, form="forged").status_code == 403
    assert "This form is not of this session" in ana.heading
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


# GitHub's answers


def test_github_that_does_not_answer_is_asked_again_with_the_same_code(tmp_path, ana, github):
    github.fails = [Transient("no answer in time"), Transient("it answered 502 Bad Gateway")]
    ana.comes_back(ana.says())
    ana.follows()
    assert ana.heading == "GitHub has not told the credentials yet"
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
        (None, "GitHub does not know the code"),
        (Rejected("its answer lacks a usable key"), "GitHub's answer is no App"),
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


# Interrupted


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
    book.write(replace(book.read(), code="the-code", state=""))
    ana.get("/setup")
    assert ana.heading == "GitHub has not told the credentials yet"
    ana.post("/setup/again")
    assert kept.is_there(tmp_path)


def test_after_done_the_page_is_closed_for_everybody_and_for_good(server, ana):
    ana.comes_back(ana.says())
    ana.follows()
    ana.post("/setup/done")

    for who in (ana, server.browser()):
        for path in ("/setup", f"/setup?token={server.token}", "/setup/callback?code=a&state=b"):
            assert who.get(path).status_code == 410
            assert who.heading == "This server is set up"


def test_it_cannot_be_closed_before_there_is_an_app(server, ana):
    assert ana.post("/setup/done").status_code == 400
    assert server.desk.is_open()


# What is seen of the App


def test_what_is_missing_is_named_with_the_page_that_mends_it(ana, github):
    ana.comes_back(ana.says())
    page = "https://github.com/organizations/acme/settings/installations/7"
    github.looks = [
        Look(
            "stagelock-acme",
            ("statuses: read",),
            "https://github.com/organizations/acme/settings/apps/stagelock-acme/permissions",
            (
                Seen("acme", page, False, ("checks: write", "event push"), ("acme/shop",), 1),
                Seen("old", page, True, ()),
            ),
            None,
        )
    ]
    ana.get("/setup")

    assert "The App does not ask for statuses: read" in ana.text
    assert "grants checks: write, event push" in ana.text
    assert page in ana.text
    assert "suspended" in ana.text


def test_a_github_that_does_not_say_where_the_app_is_does_not_keep_the_page_away(ana, github):
    ana.comes_back(ana.says())
    github.looks = [Transient("no answer in time")]
    ana.get("/setup")

    assert ana.answer.status_code == 200
    assert "no answer in time" in ana.text


def test_what_the_environment_says_is_shown_and_cannot_be_changed(tmp_path, github, clock):
    server = Server(
        tmp_path,
        github,
        clock,
        fixed={Field.PUBLIC_URL: "https://fixed.acme.example"},
        given=("STAGELOCK_PUBLIC_URL",),
    )
    ana = server.browser().opens(server)
    assert "https://fixed.acme.example" in ana.text
    assert 'name="public_url"' not in ana.text
    ana.says(public_url="https://evil.example", anyway="https://fixed.acme.example")
    assert "evil.example" not in ana.text
    ana.comes_back(ana.state)
    assert "The environment wins over what was kept: STAGELOCK_PUBLIC_URL" in ana.follows().text


def test_names_from_github_are_shown_as_text(ana, github):
    ana.comes_back(ana.says())
    bad = "<script>x\u202e"
    github.looks = [Look("s", (), "", (Seen(bad, "", False, (), (bad,), 1),), None)]
    ana.get("/setup")

    assert "<script>x" not in ana.text
    assert "\u202e" not in ana.text


# The server meanwhile


def test_a_server_that_is_not_set_up_says_so_to_machines(server):
    client = server.app.test_client()

    assert client.get("/healthz").status_code == 200
    for answer in (client.get("/readyz"), client.post("/github/webhook", data=b"{}")):
        assert answer.status_code == 503
        assert "not set up" in answer.get_data(as_text=True)
    assert client.get("/api/v1/locks").status_code == 503


def test_the_doctors_page_is_for_the_session_alone(tmp_path, github, clock):
    found = [Line("github", "todo", "it does not answer", "look at the firewall")]
    server = Server(tmp_path, github, clock, examine=lambda: found)
    ana = server.browser().opens(server)
    ana._client.environ_base["HTTP_ACCEPT"] = "text/html"

    assert "look at the firewall" in ana.get("/setup/doctor").get_data(as_text=True)
    assert ana.heading == "1 thing to do"
    assert server.browser().get("/setup/doctor").status_code == 403
