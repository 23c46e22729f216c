"""
External locks when anything may be lost or die in between: a service whose answers get lost before or after their
effect, and a worker that dies at any row it stores and at any call it makes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.core.locks import services
from app.core.model.lock_services import (
    Ambiguous,
    Busy,
    Gone,
    Granted,
    LockAsked,
    ServiceAnswer,
    ServiceTerms,
    ServiceUse,
)
from app.core.model.service_claims import ServiceClaim
from app.core.planning.actions import AskService, GiveBack
from app.engine.actions.leaving import Leaving
from app.engine.actions.outside import Outside
from app.engine.actions.renewing import Renewing
from app.ports import LockServices
from tests.core.saying import AT

USE = ServiceUse("mutex", "floor")
FATES = ("fine", "fine", "fine", "lost before", "lost after", "late", "died before", "died after")

FOUND = ["died before", "fine", "fine", "died before", "died before", "fine", "late", "fine"]
"""An attempt takes effect after it was seen that another holds it, and nobody has looked since."""


class Died(Exception):
    pass


@dataclass
class Clock:
    at: datetime = AT

    def __call__(self) -> datetime:
        return self.at


@dataclass
class World:
    """The service and the rows. *fates* are what becomes of each step; at their end all goes well."""

    fates: list[str]
    clock: Clock = field(default_factory=Clock)
    holder: str = ""
    rows: dict[int, ServiceClaim] = field(default_factory=dict)
    made: int = 0
    touched: list[tuple[str, timedelta]] = field(default_factory=list)
    late: list[tuple[datetime, Callable[[], ServiceAnswer]]] = field(default_factory=list)
    """What takes effect after its answer was given up."""

    def fate(self) -> str:
        return self.fates.pop() if self.fates else "fine"

    # the rows, as `ServiceClaims` has them

    def begin(self, _claim: object, wanted: ServiceClaim) -> ServiceClaim:
        mine = (wanted.request, wanted.since, wanted.use)
        for row in self.rows.values():
            if (row.request, row.since, row.use) == mine and row.state != "ending":
                return row
        self.made += 1
        row = self.rows[self.made] = replace(wanted, id=self.made)
        return row

    def find(self, number: int) -> ServiceClaim | None:
        return self.rows.get(number)

    def save(self, _claim: object, row: ServiceClaim) -> None:
        fate = self.fate()
        if fate == "died before":
            raise Died
        self.rows[row.id] = row
        if fate == "died after":
            raise Died

    def of(self, _repo: int) -> list[ServiceClaim]:
        return list(self.rows.values())

    def renewed(self, _claim: object, before: ServiceClaim, after: ServiceClaim) -> None:
        assert self.rows[before.id] == before
        self.rows[before.id] = after

    def touch(self, key: str, delay: timedelta) -> None:
        self.touched.append((key, delay))

    def forget(self, _claim: object, number: int) -> None:
        if self.fate() == "died before":
            raise Died
        del self.rows[number]

    # the service, as `LockService` has it

    @property
    def terms(self) -> ServiceTerms:
        return ServiceTerms("mutex", "http")

    def acquire(self, asked: LockAsked) -> ServiceAnswer:
        def effect() -> ServiceAnswer:
            if self.holder not in ("", asked.owner):
                return Busy(self.holder)
            self.holder = asked.owner
            return Granted("", timedelta(seconds=60))

        return self._answered(effect)

    def inspect(self, asked: LockAsked) -> ServiceAnswer:
        def effect() -> ServiceAnswer:
            if self.holder == asked.owner:
                return Granted("", timedelta(seconds=60))
            return Busy(self.holder) if self.holder else Gone()

        return self._answered(effect)

    renew = inspect

    def release(self, asked: LockAsked) -> ServiceAnswer:
        def effect() -> ServiceAnswer:
            if self.holder == asked.owner:
                self.holder = ""
            return Gone()

        return self._answered(effect)

    def _answered(self, effect: Callable[[], ServiceAnswer]) -> ServiceAnswer:
        match self.fate():
            case "lost before":
                return Ambiguous("no answer")
            case "late":
                self.late.append((self.clock.at + timedelta(seconds=58), effect))
                return Ambiguous("no answer")
            case "died before":
                raise Died
            case "lost after":
                effect()
                return Ambiguous("no answer")
            case "died after":
                effect()
                raise Died
            case _:
                return effect()

    def passes(self, time: timedelta) -> None:
        """What was on its way arrives; nothing of it is lost to us."""
        self.clock.at += time
        due = [one for one in self.late if one[0] <= self.clock.at]
        self.late = [one for one in self.late if one not in due]
        for _, effect in due:
            effect()
        self.known_to_us()

    # one look of a worker

    def act(self, action: AskService | GiveBack) -> None:
        """Carry *action* out as the engine does, in a tick of its own."""
        store: Any = SimpleNamespace(service_claims=self, work=self)
        claim: Any = None
        names = iter(f"{self.made:02}{n:030}" for n in range(9))
        known = LockServices({"mutex": self}, lambda: next(names))
        outside = Outside(store, claim, 42, self.clock, set(), known)
        with suppress(Died):
            outside.ask(action) if isinstance(action, AskService) else outside.give_back(action)
        self.known_to_us()

    def known_to_us(self) -> None:
        """Whatever the service holds for an owner of ours has a row: nothing is held for ever."""
        if self.holder.startswith("stagelock-"):
            owners = {r.owner for r in self.rows.values() if not services.nothing_there(r)}
            assert self.holder in owners


def ask(request: int) -> AskService:
    return AskService(request, AT, USE)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@example(fates=FOUND, looks=5, taken=True)
@given(st.lists(st.sampled_from(FATES), max_size=14), st.integers(0, 6), st.booleans())
def test_whatever_is_lost_or_dies_nothing_is_granted_twice_and_nothing_stays_for_ever(
    fates: list[str],
    looks: int,
    taken: bool,  # noqa: FBT001
):
    world = World([*fates], holder="nightly" if taken else "")
    for _ in range(looks):
        world.act(ask(1))
        held = [row for row in world.rows.values() if row.state == "held"]
        assert all(world.holder == row.owner for row in held)
        world.passes(timedelta(seconds=7))
    if taken and world.holder == "nightly":
        world.holder = ""
    for _ in range(80):  # the request has ended: what may be there is given back until it is gone
        for row in list(world.rows.values()):
            if row.state != "ending" or services.due(row, world.clock.at):
                world.act(GiveBack(row.id))
        world.passes(timedelta(seconds=30))
    assert world.rows == {}
    assert world.holder == ""


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(FATES), max_size=12))
def test_whatever_is_lost_or_dies_it_is_granted_in_the_end(fates: list[str]):
    world = World(fates)
    for _ in range(40):
        world.act(ask(1))
        world.passes(timedelta(seconds=31))
    [row] = world.rows.values()
    assert row.state == "held"
    assert world.holder == row.owner


def test_a_first_attempt_without_an_answer_is_inspected_not_repeated():
    world = World(["lost after", "fine"])
    world.act(ask(1))
    [row] = world.rows.values()
    assert (row.state, row.doubt, services.question(row)) == ("asking", True, "inspect")


def test_what_may_still_take_effect_is_looked_at_again_after_a_minute():
    """A request that is on its way may arrive after the answer that nothing is there."""
    world = World(["lost before", "fine"])
    world.act(ask(1))
    [row] = world.rows.values()
    world.act(GiveBack(row.id))
    [row] = world.rows.values()
    assert row.state == "ending"
    assert row.next_at == AT + timedelta(seconds=60)
    world.holder = row.owner  # it has arrived
    world.clock.at += timedelta(seconds=60)
    world.act(GiveBack(row.id))
    assert world.rows == {}
    assert world.holder == ""


def test_who_gave_no_answer_is_not_asked_again_in_the_same_look():
    world = World([])
    calls: list[LockAsked] = []

    def acquire(asked: LockAsked) -> ServiceAnswer:
        calls.append(asked)
        return Ambiguous("silence")

    service: Any = SimpleNamespace(terms=world.terms, acquire=acquire)
    store: Any = SimpleNamespace(service_claims=world, work=world)
    claim: Any = None
    known = LockServices({"mutex": service}, lambda: "a" * 32)
    outside = Outside(store, claim, 42, world.clock, set(), known)
    for request in (1, 2, 3):
        outside.ask(ask(request))
    assert len(calls) == 1
    assert [row.next_at for row in world.rows.values()] == [AT + timedelta(seconds=10)] * 3


class Lived:
    """A lease that lasts."""

    def check(self) -> None:
        pass


def renewing(world: World, requests: dict[int, Any]) -> Any:
    store: Any = SimpleNamespace(
        service_claims=world, direct_locks=SimpleNamespace(find=requests.get)
    )
    handler = Renewing(store, LockServices({"mutex": world}, lambda: ""), world.clock)
    claim: Any = SimpleNamespace(key="services-42")
    lease: Any = Lived()
    return handler.handle(claim, lease)


def test_a_lease_is_renewed_though_the_repository_cannot_be_looked_at():
    """GitHub may be down for longer than a lock service keeps a lock: its work key asks nobody else."""
    world = World([])
    world.act(ask(1))
    assert world.touched == [("services-42", timedelta(seconds=20))]
    live = {1: SimpleNamespace(state="held", requested_at=AT)}
    for _ in range(30):
        world.clock.at += timedelta(seconds=20)
        assert renewing(world, live) == timedelta(seconds=20)
    [row] = world.rows.values()
    assert services.vouched((row,), world.clock.at)


def test_a_lease_whose_renewal_had_no_answer_is_tried_again_while_its_time_runs():
    world = World([])
    world.act(ask(1))
    live = {1: SimpleNamespace(state="suspect", requested_at=AT)}
    world.clock.at += timedelta(seconds=20)
    world.fates = ["lost before"]
    assert renewing(world, live) == timedelta(seconds=10)
    world.clock.at += timedelta(seconds=10)
    assert renewing(world, live) == timedelta(seconds=20)


def test_what_is_to_be_given_back_is_not_renewed():
    for request in (
        None,
        SimpleNamespace(state="released", requested_at=AT),
        SimpleNamespace(state="queued", requested_at=AT + timedelta(seconds=1)),
    ):
        world = World([])
        world.act(ask(1))
        before = dict(world.rows)
        world.clock.at += timedelta(seconds=30)
        assert renewing(world, {1: request}) is None
        assert world.rows == before


def test_what_was_taken_away_ends_the_renewals():
    world = World([])
    world.act(ask(1))
    world.holder = "somebody"
    world.clock.at += timedelta(seconds=20)
    assert renewing(world, {1: SimpleNamespace(state="held", requested_at=AT)}) is None
    [row] = world.rows.values()
    assert row.state == "lost"


def test_a_service_that_is_away_for_good_is_asked_once_a_day(caplog: Any):
    """rule L59: in a repository without the App, where no plan would give it back."""
    world = World([])
    world.act(ask(1))
    ended: Any = SimpleNamespace(state="released", requested_at=AT)
    direct = SimpleNamespace(find={1: ended}.get, live=lambda _: ())
    store: Any = SimpleNamespace(service_claims=world, work=world, direct_locks=direct)
    nobody = LockServices({}, lambda: "")  # its profile was taken out of the settings
    claim: Any = None
    lease: Any = Lived()
    leaving = Leaving(store, nobody, world.clock)
    asked: list[datetime] = []
    while world.clock.at < AT + timedelta(days=9):
        asked.append(world.clock.at)
        pause = leaving.give_back(claim, lease, 42)
        assert pause is not None
        world.clock.at += pause
    assert len([at for at in asked if at < AT + timedelta(days=1)]) == 50
    assert len(asked) < 60
    assert "free it there" in caplog.text

    known = LockServices({"mutex": world}, lambda: "")
    assert Leaving(store, known, world.clock).give_back(claim, lease, 42) is None
    assert (world.rows, world.holder) == ({}, "")
