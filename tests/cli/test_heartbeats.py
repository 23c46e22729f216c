"""A grant is lost only where the server says that it is: any other refusal leaves the command alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from app.cli.asking import AskedServer, Refusal, Said
from app.cli.lock_request import Place, Request
from app.cli.lock_signals import Signals
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


class Granting:
    """A server whose clock is another one, and that gives grants of *left*; *asked*: what it heard."""

    AT = datetime(2031, 5, 1, 12, tzinfo=UTC)

    def __init__(self, left: timedelta) -> None:
        self._left = left
        self.asked: dict[str, object] = {}

    def ask(self, _method: str, _path: str, body: dict[str, object]) -> Said:
        self.asked = body
        until = f"{self.AT + self._left:%Y-%m-%dT%H:%M:%SZ}"
        return Said(200, {"id": "7", "state": "held", "expires_at": until}, "/7", self.AT)


@pytest.mark.parametrize(("left", "seconds"), [(20, 20), (60, 60), (3600, 60), (0, 1)])
def test_who_asks_for_no_ttl_renews_by_the_one_that_the_group_gives(left: int, seconds: int):
    """Where `max-hold` is below a minute, a grant lasts no longer."""
    server = Granting(timedelta(seconds=left))
    place = Place("acme/shop", "e2e")
    mine = Request(cast(AskedServer, server), place, "me", None, "", None)

    assert mine.granted(None, Signals())
    assert server.asked == {"owner": "me"}
    assert mine.ttl == timedelta(seconds=seconds)
