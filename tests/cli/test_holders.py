"""What the command line calls a holder whose repository the reader may not see (C36)."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from app.cli.asking import AskedServer
from app.cli.lock_request import Place, Request
from app.cli.lock_signals import Signals
from app.cli.locks import line, to_do

HIDDEN = {
    "kind": "stage",
    "name": None,
    "repository": None,
    "since": "2026-11-23T14:02:00.000Z",
    "state": "held",
    "token": 17,
}


def test_locks_calls_a_holder_that_may_not_be_named_another_repository():
    group = {
        "group": "e2e-env",
        "scope": "org-5",
        "permits": 1,
        "free": 0,
        "holders": [HIDDEN],
        "queue": [{**HIDDEN, "position": 1}],
    }
    told = line(group)
    assert "held by another repository of org-5 since 2026-11-23 14:02 UTC" in told
    assert "1 wait: another repository of org-5" in told


def test_locks_says_what_to_do_about_a_holder_that_does_not_end_by_itself():
    named = {**HIDDEN, "kind": "client", "name": "ci", "repository": "acme/shop"}
    group = {"group": "e2e-env", "scope": "repo-4"}
    states = {"held": [], "suspect": ["has ended"], "overdue": ["is done"]}
    for state, wanted in states.items():
        told = list(to_do({**group, "holders": [{**named, "state": state}]}))
        assert len(told) == len(wanted)
        for line_, word in zip(told, wanted, strict=True):
            assert line_.startswith("  To do: once ")
            assert f"acme/shop ci (client) {word}" in line_
            assert line_.endswith("stagelock unlock e2e-env#17 --force REASON")


class _Queued:
    """A server whose every answer is: the first in the queue behind that holder."""

    def __init__(self):
        self.location = "/locks/acme/e2e-env/requests/1"
        place = {"position": 1, "of": 1, "holder": HIDDEN}
        self.value = {"state": "queued", "token": None, **place}

    def ask(self, method, path, body=None, **more):
        return self


def test_the_waiting_line_says_another_repository_of_the_organisation_since_when(capsys):
    ttl = timedelta(seconds=60)
    server = cast("AskedServer", _Queued())  # it is only asked
    request = Request(server, Place("acme", "e2e-env"), "me", ttl, "", None)
    assert not request.granted(timedelta(milliseconds=1), Signals())
    said = capsys.readouterr().err
    assert "1st of 1, held by another repository of acme since 14:02 UTC" in said
