"""A grant is lost only where the server says that it is: any other refusal leaves the command alone."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest

from app.cli.asking import AskedServer, Refusal
from app.cli.lock_request import Place, Request
from app.errors import Transient


class Refusing:
    """A server that refuses everything with one status."""

    def __init__(self, status: int) -> None:
        self.status = status

    def ask(self, *_: object) -> object:
        raise Refusal(self.status, "no")


def request(status: int) -> Request:
    server = cast(AskedServer, Refusing(status))  # all that a heartbeat uses of it
    return Request(server, Place("acme/shop", "e2e"), "me", timedelta(seconds=60), "", None)


@pytest.mark.parametrize("status", [400, 401, 403, 422, 429, 500, 503])
def test_a_heartbeat_that_is_refused_for_another_reason_is_sent_again(status: int):
    with pytest.raises(Transient):
        request(status).renew()


def test_one_of_a_grant_that_has_ended_says_so():
    assert request(409).renew() is False


def test_one_of_a_request_that_the_server_does_not_know_ends_nothing_and_is_said_once(capsys):
    """Its database was lost: it cannot tell that the grant is over."""
    mine = request(404)
    assert mine.renew()
    assert mine.renew()
    told = capsys.readouterr().err
    assert told.count("the server no longer knows this request") == 1
    assert "the command keeps running, and once it has ended a maintainer has to free e2e" in told
