"""What goes wrong around the App: armed by events of the story, each goes off once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app.errors import Conflict, Denied, Missing, OutsideError, Rejected, Transient

REFUSED = 90.0
"""Seconds after a refusal in which what was refused need not be there."""
STARTS = ("start-lost", "start-never", "start-late")
"""A request that starts a workflow has no answer; it took effect, never does, or does so later."""
SERVICES = ("service-cut", "service-error", "service-late")
"""A call of a lock service has no answer: it took effect, never does, or does so within a minute."""
ANSWERS: dict[str, type[OutsideError]] = {
    "rejected": Rejected,
    "conflict": Conflict,
    "missing": Missing,
}


class Crash(BaseException):
    """The process ends here: nothing of it goes on, nothing is cleaned up."""


@dataclass
class Faults:
    """
    Armed faults: (kind, how many fitting calls go by before it). Kinds: `crash-before`,
    `crash-after` and `lost` count writes; `502`, `limit`, `denied`, `rejected`, `conflict`, `missing`, `stall` and `meanwhile`
    count any call (`limit` only those to GitHub); `race` and `slow` (it arrives within its 60 s, or later) count pushes;
    those of `STARTS` count requests that start a workflow, those of `SERVICES` calls of lock services.
    """

    armed: list[list] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    """In words, for the story."""
    stalled: Callable[[], None] | None = None
    raced: Callable[[str], None] | None = None
    meanwhile: Callable[[], None] | None = None
    limited_until: float = 0.0
    refused_until: float = 0.0
    """What GitHub has refused is tried again after a pause."""
    late: bool = False
    """The worker has stalled, and goes on with what another one has taken over."""
    now: Callable[[], float] = lambda: 0.0

    def arm(self, kind: str, after: int) -> None:
        self.armed.append([kind, after])

    def clear(self) -> None:
        self.armed.clear()
        self.limited_until = 0.0

    def _take(self, *kinds: str) -> str | None:
        """The first armed fault of *kinds* whose turn has come with this call."""
        for fault in self.armed:
            if fault[0] in kinds:
                if fault[1] == 0:
                    self.armed.remove(fault)
                    return str(fault[0])
                fault[1] -= 1
        return None

    def _say(self, what: str, call: str) -> None:
        self.fired.append(f"{what} at {call}")

    def before_store(self, call: str) -> None:
        if not self.armed:
            return
        if self._take("crash-before"):
            self._say("crash before", call)
            raise Crash(call)
        self._meanwhile(call)
        self._stall(call)

    def after_store(self, call: str) -> None:
        if self.armed and self._take("crash-after"):
            self._say("crash after", call)
            raise Crash(call)

    def before(self, call: str, *, writes: bool, once: bool = False) -> None:
        """*once*: a call that GitHub cannot tell from its repetition; nobody stalls just there."""
        if self.limited_until and call.startswith("forge.") and self.now() < self.limited_until:
            raise Transient("rate limited", retry_after=self.limited_until - self.now())
        if not self.armed:
            return
        if writes and self._take("crash-before"):
            self._say("crash before", call)
            raise Crash(call)
        self._meanwhile(call)
        match self._take("502", "limit", "denied", *ANSWERS):
            case "502":
                self._say("502", call)
                raise Transient(f"502 at {call}", maybe_done=writes)
            case "denied":
                self._say("401", call)
                raise Denied("Bad credentials")
            case "limit" if call.startswith("forge."):
                self._say("rate limit", call)
                self.limited_until = self.now() + 30
                raise Transient("rate limited", retry_after=30)
            case "rejected" | "conflict" | "missing" as kind:
                self._say(kind, call)
                if kind == "rejected":
                    self.refused_until = self.now() + REFUSED
                raise ANSWERS[kind](f"{kind} at {call}")
            case _:
                pass
        if not once:
            self._stall(call)

    def after(self, call: str, *, writes: bool) -> None:
        if not (self.armed and writes):
            return
        match self._take("crash-after", "lost"):
            case "crash-after":
                self._say("crash after", call)
                raise Crash(call)
            case "lost":
                self._say("reply lost", call)
                raise Transient(f"the reply of {call} was lost", maybe_done=True)
            case _:
                pass

    def slow(self) -> datetime | None:
        """When this push arrives, if nobody waits for its answer any more."""
        if not (self.armed and self._take("slow")):
            return None
        after = (7, 31, 58, 90)[int(self.now()) % 4]
        at = datetime.fromtimestamp(self.now(), UTC) + timedelta(seconds=after)
        self._say(f"no answer, it arrives at {at:%H:%M:%S}", "push")
        return at

    def of_start(self) -> str | None:
        """What becomes of this request to start a workflow: its reply is lost, or it comes late."""
        fault = self._take(*STARTS) if self.armed else None
        if fault is not None:
            self._say(f"{fault}: no answer", "forge.start_workflow")
        return fault

    def of_service(self, call: str) -> str | None:
        """What becomes of this call of a lock service."""
        fault = self._take(*SERVICES) if self.armed else None
        if fault is not None:
            self._say(f"{fault}: no answer", call)
        return fault

    def race(self, branch: str) -> None:
        if self.armed and self.raced and self._take("race"):
            self._say(f"a person pushes to {branch} first", "push")
            self.raced(branch)

    def _meanwhile(self, call: str) -> None:
        if self.meanwhile and self._take("meanwhile"):
            self._say("a person pushes meanwhile", call)
            self.meanwhile()

    def _stall(self, call: str) -> None:
        if self.stalled and self._take("stall"):
            self._say("the worker stalls, another takes over", call)
            self.stalled()
            self.late = True
