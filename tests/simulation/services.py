"""External lock services, as they know themselves: who holds what, for how long, and what goes wrong on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.core.model.lock_services import (
    Ambiguous,
    Busy,
    Gone,
    Granted,
    LockAsked,
    ServiceAnswer,
    ServiceTerms,
)
from app.errors import OutsideError, Transient
from tests.simulation.faults import Crash

if TYPE_CHECKING:
    from tests.simulation.world import World

LEASES: dict[str, timedelta | None] = {"leases": timedelta(minutes=15), "rooms": None}
"""The services by their profiles' names, and how long what they grant lasts; None: for ever."""
LATE = (7, 31, 58)
"""Seconds after which what was asked for without an answer takes effect."""
OURS = "stagelock-"

Effect = Callable[[], ServiceAnswer]


@dataclass(frozen=True)
class Kept:
    """A lock there, and who has it."""

    owner: str
    token: str
    until: datetime | None


@dataclass
class Service:
    """Implements `LockService` by what is kept there."""

    world: World
    name: str
    lease: timedelta | None
    kept: dict[str, Kept] = field(default_factory=dict)
    changed: dict[str, datetime] = field(default_factory=dict)
    """When each lock was taken or freed last."""
    down_until: datetime | None = None
    trouble: datetime | None = None
    """When it gave no answer, last."""
    late: list[tuple[datetime, str, Effect]] = field(default_factory=list)
    """What takes effect later: when, who may have a lock by it ("": nobody), and what."""
    unsure: set[str] = field(default_factory=set)
    """Who asked for a lock, had no answer, and did not look since."""
    lapsed: dict[str, datetime] = field(default_factory=dict)
    """Whose time was over here, and when that was."""
    taken: set[str] = field(default_factory=set)
    """From whom a person here took a lock away, and who was not told."""
    denied: set[str] = field(default_factory=set)
    """Who was told in this look that they have it no more."""
    asks: Callable[[str, str, bool], None] = lambda _resource, _owner, _unsure: None
    """Told just before somebody asks for a lock."""
    gives: Callable[[str], None] = lambda _owner: None
    """Told just before a lock is given back."""

    @property
    def terms(self) -> ServiceTerms:
        return ServiceTerms(self.name, "http", (), ("*",))

    # --- what happens there ---

    def passes(self) -> None:
        """What is due takes effect, and what nobody renewed is free."""
        now = self.world.now
        # Where machines' clocks differ nobody can count the minute in which that must happen.
        due = [one for one in self.late if one[0] <= now or self.world.off]
        self.late = [one for one in self.late if one not in due]
        for _, _, effect in due:
            effect()
        for resource, kept in list(self.kept.items()):
            if kept.until is not None and kept.until <= now:
                self.lapsed[kept.owner] = kept.until
                self.put(resource, None)

    def put(self, resource: str, kept: Kept | None) -> None:
        if kept is None:
            self.kept.pop(resource, None)
        else:
            self.kept[resource] = kept
        self.changed[resource] = self.world.now

    # --- what we ask ---

    def acquire(self, asked: LockAsked) -> ServiceAnswer:
        self.asks(asked.name, asked.owner, asked.owner in self.unsure)
        try:
            answer = self._called("acquire", asked, lambda: self._take(asked))
        except Crash:
            self.unsure.add(asked.owner)
            raise
        if isinstance(answer, Ambiguous):
            self.unsure.add(asked.owner)
        return answer

    def renew(self, asked: LockAsked) -> ServiceAnswer:
        return self._called("renew", asked, lambda: self._renewed(asked))

    def inspect(self, asked: LockAsked) -> ServiceAnswer:
        answer = self._called("inspect", asked, lambda: self._seen(asked))
        if not isinstance(answer, Ambiguous):
            self.unsure.discard(asked.owner)
        return answer

    def release(self, asked: LockAsked) -> ServiceAnswer:
        return self._called("release", asked, lambda: self._freed(asked))

    def _called(self, verb: str, asked: LockAsked, effect: Effect) -> ServiceAnswer:
        faults, call, writes = self.world.faults, f"service.{verb}", verb != "inspect"
        try:
            faults.before(call, writes=writes)
            self.passes()
            if self.down_until is not None and self.world.now < self.down_until:
                raise Transient(f"{self.name} is down")
            heir = asked.owner if verb == "acquire" else ""
            answer = self._faulty(call, heir, effect, writes=writes)
            faults.after(call, writes=writes)
        except OutsideError as error:
            self.trouble = self.world.now
            return Ambiguous(error.message)
        if isinstance(answer, Busy | Gone) and verb in ("renew", "inspect"):
            self.denied.add(asked.owner)
        if isinstance(answer, Granted):
            self.denied.discard(asked.owner)
        return answer

    def _faulty(self, call: str, heir: str, effect: Effect, *, writes: bool) -> ServiceAnswer:
        fault = self.world.faults.of_service(call)
        if fault is None:
            return effect()
        if fault == "service-cut":
            effect()
        elif fault == "service-late" and writes:
            after = LATE[int(self.world.now.timestamp()) % len(LATE)]
            self.late.append((self.world.now + timedelta(seconds=after), heir, effect))
        raise Transient("503" if fault == "service-error" else "timeout", maybe_done=writes)

    def _mine(self, asked: LockAsked) -> bool:
        kept = self.kept.get(asked.name)
        return kept is not None and (kept.owner, kept.token) == (asked.owner, asked.token)

    def _take(self, asked: LockAsked) -> ServiceAnswer:
        kept = self.kept.get(asked.name)
        if kept is not None and not self._mine(asked):
            return Busy(kept.owner)
        until = None if self.lease is None else self.world.now + self.lease
        self.put(asked.name, Kept(asked.owner, asked.token, until))
        self.taken.discard(asked.owner)
        self.lapsed.pop(asked.owner, None)
        return Granted("", self.lease)

    def _seen(self, asked: LockAsked) -> ServiceAnswer:
        kept = self.kept.get(asked.name)
        if kept is None:
            return Gone()
        return Granted("", self.lease) if self._mine(asked) else Busy(kept.owner)

    def _renewed(self, asked: LockAsked) -> ServiceAnswer:
        return self._take(asked) if self._mine(asked) else self._seen(asked)

    def _freed(self, asked: LockAsked) -> ServiceAnswer:
        if self._mine(asked):
            self.gives(asked.owner)
            self.put(asked.name, None)
        return Gone()

    # --- what is so ---

    def ours(self) -> Iterator[tuple[str, Kept]]:
        return ((r, kept) for r, kept in self.kept.items() if kept.owner.startswith(OURS))
