"""
Consul: a session with a time to live, and a key that it holds.

https://developer.hashicorp.com/consul/api-docs/session and .../kv. The key's value is our owner:
so a lock whose answer was lost is found again, and a session that nobody knows ends by itself.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import timedelta
from urllib.parse import quote

from app.core.model.lock_services import Busy, Gone, Granted, LockAsked, ServiceAnswer
from app.lockservices.speaking import Speaking, Unclear, clear, field, odd, plain, said

TTL = timedelta(seconds=60)


class ConsulService(Speaking):
    """Implements `LockService`."""

    @clear
    def acquire(self, asked: LockAsked) -> ServiceAnswer:
        holder = self._look(asked)
        if isinstance(holder, Granted):
            return self._renewed(asked, holder)
        if isinstance(holder, Busy):
            return holder
        session = self._session(asked)
        if self._switched(asked, "acquire", session):
            return Granted(session, self._ttl)
        self._end(asked, session)
        holder = self._look(asked)
        return holder if isinstance(holder, Busy) else Busy("")  # its lock-delay is not over

    @clear
    def inspect(self, asked: LockAsked) -> ServiceAnswer:
        return self._look(asked)

    @clear
    def renew(self, asked: LockAsked) -> ServiceAnswer:
        holder = self._look(asked)
        return self._renewed(asked, holder) if isinstance(holder, Granted) else holder

    @clear
    def release(self, asked: LockAsked) -> ServiceAnswer:
        holder = self._look(asked)
        if isinstance(holder, Granted):
            if not self._switched(asked, "release", holder.token):
                raise Unclear("it did not let go of the key")
            self._end(asked, holder.token)
        return Gone()

    @property
    def _ttl(self) -> timedelta:
        return self._profile.ttl or TTL

    def _look(self, asked: LockAsked) -> ServiceAnswer:
        """Who has the key: what its value says, while a session holds it."""
        reply = self._reply(asked, "GET", f"{_key(asked)}?consistent")
        if reply.status == 404:
            return Gone()
        entry = reply.body[0] if isinstance(reply.body, list) and reply.body else None
        if reply.status != 200 or not isinstance(entry, dict):
            raise odd(reply)
        session = plain(field(entry, "Session"))
        if not session:
            return Gone()
        value = _value(field(entry, "Value"))
        return Granted(session, self._ttl) if value == asked.owner else Busy(said(value or session))

    def _renewed(self, asked: LockAsked, grant: Granted) -> ServiceAnswer:
        reply = self._reply(asked, "PUT", f"/v1/session/renew/{quote(grant.token, safe='')}")
        if reply.status == 404:
            return Gone()
        if reply.status != 200:
            raise odd(reply)
        return grant

    def _session(self, asked: LockAsked) -> str:
        seconds = f"{self._ttl.total_seconds():.0f}s"
        wanted = {"Name": asked.owner, "TTL": seconds, "Behavior": "release"}
        reply = self._reply(asked, "PUT", "/v1/session/create", json.dumps(wanted))
        session = plain(field(reply.body, "ID"))
        if reply.status != 200 or not session:
            raise odd(reply)
        return session

    def _switched(self, asked: LockAsked, verb: str, session: str) -> bool:
        path = f"{_key(asked)}?{verb}={quote(session, safe='')}"
        reply = self._reply(asked, "PUT", path, asked.owner)
        if reply.status != 200 or not isinstance(reply.body, bool):
            raise odd(reply)
        return reply.body

    def _end(self, asked: LockAsked, session: str) -> None:
        """End a session that holds nothing; one that is left over ends by itself."""
        try:
            self._reply(asked, "PUT", f"/v1/session/destroy/{quote(session, safe='')}")
        except Unclear:
            return


def _key(asked: LockAsked) -> str:
    """Slashes are folders of keys there; no resource climbs."""
    return f"/v1/kv/{quote(asked.name, safe='/')}"


def _value(encoded: object) -> str:
    if not isinstance(encoded, str):
        return ""
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
