"""`stagelock setup`: what is asked, what may be pasted, and what is refused."""

from __future__ import annotations

import pytest

from app.settings import kept
from app.setup.manifest import sending_page
from tests.cli.setting_up import options, set_up_elsewhere
from tests.kept import APP


def test_what_no_option_says_is_asked_for(sandbox, terminal, tmp_path):
    typed = ["http://127.0.0.1:9", sandbox.url, "acme", lambda: code_of(sandbox, tmp_path)]
    code, out, err = terminal(typed=typed)

    assert (code, err) == (0, "")
    assert "Public address of this server, which GitHub must reach:" in out
    assert "acme: 1 repository (acme/shop)" in out
    assert "Done: this server is set up" in out
    app = kept.load(tmp_path / "data")
    assert app is not None
    assert app.slug == "stagelock-acme"
    assert "PRIVATE" not in out


def code_of(sandbox, tmp_path):
    """The code alone: nobody has to find it in an address."""
    asked = set_up_elsewhere(sandbox, tmp_path)
    return asked.partition("code=")[2].partition("&")[0]


@pytest.mark.parametrize("form", ["{}", "  {}  "])
def test_the_whole_address_may_be_pasted(sandbox, terminal, tmp_path, form):
    typed = [lambda: form.format(set_up_elsewhere(sandbox, tmp_path))]
    code, _, err = terminal(*options(sandbox), typed=typed)

    assert (code, err) == (0, "")
    assert kept.is_there(tmp_path / "data")


def test_an_address_of_another_set_up_is_refused_and_nothing_is_kept(sandbox, terminal, tmp_path):
    other = "http://127.0.0.1:9/setup/callback?code=abc&state=x.y.z"
    code, _, err = terminal(*options(sandbox), typed=[other])

    assert code == 1
    assert "does not belong to this set-up" in err
    assert not kept.is_there(tmp_path / "data")
    assert not [exchange for exchange in sandbox.exchanges if "app-manifests" in exchange.path]
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize("linked", [False, True])
def test_a_file_of_a_person_in_the_pages_place_is_refused_and_stays(
    sandbox, terminal, tmp_path, linked
):
    """Of the page nothing is left at the end; that must not be somebody's notes."""
    notes = tmp_path / ("notes" if linked else "page.html")
    notes.write_text("mine")
    if linked:
        (tmp_path / "page.html").symlink_to(notes)

    code, _, err = terminal(*options(sandbox), typed=["no-such-code"])

    assert code == 2
    assert "--page" in err
    assert "page.html is there already" in err
    assert notes.read_text() == "mine"


def test_a_set_up_that_ends_without_the_code_leaves_no_page(sandbox, terminal, tmp_path):
    """Its state counts no more once set-up goes on."""
    code, out, _ = terminal(*options(sandbox), typed=[])

    assert code == 2
    assert "page.html" in out
    assert not (tmp_path / "page.html").exists()


def test_a_page_that_an_interrupted_set_up_left_is_replaced(sandbox, terminal, tmp_path):
    (tmp_path / "page.html").write_text(sending_page("https://github.com/x", {"name": "old"}))

    code, _, err = terminal(*options(sandbox), typed=["no-such-code"])

    assert code == 1
    assert "GitHub does not accept the code" in err
    assert not (tmp_path / "page.html").exists()


def test_a_code_that_github_does_not_know_is_refused_with_what_to_do(sandbox, terminal, tmp_path):
    code, _, err = terminal(*options(sandbox), typed=["no-such-code"])

    assert code == 1
    assert "GitHub does not accept the code" in err
    assert not kept.is_there(tmp_path / "data")


def test_where_github_did_not_answer_it_goes_on_with_the_same_code(sandbox, terminal, tmp_path):
    sandbox.world.faults.add("POST", "^/app-manifests/")
    typed = [lambda: set_up_elsewhere(sandbox, tmp_path)]
    code, _, err = terminal(*options(sandbox), typed=typed)
    assert (code, "has not sent its credentials yet" in err) == (1, True)

    code, out, err = terminal()
    assert (code, err) == (0, "")
    assert "acme: 1 repository" in out


def test_nothing_said_is_a_usage_error(terminal, tmp_path):
    code, _, err = terminal()

    assert code == 2
    assert "Give it as an option" in err


def test_a_wrong_answer_is_named(terminal, tmp_path):
    code, _, err = terminal(
        "--public-url=http://localhost", "--github-url=github.com", "--own-account"
    )

    assert code == 2
    assert "github.com cannot reach that address" in err


def test_a_server_that_is_set_up_says_so(terminal, tmp_path):
    kept.keep(tmp_path / "data", APP)
    code, out, _ = terminal()

    assert code == 0
    assert "This server is set up: it is App 4242" in out
