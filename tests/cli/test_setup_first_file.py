"""`stagelock setup` asks for which repository a first `stagelock.yaml` is to be proposed."""

from __future__ import annotations

import pytest

from app.settings import kept
from tests.cli.setting_up import options, set_up_elsewhere
from tests.setup.newcomer import OVERLAYS

WHICH = "Propose a first stagelock.yaml for which repository"
SMALLEST = "Propose the smallest file anyway?"


@pytest.fixture
def asked(sandbox, terminal, tmp_path):
    """Runs the command, with the App installed everywhere; *typed* answers its last questions."""

    def run(*typed):
        def elsewhere():
            return set_up_elsewhere(sandbox, tmp_path)

        return terminal(*options(sandbox), typed=[elsewhere, *typed])

    return run


@pytest.fixture
def shop(sandbox):
    """Stages are found in it."""
    sandbox.world.push("acme/shop", "main", OVERLAYS)


def pulls(sandbox, name="acme/shop"):
    return [pull.title for pull in sandbox.world.pulls(name)]


def test_a_name_gets_a_pull_request_and_its_address_is_said(asked, shop, sandbox):
    code, out, err = asked("acme/shop")

    assert (code, err) == (0, "")
    assert f"Proposed for acme/shop: {sandbox.url}/acme/shop/pull/1" in out
    assert pulls(sandbox) == ["Describe the stages"]
    assert "Done: this server is set up" in out
    assert out.count(WHICH) == 1  # nothing is left to ask for


@pytest.mark.parametrize("typed", [(), ("",), ("  ",)])
def test_nothing_said_proposes_nothing_and_set_up_is_done(asked, shop, sandbox, typed):
    code, out, err = asked(*typed)

    assert (code, err) == (0, "")
    assert pulls(sandbox) == []
    assert "Done: this server is set up" in out


@pytest.mark.parametrize("name", ["shop", "acme/other", "acme/shop/", "\x1b[31m", "9" * 40])
def test_a_name_of_no_repository_is_told_and_asked_again(asked, shop, sandbox, name):
    code, out, err = asked(name, "acme/shop")

    assert code == 0
    assert "That is not one of these repositories" in err
    assert "\x1b" not in out + err
    assert pulls(sandbox) == ["Describe the stages"]


def test_a_name_is_found_however_it_is_capitalised(asked, shop, sandbox):
    code, _, err = asked("Acme/SHOP")

    assert (code, err) == (0, "")
    assert pulls(sandbox) == ["Describe the stages"]


@pytest.mark.parametrize(("answer", "made"), [("yes", 1), ("Y", 1), ("no", 0), ("", 0)])
def test_where_nothing_is_found_the_smallest_file_is_asked_about(asked, sandbox, answer, made):
    code, out, _ = asked("acme/shop", answer)

    assert code == 0
    assert "Found nothing there that looks like stages" in out
    assert SMALLEST in out
    assert len(pulls(sandbox)) == made
    assert "Done: this server is set up" in out


def test_what_is_in_the_way_is_told_with_what_to_do_and_set_up_is_done(asked, shop, sandbox):
    sandbox.world.protect("acme/shop", "stagelock/config")
    code, out, err = asked("acme/shop")

    assert code == 0
    assert "A rule of the repository refuses it" in err
    assert "stagelock init" in err
    assert "Done: this server is set up" in out


def test_of_many_repositories_each_without_a_file_is_listed(asked, sandbox):
    for number in range(6):
        sandbox.world.create_repo(f"acme/r{number}", {"stagelock.yaml": "x"}, install=False)
    sandbox.world.create_repo("acme/zoo", OVERLAYS, install=False)
    sandbox.world.push("acme/shop", "main", {"stagelock.yaml": "version: 1\n"})

    code, out, err = asked("acme/zoo")

    assert (code, err) == (0, "")
    assert "Without a stagelock.yaml: acme/zoo" in out
    assert pulls(sandbox, "acme/zoo") == ["Describe the stages"]


def test_one_of_too_many_to_list_can_be_named_all_the_same(asked, shop, sandbox):
    for number in range(25):
        sandbox.world.create_repo(f"acme/a{number:02}", {"x": "1"}, install=False)
    sandbox.world.create_repo("acme/zoo", OVERLAYS, install=False)

    code, out, err = asked("acme/zoo")

    assert (code, err) == (0, "")
    assert f"Proposed for acme/zoo: {sandbox.url}/acme/zoo/pull/1" in out


def test_a_github_that_falls_silent_then_takes_nothing_of_set_up_away(
    asked, shop, sandbox, tmp_path
):
    def falls_silent():
        sandbox.world.faults.add("*", ".", times=1000)
        return "acme/shop"

    code, out, err = asked(falls_silent)

    assert code == 0
    assert "does not answer now" in err
    assert "Done: this server is set up" in out
    assert kept.is_there(tmp_path / "data")
