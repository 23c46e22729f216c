"""`stagelock doctor` on who lends locks and who vouches for jobs: each broken once, no secret shown."""

from __future__ import annotations

import pytest

from tests.cli.doctored import wrong
from tests.issuer import issuing
from tests.lock_servers.leases import SECRET, Leases
from tests.lock_servers.serving import Said, serving


@pytest.fixture
def issuer():
    with issuing() as made:
        yield made


class Served(Leases):
    instead: Said | None = None
    url: str = ""


@pytest.fixture
def leases():
    """A faithful service; a test may put another answer before it."""
    kept = Served()
    with serving(lambda asked, to: kept.instead or kept.answer(asked, to)) as url:
        kept.url = url
        yield kept


@pytest.fixture
def profiles(tmp_path, leases):
    """The settings of a server with two profiles of it; one has a password that is wrong."""

    def written(second=SECRET, url=None):
        text = leases.profile.format(url=url or leases.url)
        other = leases.profile.format(url=leases.url).replace("LEASES_TOKEN", "OTHER_TOKEN")
        file = tmp_path / "services.yaml"
        file.write_text(f"version: 1\nservices:\n  leases:\n{text}  other:\n{other}")
        return {
            "STAGELOCK_LOCK_SERVICES": str(file),
            "LEASES_TOKEN": SECRET,
            "OTHER_TOKEN": second,
        }

    return written


def test_lock_services_that_answer_are_fine_each_by_its_name(ask, profiles, leases):
    found = ask(**profiles())
    assert wrong(found) == set()
    assert list(found)[-2:] == ["lock service leases", "lock service other"]
    state, said = found["lock service leases"]
    assert state == "ok"
    assert leases.url.removeprefix("http://") in said
    assert "with credentials" in said
    assert {verb for verb, _ in leases.log} <= {"GET"}


def test_a_service_that_does_not_answer_is_that_line_alone(ask, profiles):
    found = ask(**profiles(url="http://127.0.0.1:9"))
    assert wrong(found) == {"lock service leases"}
    assert "STAGELOCK_LOCK_SERVICES" in found["lock service leases"][1]


def test_a_password_that_is_wrong_is_that_line_alone_and_is_not_shown(ask, profiles):
    found = ask(**profiles(second="canary-0ther"))
    assert wrong(found) == {"lock service other"}
    assert "401" in found["lock service other"][1]
    assert "canary" not in str(found)


def test_a_password_that_is_not_there_is_a_setting_that_is_wrong(ask, profiles, monkeypatch):
    env = profiles()
    del env["OTHER_TOKEN"]
    monkeypatch.delenv("OTHER_TOKEN", raising=False)
    found = ask(**env)
    assert wrong(found) == {"settings"}
    assert "OTHER_TOKEN" in found["settings"][1]


def test_an_answer_that_says_nothing_is_no_fine_service(ask, profiles, leases):
    leases.instead = Said(502, {"message": "bad gateway"})
    found = ask(**profiles())
    assert wrong(found) == {"lock service leases", "lock service other"}
    assert "502" in found["lock service leases"][1]


def test_an_issuer_that_says_its_keys_is_fine(ask, issuer):
    state, said = ask(STAGELOCK_OIDC_ISSUER=issuer.url)["oidc"]
    assert state == "ok"
    assert issuer.url in said
    assert "audience" in said


def test_an_issuer_that_does_not_answer_is_that_line_alone(ask, issuer):
    issuer.down = True
    found = ask(STAGELOCK_OIDC_ISSUER=issuer.url)
    assert wrong(found) == {"oidc"}
    assert "STAGELOCK_OIDC_ISSUER" in found["oidc"][1]
    assert "STAGELOCK_PROXY" in found["oidc"][1]


def test_a_github_server_without_actions_is_not_called_broken(ask):
    """Nobody asked for it: whether something is missing cannot be known from here."""
    found = ask()
    assert wrong(found) == set()
    assert found["oidc"][0] == "unknown"
    assert "no job's own token is believed" in found["oidc"][1]


def test_an_audience_that_was_set_asks_for_an_issuer_that_answers(ask):
    assert wrong(ask(STAGELOCK_OIDC_AUDIENCE="https://locks.example.org")) == {"oidc"}
