"""
Terraform's HTTP backend: LOCK and UNLOCK on an address, 423 or 409 with who has it.

https://developer.hashicorp.com/terraform/language/backend/http. It has no question who has a lock:
asking for it again, with the same id, is the question, and a lock lasts until it is given back.
"""

from __future__ import annotations

import json

from app.core.model.lock_services import Busy, Gone, Granted, LockAsked, ServiceAnswer
from app.lockservices.speaking import Speaking, Unclear, clear, field, odd, said
from app.settings.lock_conditions import Reply

FINE = (200, 201, 204)
TAKEN = (409, 423)
ABSENT = (404, 410)


class TerraformService(Speaking):
    """Implements `LockService`."""

    @clear
    def acquire(self, asked: LockAsked) -> ServiceAnswer:
        reply = self._reply(asked, "LOCK", body=_info(asked))
        if reply.status in FINE:
            return Granted()
        if reply.status in TAKEN:
            return _taken(reply, asked)
        raise odd(reply)

    renew = inspect = acquire

    @clear
    def release(self, asked: LockAsked) -> ServiceAnswer:
        reply = self._reply(asked, "UNLOCK", body=_info(asked))
        if reply.status in FINE or reply.status in ABSENT:
            return Gone()
        if reply.status in TAKEN and isinstance(_taken(reply, asked), Busy):
            return Gone()  # somebody else's: ours is not there any more
        raise odd(reply)


def _taken(reply: Reply, asked: LockAsked) -> ServiceAnswer:
    """Locked: by us already, or by whom the answer names."""
    owner = field(reply.body, "ID")
    if not isinstance(owner, str) or not owner:
        raise Unclear(f"it answered {reply.status} without the ID of who has it")
    if owner == asked.token:
        return Granted()
    return Busy(said(field(reply.body, "Who")) or said(owner))


def _info(asked: LockAsked) -> str:
    """The lock's description, as Terraform itself writes it."""
    info = {
        "ID": asked.token,
        "Operation": "Stagelock",
        "Info": asked.name,
        "Who": asked.owner,
        "Version": "",
        "Path": asked.name,
    }
    return json.dumps(info)
