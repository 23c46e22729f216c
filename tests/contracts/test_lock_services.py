"""
What every profile of an external lock service must do, against a faithful server behind a proxy
that loses answers. Expectations are those of `LockService` and of docs/lock-services.md: an answer that
is no answer is ambiguous, says nothing of what was done, and is inspected.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from app.core.model.lock_services import Ambiguous, Busy, Gone, Granted, LockAsked, Refused
from app.lockservices import open_services
from app.lockservices.registry import KINDS as REGISTERED
from app.ports import LockService
from app.settings.lock_profile_file import KINDS, parse_profiles
from app.settings.outgoing import Outgoing
from tests.lock_servers.consul import Consul
from tests.lock_servers.faults import DENIED, LOST, UNENDING, proxied
from tests.lock_servers.jenkins import Jenkins
from tests.lock_servers.leases import Leases
from tests.lock_servers.recipes import Etcd, Kubernetes
from tests.lock_servers.redis import Redis, redis_server, wired
from tests.lock_servers.serving import Asked, serving
from tests.lock_servers.terraform import TerraformState

TYPES = {
    "http": Leases,
    "terraform": TerraformState,
    "consul": Consul,
    "jenkins": Jenkins,
    "redis": Redis,
}
SERVERS = {**TYPES, "kubernetes": Kubernetes, "etcd": Etcd}
"""The types of profiles, and the recipes of the manual on the first of them."""
ONCE = {"kubernetes"}
"""Asked for twice by the same, it says that it is there: inspecting tells whose it is."""
NAMELESS = {"jenkins", "kubernetes", "etcd"}
"""Who has it is not told to who asks for it, or in no words."""
BY_TAKING = {"terraform"}
"""It has no question who has a lock: asking for it is the question."""
UNFOUND = {"jenkins"}
"""What was asked for without an answer is not found again: there is nothing to ask by."""
US = LockAsked("e2e-env", "stagelock-1-aaaa", "0123456789abcdef0123456789abcdef")
THEM = LockAsked("e2e-env", "stagelock-2-bbbb", "fedcba9876543210fedcba9876543210")


@dataclass
class Place:
    """A profile, the server that it speaks to, and the proxy between them."""

    kind: str
    service: LockService
    server: Any
    proxy: Any
    caught: list[Asked]
    impatient: LockService
    """The same, for who waits a second only."""

    def asked(self, fault: str) -> LockService:
        """Who is to meet *fault*; with patience, where an answer of some kind comes at once."""
        return self.impatient if fault in UNENDING else self.service


@contextmanager
def served(kind: str) -> Iterator[tuple[Any, str, Any, list[Asked]]]:
    """A server of that kind, an address, the proxy that stands there, and where redirects lead."""
    if kind == "redis":
        with (
            tempfile.TemporaryDirectory() as folder,
            redis_server(Path(folder)) as server,
            wired(server.port) as (url, wire, caught),
        ):
            yield server, url, wire, caught
    else:
        server = SERVERS[kind]()
        with serving(server.answer) as behind, proxied(behind) as (url, proxy, caught):
            yield server, url, proxy, caught


@contextmanager
def opened(kind: str) -> Iterator[Place]:
    with served(kind) as (server, url, proxy, caught):
        text = "version: 1\nservices:\n  it:\n" + server.profile.format(url=url)
        assert text.count("timeout: 1s") == 1
        made = []
        for seconds in (20, 1):
            said = text.replace("timeout: 1s", f"timeout: {seconds}s")
            profiles, problems = parse_profiles(said.encode(), server.environ)
            assert not problems
            made.append(open_services(profiles, Outgoing(), lambda: "").by_name["it"])
        proxy.on = getattr(server, "decides", proxy.on)
        yield Place(kind, made[0], server, proxy, caught, made[1])


@pytest.fixture(params=SERVERS)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with opened(request.param) as found:
        yield found


def kept(asked: LockAsked, answer: object) -> LockAsked:
    """What is asked about from now on: the token that the service gave, if it gave one."""
    token = getattr(answer, "token", "")
    return LockAsked(asked.name, asked.owner, token or asked.token)


def test_what_is_free_is_granted_once_and_to_the_same_asker_again(place: Place):
    first = place.service.acquire(US)
    ours = kept(US, first)
    again = place.service.acquire(ours)
    other = place.service.acquire(THEM)

    assert isinstance(first, Granted)
    assert isinstance(again, Granted) or place.kind in ONCE
    assert isinstance(place.service.inspect(ours), Granted)
    assert isinstance(other, Busy)
    assert place.server.holder("e2e-env") is not None


def test_inspecting_tells_ours_from_others_and_from_nobodys(place: Place):
    if place.kind not in BY_TAKING:
        assert place.service.inspect(US) == Gone()
    ours = kept(US, place.service.acquire(US))
    assert isinstance(place.service.inspect(ours), Granted)
    assert not isinstance(place.service.inspect(THEM), Granted)


def test_it_is_renewed_while_it_is_ours_and_gone_when_it_was_taken_away(place: Place):
    ours = kept(US, place.service.acquire(US))
    assert isinstance(place.service.renew(ours), Granted)
    place.server.free("e2e-env")
    place.server.take("e2e-env", "an administrator")
    assert isinstance(place.service.renew(ours), Gone | Busy)


def test_it_is_given_back_once_and_again_without_harm(place: Place):
    ours = kept(US, place.service.acquire(US))
    assert place.service.release(ours) == Gone()
    assert place.server.holder("e2e-env") is None
    assert place.service.release(ours) == Gone()


def test_giving_back_leaves_alone_what_is_somebody_elses(place: Place):
    theirs = kept(THEM, place.service.acquire(THEM))
    place.service.release(US)
    assert place.server.holder("e2e-env") is not None
    assert isinstance(place.service.inspect(theirs), Granted)


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_is_ambiguous_and_inspecting_finds_what_was_done(place: Place, fault: str):
    place.proxy.fault = fault
    answer = place.asked(fault).acquire(US)
    place.proxy.fault = None

    assert isinstance(answer, Ambiguous)
    found = place.service.inspect(US)
    if place.kind in UNFOUND:  # asked anew it waits behind what was lost: never two have it
        assert (found, isinstance(place.service.acquire(US), Busy)) == (Gone(), True)
    else:
        assert isinstance(found, Granted)
    assert place.server.holder("e2e-env") in (US.owner, US.token)
    assert place.caught == []


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_release_is_ambiguous_and_found_gone(place: Place, fault: str):
    ours = kept(US, place.service.acquire(US))
    place.proxy.fault = fault
    answer = place.asked(fault).release(ours)
    place.proxy.fault = None

    assert isinstance(answer, Ambiguous)
    if place.kind not in BY_TAKING:
        assert place.service.inspect(ours) == Gone()
    assert place.service.release(ours) == Gone()
    assert place.server.holder("e2e-env") is None
    assert place.caught == []


@pytest.mark.parametrize("fault", LOST)
def test_what_cannot_be_inspected_is_neither_ours_nor_free(place: Place, fault: str):
    ours = kept(US, place.service.acquire(US))
    place.proxy.fault, place.proxy.on = fault, lambda _: True
    assert isinstance(place.asked(fault).inspect(ours), Ambiguous)
    assert isinstance(place.asked(fault).renew(ours), Ambiguous)


def test_a_service_that_is_down_is_ambiguous(place: Place):
    place.proxy.down = True
    for call in (place.service.acquire, place.service.renew, place.service.release):
        assert isinstance(call(replace(US, token="a-number-of-theirs")), Ambiguous)


def test_a_request_that_is_turned_down_is_refused_and_nothing_is_there(place: Place):
    place.proxy.fault = DENIED
    answer = place.service.acquire(US)
    place.proxy.fault = None
    assert isinstance(answer, Refused)
    assert answer.reason in ("it answered 403", "it refused the login or the command")
    assert place.server.holder("e2e-env") is None


def test_what_is_turned_down_later_leaves_what_is_held(place: Place):
    """Who may not ask any more knows nothing of the lock: neither gone nor somebody else's."""
    ours = kept(US, place.service.acquire(US))
    place.proxy.fault = DENIED
    for call in (place.service.inspect, place.service.renew, place.service.release):
        assert isinstance(call(ours), Refused)
    assert place.server.holder("e2e-env") is not None


def test_no_secret_is_shown_by_what_goes_wrong(place: Place):
    place.proxy.fault = "error"
    answer = place.service.acquire(US)
    for secret in place.server.environ.values():
        assert secret not in repr((answer, place.service, place.service.terms))


def test_who_waits_leaves_nothing_behind(place: Place):
    """A place in a queue of the service is left; a session that was made for nothing is ended."""
    place.server.take("e2e-env", "nightly")
    waits = kept(US, place.service.acquire(US))
    assert place.service.release(waits) == Gone()
    place.server.free("e2e-env")
    assert place.server.holder("e2e-env") is None


def test_the_holder_is_named_as_far_as_the_service_tells(place: Place):
    place.server.take("e2e-env", "nightly")
    told = place.service.acquire(US)
    assert isinstance(told, Busy) if place.kind in NAMELESS else told == Busy("nightly")


def test_there_is_a_service_for_each_type_of_profile():
    assert REGISTERED.keys() == KINDS.keys() == TYPES.keys()


def test_a_place_in_jenkins_queue_is_followed_until_it_is_granted():
    with opened("jenkins") as place:
        place.server.take("e2e-env", "nightly")
        waits = kept(US, place.service.acquire(US))
        assert place.service.inspect(waits) == Busy("", waits.token)
        place.server.free("e2e-env")
        assert isinstance(place.service.inspect(waits), Granted)
        assert isinstance(place.service.renew(waits), Granted)


def test_a_stale_lock_in_jenkins_is_held_until_an_administrator_acts():
    with opened("jenkins") as place:
        ours = kept(US, place.service.acquire(US))
        place.server.records[ours.token].state = "STALE"
        assert isinstance(place.service.renew(ours), Granted)
        place.server.free("e2e-env")
        assert place.service.renew(ours) == Gone()


def test_a_terraform_lock_without_a_name_says_nothing():
    """423 alone may as well speak of our own lock, whose answer was lost."""
    with opened("terraform") as place:
        place.server.held["e2e-env"] = {}
        assert isinstance(place.service.acquire(US), Ambiguous)
