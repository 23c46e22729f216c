"""
Jenkins: the remote API of its Lockable Resources plugin, version 1.

https://github.com/jenkinsci/lockable-resources-plugin, doc/examples/remote-api-curl.md. A request
waits in Jenkins's own queue, and every call about it names the id that Jenkins gave it. A lock
without a heartbeat turns stale there after a minute, and is held until an administrator acts.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from urllib.parse import quote

from app.core.model.lock_services import Busy, Gone, Granted, LockAsked, ServiceAnswer
from app.lockservices.speaking import Speaking, clear, field, odd, plain

API = "/lockable-resources/remote/v1"
LEASE = timedelta(seconds=60)
_NOT_THEIRS = re.compile(r"[0-9a-f]{32}")
"""Our own key of a grant: Jenkins has given no id, or its answer was lost."""


class JenkinsService(Speaking):
    """Implements `LockService`."""

    @clear
    def acquire(self, asked: LockAsked) -> ServiceAnswer:
        if not _NOT_THEIRS.fullmatch(asked.token):
            answer = self._beat(asked)
            if not isinstance(answer, Gone):
                return answer
        wanted = {
            "lockRequest": {"resource": asked.name, "reason": asked.owner},
            "clientId": asked.owner,
            "heartbeatIntervalSeconds": 10,
        }
        reply = self._reply(asked, "POST", f"{API}/acquire/", json.dumps(wanted))
        number = plain(field(reply.body, "lockId"))
        if reply.status not in (200, 202) or not number:
            raise odd(reply)
        if field(reply.body, "state") == "ACQUIRED":
            return Granted(number, LEASE)
        return Busy("", number)

    @clear
    def inspect(self, asked: LockAsked) -> ServiceAnswer:
        """
        Without Jenkins's id there is nothing to ask by: what was lost may stand in its queue, or
        hold the resource, and whoever asks anew waits behind it like everybody.
        """
        return Gone() if _NOT_THEIRS.fullmatch(asked.token) else self._look(asked)

    @clear
    def renew(self, asked: LockAsked) -> ServiceAnswer:
        return self._beat(asked)

    @clear
    def release(self, asked: LockAsked) -> ServiceAnswer:
        if _NOT_THEIRS.fullmatch(asked.token):
            return Gone()
        reply = self._reply(asked, "POST", f"{_lease(asked)}/release")
        if reply.status in (200, 204, 404, 410):
            return Gone()
        raise odd(reply)

    def _beat(self, asked: LockAsked) -> ServiceAnswer:
        reply = self._reply(asked, "POST", f"{_lease(asked)}/heartbeat")
        if reply.status in (200, 204):
            return Granted("", LEASE)
        if reply.status not in (404, 410):
            raise odd(reply)
        return self._look(asked)  # stale: held until an administrator acts

    def _look(self, asked: LockAsked) -> ServiceAnswer:
        reply = self._reply(asked, "GET", f"{API}/acquire/{quote(asked.token, safe='')}/")
        if reply.status in (404, 410):
            return Gone()
        match field(reply.body, "state") if reply.status == 200 else None:
            case "ACQUIRED" | "STALE":
                return Granted("", LEASE)
            case "QUEUED":
                return Busy("", asked.token)
            case "SKIPPED" | "FAILED" | "EXPIRED" | "CANCELLED":
                return Gone()
            case _:
                raise odd(reply)


def _lease(asked: LockAsked) -> str:
    return f"{API}/lease/{quote(asked.token, safe='')}"
