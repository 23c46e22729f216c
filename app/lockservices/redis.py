"""
Redis: a key that is set where there is none, with a time to live, and deleted by its owner alone.

https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/ (a single instance). Weaker
than the others: what a replica has not heard of is lost when it takes over.
"""

from __future__ import annotations

import ssl
from datetime import timedelta
from urllib.parse import urlsplit

from app.core.model.lock_services import Busy, Gone, Granted, LockAsked, ServiceAnswer, ServiceTerms
from app.lockservices.redis_wire import NotAllowed, RedisServer, Refused, Value, talk
from app.lockservices.speaking import Denied, Unclear, clear, said
from app.lockservices.wire import NoAnswer
from app.settings.lock_profiles import Profile
from app.settings.lock_templates import Unfillable, as_it_is

TTL = timedelta(seconds=60)
PORT = 6379
_OURS = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call({}) end return 0"
_EXTEND = _OURS.format("'PEXPIRE', KEYS[1], ARGV[2]")
_DELETE = _OURS.format("'DEL', KEYS[1]")
_ENOUGH = "299"
"""So much of a value is read: it may be anything."""


class RedisService:
    """Implements `LockService`."""

    def __init__(self, profile: Profile, tls: ssl.SSLContext) -> None:
        self._profile = profile
        parts = urlsplit(profile.url.fixed())
        secure = tls if parts.scheme == "rediss" else None
        self._server = RedisServer(parts.hostname or "", parts.port or PORT, secure)
        self._database = parts.path.strip("/")

    def __repr__(self) -> str:
        return f"RedisService({self.terms.name})"

    @property
    def terms(self) -> ServiceTerms:
        """Who may use it, and for what."""
        return self._profile.terms

    @clear
    def acquire(self, asked: LockAsked) -> ServiceAnswer:
        reply = self._told(asked, "SET", asked.name, asked.owner, "NX", "PX", self._millis)
        if reply == "OK":
            return Granted("", self._ttl)
        there = self._look(asked)
        if isinstance(there, Gone):
            raise Unclear("it was freed at this moment")
        return self._extended(asked) if isinstance(there, Granted) else there

    @clear
    def renew(self, asked: LockAsked) -> ServiceAnswer:
        return self._extended(asked)

    @clear
    def inspect(self, asked: LockAsked) -> ServiceAnswer:
        return self._look(asked)

    @clear
    def release(self, asked: LockAsked) -> ServiceAnswer:
        self._told(asked, "EVAL", _DELETE, "1", asked.name, asked.owner)
        return Gone()

    @property
    def _ttl(self) -> timedelta:
        return self._profile.ttl or TTL

    @property
    def _millis(self) -> str:
        return str(int(self._ttl.total_seconds() * 1000))

    def _extended(self, asked: LockAsked) -> ServiceAnswer:
        reply = self._told(asked, "EVAL", _EXTEND, "1", asked.name, asked.owner, self._millis)
        return Granted("", self._ttl) if reply == 1 else Gone()

    def _look(self, asked: LockAsked) -> ServiceAnswer:
        holder = self._told(asked, "GETRANGE", asked.name, "0", _ENOUGH)
        if not isinstance(holder, str):
            raise Unclear("it answered something else than a text")
        if holder == asked.owner:
            return Granted("", self._ttl)
        return Busy(said(holder)) if holder else Gone()

    def _told(self, asked: LockAsked, *command: str) -> Value:
        """The answer to *command*, after logging in; Unclear or Denied."""
        begin = [["SELECT", self._database]] if self._database else []
        try:
            login = [template.filled(asked, as_it_is) for template in self._profile.login]
            first = [["AUTH", *login]] if login else []
            return talk(self._server, [*first, *begin, command], self._profile.timeout)
        except NotAllowed as error:
            raise Denied("it refused the login or the command") from error
        except Refused as error:
            raise Unclear("it answered an error") from error
        except (NoAnswer, Unfillable) as error:
            raise Unclear(str(error)) from error
