"""What the command line calls a holder whose repository the reader may not see (C36)."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from app.cli.asking import AskedServer
from app.cli.lock_request import Place, Request
from app.cli.locks import line

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
    assert not request.granted(timedelta(milliseconds=1))
    said = capsys.readouterr().err
    assert "1st of 1, held by another repository of acme since 14:02 UTC" in said
