"""What follows a `/rollback`, in its comment or in its look, is judged by what that changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.flows.harness import REPO, Flow
from tests.flows.rolling import DEV, HEAD, LOCKED, begun, hold_of, verified
from tests.flows.words import replies, say

Say = Callable[[Flow, str, tuple[str, str]], list[str]]
SOAKED = f"{HEAD}{DEV}  prod: {{needs: [dev], path: stages/prod, soak: 1h}}\n"
BELOW = f"{HEAD}{DEV}  prod: {{needs: [dev], path: stages/prod}}\n"
ALONE = f"{HEAD}{DEV}{LOCKED % 'e2e'}locks: {{one: {{}}}}\n"


def at(flow: Flow, stage: str) -> str:
    path = f"stages/{stage}/web/index.html"
    return flow.world.tree(REPO, "main", path).get(path, b"").decode()


def in_one_comment(flow: Flow, on: str, words: tuple[str, str]) -> list[str]:
    say(flow, on, "\n".join(words))
    return replies(flow, on)[-1].split("\n\n---\n\n")


def in_one_look(flow: Flow, on: str, words: tuple[str, str]) -> list[str]:
    for text in words:
        flow.world.comment(REPO, on, text, by="bob")
    flow.settle()
    return replies(flow, on)[-2:]


def in_two_looks(flow: Flow, on: str, words: tuple[str, str]) -> list[str]:
    for text in words:
        say(flow, on, text)
    return replies(flow, on)[-2:]


anyhow = pytest.mark.parametrize("words", [in_one_comment, in_one_look, in_two_looks])


@anyhow
def test_what_a_rollback_rejected_is_promoted_to_no_stage_below(flow: Flow, words: Say):
    *_, third = begun(flow)

    _, answer = words(flow, third, ("/rollback dev", "/promote prod"))
    flow.passes(minutes=2)

    assert at(flow, "dev") == "two"
    assert at(flow, "prod") == ""
    assert "**verified**" not in answer


@anyhow
def test_what_is_freed_below_takes_nothing_that_a_rollback_rejected(flow: Flow, words: Say):
    [first] = begun(flow, BELOW, names="one")
    say(flow, first, "/hold prod a release")
    second = flow.push({"apps/web/index.html": "two"})

    _, answer = words(flow, second, ("/rollback dev", "/resume prod"))
    flow.passes(minutes=2)

    assert at(flow, "dev") == at(flow, "prod") == "one"
    assert "now promotes" not in answer


def test_a_soak_that_ends_as_a_rollback_is_said_brings_nothing_further(flow: Flow):
    """The rollback is stored as an order first: what it rejects is rejected from then on."""
    begun(flow, SOAKED, names="one")
    flow.passes(hours=1, minutes=1)
    second = flow.push({"apps/web/index.html": "two"})
    flow.clock.ahead += timedelta(hours=1, minutes=1)

    say(flow, second, "/rollback dev")

    assert at(flow, "dev") == at(flow, "prod") == "one"
    assert flow.state(second, "dev") == "failure"


@anyhow
def test_what_a_rollback_rejected_is_named_right_after_it(flow: Flow, words: Say):
    *_, third = begun(flow)

    _, answer = words(flow, third, ("/rollback dev", f"/promote dev {third[:12]}"))

    assert answer.startswith("Accepted")
    assert at(flow, "dev") == "three"


@anyhow
def test_a_second_rollback_goes_further_back(flow: Flow, words: Say):
    first, second, third = begun(flow)

    one, two = words(flow, third, ("/rollback dev", "/rollback dev"))

    assert third[:7] in one
    assert second[:7] in one
    assert second[:7] in two
    assert first[:7] in two
    assert at(flow, "dev") == "one"


@anyhow
def test_what_is_shown_after_a_rollback_is_what_it_left(flow: Flow, words: Say):
    _, second, third = begun(flow)

    _, why = words(flow, third, ("/rollback dev", "/why dev"))
    assert "rejected" in why
    assert "**verified**" not in why.splitlines()[0]

    say(flow, third, "/stagelock status")
    assert f"/promote prod {third[:12]}" not in replies(flow, third)[-1]
    assert second[:7] in replies(flow, third)[-1]


@anyhow
def test_a_rollback_that_is_done_is_not_cancelled_by_what_follows_it(flow: Flow, words: Say):
    _, second, third = begun(flow)

    _, answer = words(flow, third, ("/rollback dev", f"/cancel dev {second[:12]}"))

    assert answer.startswith("Not done")
    assert at(flow, "dev") == "two"


@anyhow
def test_a_rollback_that_waits_for_its_lock_is_cancelled_by_what_follows_it(flow: Flow, words: Say):
    first, second = waiting(flow)

    one, answer = words(flow, second, ("/rollback dev", f"/cancel dev {first[:12]}"))
    say(flow, second, "/unlock one")

    assert "**cancelled by `@bob`**" in one
    assert answer.startswith("Done: ")
    assert "rollback" in answer
    assert at(flow, "dev") == "two"


@anyhow
def test_a_target_that_is_blocked_while_its_rollback_waits_comes_back_once_allowed(
    flow: Flow, words: Say
):
    first, second = waiting(flow)

    one, _ = words(flow, second, ("/rollback dev", f"/block {first[:12]} it leaks"))
    say(flow, second, "/unlock one")
    flow.passes(minutes=2)

    assert "Nothing came back" not in one
    assert at(flow, "dev") == "two"
    assert flow.state(second, "dev") == "failure"
    say(flow, second, f"/allow {first[:12]}")
    assert at(flow, "dev") == "one"


def waiting(flow: Flow) -> list[str]:
    """Two freights were verified in `dev`, and bob has its lock."""
    [first] = begun(flow, ALONE, names="one")
    verified(flow, "dev", first)
    second = flow.push({"apps/web/index.html": "two"})
    verified(flow, "dev", second)
    say(flow, second, "/lock one looking")
    return [first, second]


def test_a_button_pressed_twice_goes_back_once(flow: Flow):
    """The second click is of the run of freight that is there no more."""
    pipeline = f"{HEAD}{DEV}    verify: {{checks: [e2e]}}\n"
    [first] = begun(flow, pipeline, names="one")
    verified(flow, "dev", first)
    second = flow.push({"apps/web/index.html": "two"})
    verified(flow, "dev", second)
    third = flow.push({"apps/web/index.html": "three"})
    flow.finish(flow.landed("dev", third), "e2e", "failure")
    run = flow.shown(third, "dev")

    flow.world.press(REPO, run, "rollback", by="bob")
    flow.world.press(REPO, run, "rollback", by="bob")
    flow.settle()

    assert at(flow, "dev") == "two"
    assert hold_of(flow, "dev") is not None
