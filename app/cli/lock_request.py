"""A request for a lock group as its client has it: ask, wait, renew, give back."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.cli.asking import PATIENCE, AskedServer, Refusal
from app.cli.holders import who_else
from app.cli.lock_signals import Interrupted, Signals
from app.cli.out import complain
from app.core.text.markup import clock, ordinal
from app.errors import Transient

USUAL, SHORTEST = timedelta(seconds=60), timedelta(seconds=1)
"""How long a request lasts for which no ttl was asked, unless the server says less."""
LONGEST = 30
"""Seconds that one question waits for a change."""
TRIES = timedelta(seconds=60)
"""How long an unreachable server is asked again while we wait in its queue."""
GIVING_BACK, LEAVING = timedelta(minutes=2), timedelta(seconds=10)
"""How long it is asked again to take a grant back, or a place in its queue."""
_PAUSE = 1.0
_FIRST_PAUSE, _LAST_PAUSE = 0.5, 15.0
ENDED = 409
"""The status of a grant that has ended, was taken away, or whose token is outdated."""
UNKNOWN = 404
"""
The status of a request that the server does not know (any more). It forgets none while it may be
held, so its database was lost: then it knows as little whether the group is free.
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A group: *scope* is ``OWNER/NAME`` or an organisation."""

    scope: str
    group: str

    def __str__(self) -> str:
        return f"{self.scope}/{self.group}"


class Request:
    """
    One request. *ttl*: for how long it lasts unless it is renewed; None: as the group has it.
    *join*: the token of a grant that it shares.
    """

    def __init__(
        self,
        server: AskedServer,
        place: Place,
        owner: str,
        ttl: timedelta | None,
        reason: str,
        join: int | None,
    ) -> None:
        self.place, self.ttl = place, ttl or USUAL
        self._server = server
        self._asked: dict[str, object] = {"owner": owner}
        self._asked |= {} if ttl is None else {"ttl": int(ttl.total_seconds())}
        self._asked |= {"reason": reason} if reason else {}
        self._asked |= {} if join is None else {"join": join}
        self._address = ""
        self._said: Mapping[str, Any] = {}
        self._told = ""
        self._over = False
        self._forgotten = False

    @property
    def token(self) -> int | None:
        """The fencing token, once granted."""
        token: int | None = self._said.get("token")
        return token

    @property
    def permit(self) -> str:
        """The permits' names; "" for a numeric group."""
        return self._said.get("permit") or ""

    @property
    def expires_at(self) -> str:
        """Until when the grant lasts unless it is renewed."""
        return self._said.get("expires_at") or ""

    @property
    def said(self) -> Mapping[str, Any]:
        """What the server answered last."""
        return self._said

    def granted(self, most: timedelta | None, signals: Signals) -> bool:
        """
        Ask, and wait for the grant; False: not within *most*, or the group's own `max-wait`.
        Interrupted: one of *signals* came; Refusal; Transient: not reached.

        A place that was lost (we were silent for too long) is asked for anew, at the end.
        """
        with signals.interrupting():
            return self._waited(most, signals)

    def _waited(self, most: timedelta | None, signals: Signals) -> bool:
        end = None if most is None else time.monotonic() + most.total_seconds()
        self._ask(signals)
        while not self._held():
            if self._said["state"] == "timed-out":
                return False
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                return False
            self._tell()
            self._wait(left, signals)
        return True

    def renew(self) -> bool:
        """
        Send a heartbeat; False: the grant has ended or was taken away.

        Transient: the server was not reached, or it does not say: the grant may still stand. A
        server that does not know it has not ended it; that is said once.
        """
        try:
            said = self._server.ask("POST", f"{self._address}/heartbeat", {"token": self.token})
        except Refusal as refusal:
            if refusal.status == UNKNOWN:
                self._is_forgotten("the command keeps running, and once it has ended ")
                return True
            if refusal.status != ENDED:
                raise Transient(refusal.message) from refusal
            self._over = True
            return False
        self._said = said.value
        return True

    def leave(self, signals: Signals) -> None:
        """
        Give the grant back, or leave the queue; what cannot be told ends by its time, or a person.

        A server that does not answer is asked again, with growing pauses, until one of *signals*.
        """
        if not self._address:
            return
        most = LEAVING if self.token is None or self._over else GIVING_BACK
        end, pause = time.monotonic() + most.total_seconds(), _FIRST_PAUSE
        while why_not := self._not_left(signals, end - time.monotonic()):
            message, again = why_not
            if not again or signals.waiting or time.monotonic() + pause > end:
                complain(f"stagelock lock: not given back: {message}")
                return
            if pause == _FIRST_PAUSE:
                complain(
                    f"stagelock lock: {message}; trying to give it back for "
                    f"{most.total_seconds():.0f} s, or until a signal"
                )
            signals.sleep(pause)
            pause = min(2 * pause, _LAST_PAUSE)

    def _not_left(self, signals: Signals, left: float) -> tuple[str, bool] | None:
        """Ask once: None: it is done, else why not, and whether it is worth asking again."""
        try:
            with signals.settling():
                self._leave(min(PATIENCE, max(left, 1)))
        except Interrupted:
            return "interrupted", False
        except Refusal as refusal:
            if refusal.status == UNKNOWN and self.token is not None:
                self._is_forgotten("")
            over = refusal.status in (ENDED, UNKNOWN)
            return None if over else (refusal.message, refusal.status >= 500)
        except Transient as error:
            return error.message, True
        return None

    def _leave(self, patience: float) -> None:
        release = f"{self._address}/release"
        try:
            self._server.ask("POST", release, {"token": self.token}, patience=patience)
        except Refusal as refusal:
            if refusal.status != ENDED or self.token is not None:
                raise
            # It was granted before we knew.
            self._said = self._server.ask("GET", self._address, patience=patience).value
            self._server.ask("POST", release, {"token": self.token}, patience=patience)

    def _is_forgotten(self, when: str) -> None:
        """Say once that nobody but a person frees what we have; *when* that may be."""
        if not self._forgotten:
            complain(
                "stagelock lock: the server no longer knows this request (its database may have "
                f"been rebuilt); {when}a maintainer has to free {self.place.group}"
            )
        self._forgotten = True

    def _ask(self, signals: Signals) -> None:
        with signals.settling():  # what was asked for is known, so that it can be left
            said = self._server.ask("POST", f"/locks/{self.place}/requests", self._asked)
            self._said, self._address = said.value, said.location or self._address
        if "ttl" not in self._asked and said.at is not None and self.expires_at:
            # Told by one clock, the server's: shorter than usual where the group's `max-hold` is.
            left = datetime.fromisoformat(self.expires_at) - said.at
            self.ttl = min(max(left, SHORTEST), USUAL)

    def _held(self) -> bool:
        return self._said["state"] in {"held", "suspect"}

    def _wait(self, left: float | None, signals: Signals) -> None:
        """One question for a change, however it ends."""
        seconds = int(min(LONGEST, self.ttl.total_seconds() / 2, LONGEST if left is None else left))
        begun = time.monotonic()
        patience = seconds + PATIENCE
        end = begun + TRIES.total_seconds()
        pause, said_why = _PAUSE, ""
        while True:
            try:
                asked = {"wait": seconds}
                said = self._server.ask("GET", self._address, query=asked, patience=patience)
            except (Transient, Refusal) as error:
                if isinstance(error, Refusal) and error.status == UNKNOWN:
                    complain("stagelock lock: the server does not know this request: asking anew")
                    time.sleep(_PAUSE)
                    self._ask(signals)
                    return
                if isinstance(error, Refusal) and error.status < 500:
                    raise
                if time.monotonic() > end:
                    raise
                if error.message != said_why:
                    complain(f"stagelock lock: {error.message}; asking again")
                said_why = error.message
                time.sleep(pause)
                pause = min(2 * pause, _LAST_PAUSE, self.ttl.total_seconds() / 4)
                continue
            break
        self._said = said.value
        match self._said["state"]:
            case "cancelled" | "released" | "forced":
                self._ask(signals)
            case "rejected":
                raise Refusal(404, f"the group {self.place.group} is not defined any more")
            case "queued" if time.monotonic() - begun < _PAUSE:
                time.sleep(_PAUSE)  # a busy server answers without waiting

    def _tell(self) -> None:
        """The waiting line, when it is another one."""
        said = self._said
        if said.get("position") is None:
            return
        line = f"waiting for {self.place.group}: {ordinal(said['position'])} of {said['of']}"
        holder = said["holder"]
        if holder is not None:
            who = who_else(holder, self.place.scope.partition("/")[0])
            since = clock(datetime.fromisoformat(holder["since"]))
            stuck = f", {holder['state']}" if holder["state"] != "held" else ""
            line += f", held by {who} since {since}{stuck}"
            line += self._doubt(holder)
        if line != self._told:
            complain(f"stagelock lock: {line}")
            self._told = line

    def _doubt(self, holder: Mapping[str, Any]) -> str:
        """
        Why nobody can tell whether we join *holder*'s grant; "" where there is no such doubt.

        Only a job without a token of its own may join, and only a stage of its own repository.
        """
        home = os.environ.get("GITHUB_REPOSITORY", "").casefold()
        mine = (holder["repository"] or "").casefold() == home and holder["kind"] == "stage"
        if not mine or not home or self._asked.get("join") is not None:
            return ""
        try:
            queue = self._server.ask("GET", f"/locks/{self.place}").value["queue"]
        except (Refusal, Transient):
            return ""
        why = next(
            (request["reason"] for request in queue if request["id"] == self._said["id"]), None
        )
        return f"; {why}" if why and why != self._asked.get("reason") else ""
