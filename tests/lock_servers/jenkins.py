"""The remote API of Jenkins's Lockable Resources plugin: one queue, ids given by Jenkins, stale instead of free."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import ClassVar

from tests.lock_servers.serving import Asked, Said

BASE = "/jenkins/lockable-resources/remote/v1"


@dataclass
class Record:
    resource: str
    client: str
    state: str = "QUEUED"


class Jenkins:
    """Exposes every resource; the first in the queue has it as soon as it is free."""

    profile = """\
    type: jenkins
    url: {url}/jenkins
    timeout: 1s
    headers: {{Authorization: "Basic ${{{{ env.JENKINS_BASIC }}}}"}}
"""
    environ: ClassVar = {"JENKINS_BASIC": "canary-bHJtOjExYWE"}

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}

    def of(self, name: str) -> list[Record]:
        return [record for record in self.records.values() if record.resource == name]

    def holder(self, name: str) -> str | None:
        held = [one for one in self.of(name) if one.state in ("ACQUIRED", "STALE")]
        assert len(held) <= 1
        return held[0].client if held else None

    def take(self, name: str, by: str) -> None:
        self.records[f"{secrets.token_hex(4)}-{secrets.token_hex(12)}"] = Record(
            name, by, "ACQUIRED"
        )

    def free(self, name: str) -> None:
        """An administrator releases it by force; the next one in the queue has it then."""
        for number, one in list(self.records.items()):
            if one.resource == name and one.state in ("ACQUIRED", "STALE"):
                del self.records[number]
        self._proceed(name)

    def _proceed(self, name: str) -> None:
        waiting = [one for one in self.of(name) if one.state == "QUEUED"]
        if self.holder(name) is None and waiting:
            waiting[0].state = "ACQUIRED"

    def answer(self, asked: Asked, _) -> Said:
        if asked.headers.get("authorization") != f"Basic {self.environ['JENKINS_BASIC']}":
            return Said(403)
        _, kind, *rest = asked.path.removeprefix(BASE).split("/")
        if kind == "acquire" and asked.method == "POST":
            return self._acquire(asked)
        record = self.records.get(rest[0])
        if kind == "acquire":
            if record is None:
                return Said(404, {"errorCode": "LOCK_NOT_FOUND"})
            return Said(200, {"lockId": rest[0], "state": record.state})
        assert asked.method == "POST"
        if rest[1] == "heartbeat":
            if record is None or record.state != "ACQUIRED":
                return Said(410, {"errorCode": "LOCK_NOT_FOUND"})
            return Said(204)
        if record is not None:
            del self.records[rest[0]]
            self._proceed(record.resource)
        return Said(204)

    def _acquire(self, asked: Asked) -> Said:
        body = asked.json()
        if not body.get("lockRequest", {}).get("resource"):
            return Said(400, {"errorCode": "MISSING_TARGET"})
        number = f"{secrets.token_hex(4)}-{secrets.token_hex(12)}"
        name = body["lockRequest"]["resource"]
        record = self.records[number] = Record(name, body["clientId"])
        self._proceed(name)
        return Said(202, {"lockId": number, "state": record.state})
