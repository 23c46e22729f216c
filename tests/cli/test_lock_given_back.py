"""`stagelock lock` gives back what it had, whenever it ends and whether the server answers: rule L72."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.cli.asking import ended
from tests.cli.granting import GRANT, QUEUED, granting, locking

ENDS = (sys.executable, "-c", "raise SystemExit(7)")


def test_a_release_without_an_answer_is_tried_again_and_said_once():
    with granting(releases=[503, 502]) as server, locking(server, *ENDS) as process:
        code, _, err = ended(process)

    assert (code, server.tokens) == (7, [5, 5, 5]), err
    assert err.count("trying to give it back for 120 s, or until a signal") == 1
    assert "not given back:" not in err


def test_a_signal_ends_the_trying_at_once_and_the_code_is_the_commands():
    with granting(releases=[503] * 99) as server, locking(server, *ENDS) as process:
        assert "trying to give it back" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        code, _, err = ended(process)

    assert (code, "not given back: " in err) == (7, True), err
    assert len(server.tokens) < 9


def test_a_release_that_is_refused_is_not_tried_again():
    with granting(releases=[401] * 9) as server, locking(server, *ENDS) as process:
        code, _, err = ended(process)

    assert (code, server.tokens, "not given back: " in err) == (7, [5], True), err


@pytest.mark.parametrize(("first", "token"), [(QUEUED, None), (GRANT, 5)], ids=["queued", "held"])
def test_a_signal_before_the_first_answer_leaves_what_was_asked_for(first, token):
    with granting(first=first) as server:
        server.answers.clear()
        with locking(server, *ENDS) as process:
            assert server.asked.wait(90)
            process.send_signal(signal.SIGTERM)
            server.answers.set()
            code, _, err = ended(process)

    assert (code, server.heard, server.tokens) == (143, ["requests", "release"], [token]), err


def test_a_second_signal_waits_for_no_answer():
    with granting(first=QUEUED) as server:
        server.answers.clear()
        with locking(server, *ENDS) as process:
            assert server.asked.wait(90)
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGINT)
            code, _, err = ended(process)

    assert code in {130, 143}, err


def test_what_was_granted_before_we_knew_is_given_back_by_its_token():
    with granting(first=QUEUED, releases=[409]) as server:
        server.answers.clear()
        with locking(server, *ENDS) as process:
            assert server.asked.wait(90)
            process.send_signal(signal.SIGTERM)
            server.answers.set()
            code, _, err = ended(process)

    assert (code, server.heard, server.tokens) == (
        143,
        ["requests", "release", "read", "release"],
        [None, 5],
    ), err


def test_who_waits_asks_anew_where_the_server_no_longer_knows_the_place():
    """rule N63"""
    with granting(first=QUEUED, reads=[404]) as server, locking(server, *ENDS) as process:
        code, _, err = ended(process)

    assert (code, server.heard) == (7, ["requests", "read", "requests", "read", "release"]), err
    assert "asking anew" in err
