"""`stagelock lock GROUP -- COMMAND` while a server refuses its heartbeats: rule AP23, over real HTTP."""

from __future__ import annotations

import sys

import pytest

from tests.cli.asking import ended
from tests.cli.granting import CANARY, granting, locking

COMMAND = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.05)
sys.exit(7)
"""
"""Goes on until a file is there."""


@pytest.mark.parametrize(
    ("beats", "code", "warned"), [([401, 401, 200], 7, 2), ([401, 409], 1, 1)], ids=["back", "gone"]
)
def test_a_token_that_is_refused_meanwhile_ends_no_command_and_a_grant_that_has_ended_does(
    tmp_path, beats, code, warned
):
    over = tmp_path / "over"
    command = (sys.executable, "-c", COMMAND, str(over))
    with granting(beats, over) as server, locking(server, *command) as process:
        found, out, err = ended(process)

    assert found == code, err
    assert err.count("this token is not known; retrying") == warned
    assert ("told to end" in err) == ("no longer held" in err) == (code == 1)
    assert server.heard.count("heartbeat") >= len(beats)
    assert server.heard[-1] == "release", "given back however it ends"
    assert CANARY not in out + err


def test_a_server_that_lost_its_database_ends_no_command_and_makes_it_no_failure(tmp_path):
    """rule N63: a restored one may know the request again, so heartbeats go on."""
    over = tmp_path / "over"
    command = (sys.executable, "-c", COMMAND, str(over))
    beats = granting([404, 404, 200], over, releases=[404])
    with beats as server, locking(server, *command) as process:
        code, out, err = ended(process)

    assert code == 7, err
    assert err.count("the server no longer knows this request") == 1
    assert "retrying" not in err
    assert "not given back" not in err
    assert server.heard.count("release") == 1, "it is asked once"
    assert CANARY not in out + err
