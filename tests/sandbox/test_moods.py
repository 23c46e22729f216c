"""Played checks fail, hang or take their time where words or buttons say so."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.sandbox.github.moods import MOODS, SLOW_SECONDS, worded
from app.sandbox.people.world import World
from app.sandbox.serve.server import Sandbox
from tests.processes import PATIENCE

REPO = "acme/shop"
pytestmark = pytest.mark.usefixtures("client")


@pytest.mark.parametrize(
    ("message", "mood"),
    [
        ("Sell socks", None),
        ("Sell socks [fail e2e]", "fail"),
        ("Sell socks\n\n[hang e2e]", "hang"),
        ("[slow]", "slow"),
        ("[pass e2e]", "pass"),
        ("[fail other]", None),
        ("[fail] but not the one: [pass e2e]", "pass"),
        ("[fail e2e", None),
        ("fail e2e", None),
        ("[FAIL e2e]", None),
        ("[fail e2e extra]", None),
    ],
)
def test_words_of_a_message_are_for_one_check_or_for_all(message: str, mood: str | None) -> None:
    assert worded(message, "e2e") == mood


def test_a_long_message_is_read_in_no_time() -> None:
    assert worded("[fail " * 10_000, "e2e") is None


def run_of(world: World, sha: str, state: str) -> None:
    def reached() -> bool:
        run = world.check(REPO, sha, "e2e")
        return run is not None and (run.conclusion or run.status) == state

    world.wait_for(reached, PATIENCE, f"e2e: {state}")


@pytest.mark.parametrize(
    ("word", "state"),
    [("", "success"), ("[fail e2e]", "failure"), ("[hang]", "in_progress"), ("[pass]", "success")],
)
def test_a_played_check_does_what_its_commit_says(world: World, word: str, state: str) -> None:
    world.ci.job("e2e", repo=REPO, lasts=0.05)

    run_of(world, world.push(REPO, "main", {"a": "1"}, message=f"Change {word}"), state)


def test_a_slow_check_is_still_running_when_others_have_ended(world: World) -> None:
    world.ci.job("e2e", repo=REPO, lasts=0.0)
    assert SLOW_SECONDS > 10
    slow = world.push(REPO, "main", {"a": "1"}, message="Change [slow e2e]")
    run_of(world, slow, "in_progress")

    run_of(world, world.push(REPO, "main", {"a": "2"}, message="Change"), "success")

    run_of(world, slow, "in_progress")


def test_the_checks_of_a_promotion_do_what_the_commit_of_its_freight_says(world: World) -> None:
    """And not what the promotion's own text quotes of older commits."""
    world.ci.job("e2e", repo=REPO, lasts=0.05, paths=("stages",))
    bad = world.push(REPO, "main", {"apps/a": "1"}, message="Try it [fail e2e]")
    good = world.push(REPO, "main", {"apps/a": "2"}, message="Repair it")

    def promotion(freight: str, text: str) -> str:
        said = f"Promote it\n\n{text}\n\nStagelock-Freight: web@{freight}\n"
        return world.push(REPO, "main", {"stages/a": freight}, message=said)

    run_of(world, promotion(bad, "- Try it"), "failure")
    run_of(world, promotion(good, "- Repair it\n- Try it [fail e2e]"), "success")


def test_a_choice_on_the_page_counts_from_the_next_run_on(world: World, sandbox: Sandbox) -> None:
    world.ci.job("e2e", repo=REPO, lasts=0.05)
    browser = sandbox.flask.test_client()
    page = browser.get(f"/{REPO}").text
    assert "Checks played here" in page
    assert all(f"<option>{mood}</option>" in page for mood in MOODS)

    choose(browser, "hang")
    hanging = world.push(REPO, "main", {"a": "1"}, message="Change")
    run_of(world, hanging, "in_progress")
    choose(browser, "")
    run_of(world, world.push(REPO, "main", {"a": "2"}, message="Change"), "success")
    run_of(world, hanging, "in_progress")

    run = world.check(REPO, hanging, "e2e")
    assert run is not None
    assert "Let it fail" in browser.get(f"/{REPO}/runs/{run.id}").text
    browser.post(f"/{REPO}/_conclude", data={"run": run.id, "conclusion": "failure"})
    run_of(world, hanging, "failure")
    assert "Let it fail" not in browser.get(f"/{REPO}/runs/{run.id}").text


def test_runs_that_are_not_played_here_are_not_ended_here(world: World, sandbox: Sandbox) -> None:
    sha = world.push(REPO, "main", {"a": "1"}, message="Change")
    run = world.start_check(REPO, sha, "scan", app="scanner")
    browser = sandbox.flask.test_client()

    assert "Let it fail" not in browser.get(f"/{REPO}/runs/{run.id}").text
    form = {"run": run.id, "conclusion": "failure"}
    assert browser.post(f"/{REPO}/_conclude", data=form).status_code == 403
    assert run.status == "in_progress"


def choose(browser: FlaskClient, mood: str) -> None:
    form = {"check": "e2e", "mood": mood}
    assert browser.post(f"/{REPO}/_mood", data=form).status_code == 303
