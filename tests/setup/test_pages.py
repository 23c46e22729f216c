"""The pages of set-up: from the one-time address to GitHub and back, and what may be answered."""

import html
import json
import re

import pytest

from app.settings import Settings
from tests.setup.browsing import ANSWERS, AT_ACME, untouched


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
    found = json.loads(ana.finds(r'name="manifest" value="([^"]*)"'))

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
    found = json.loads(ana.finds(r'name="manifest" value="([^"]*)"'))

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
        ({"public_url": "ftp://x.example"}, "That is not an address"),
        ({"public_url": ""}, "That is not an address"),
        ({"public_url": "https://a:b@x.example"}, "That is not an address"),
        ({"public_url": "https://x.example/setup"}, "That is not an address"),
        ({"public_url": "https://x.example#"}, "That is not an address"),
        ({"public_url": "https://x..example"}, "That is not an address"),
        ({"public_url": "http://127.1"}, "github.com cannot reach that address"),
        ({"server": "own", "github_url": ""}, "That is not an address"),
        ({"server": "own", "github_url": "https://"}, "That is not an address"),
        ({"server": "own", "github_url": "https://[zz]"}, "That is not an address"),
        (
            {"server": "own", "github_url": "https://ghe.example;script-src *"},
            "That is not an address",
        ),
        ({"server": "own", "github_url": "https://ghe.example\n.evil"}, "That is not an address"),
        ({"server": "own", "github_url": "https://例え.example"}, "That is not an address"),
        ({"server": "own", "github_url": "https://ghe.example/api/v3"}, "That is not an address"),
        ({"server": "own", "github_url": "https://github.com/acme"}, "That is not an address"),
        ({"server": "own", "github_url": "https://github.com:8443"}, "That is not an address"),
        ({"organisation": ""}, "That is not the name of an organisation"),
        ({"organisation": "acme/../x"}, "That is not the name of an organisation"),
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
