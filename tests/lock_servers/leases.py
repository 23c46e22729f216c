"""A plain lock service over HTTP, as many teams have one: PUT takes, GET tells, DELETE gives back."""

from __future__ import annotations

import threading
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from tests.lock_servers.serving import Asked, Said

PROFILE = """\
    type: http
    url: {url}
    timeout: 1s
    ttl: 60s
    headers: {{Authorization: "Bearer ${{{{ env.LEASES_TOKEN }}}}"}}
    acquire:
      method: PUT
      path: /locks/${{{{ lock.name }}}}
      body: {{owner: "${{{{ lock.owner }}}}", key: "${{{{ lock.token }}}}"}}
      success: status == 200 && body.owner == lock.owner
      busy: [409]
      holder: body.owner
    renew:
      method: POST
      path: /locks/${{{{ lock.name }}}}/renew
      body: {{owner: "${{{{ lock.owner }}}}"}}
    inspect:
      method: GET
      path: /locks/${{{{ lock.name }}}}
      success: status == 200 && body.owner == lock.owner
      busy: status == 200 && body.owner != lock.owner
      holder: body.owner
    release:
      method: DELETE
      path: /locks/${{{{ lock.name }}}}?owner=${{{{ lock.owner }}}}
"""
SECRET = "canary-leases-5ecret"


class Leases:
    """Who has what. Safe between threads."""

    profile = PROFILE
    environ: ClassVar = {"LEASES_TOKEN": SECRET}

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.log: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def holder(self, name: str) -> str | None:
        return self.held.get(name)

    def take(self, name: str, by: str) -> None:
        self.held[name] = by

    def free(self, name: str) -> None:
        self.held.pop(name, None)

    def answer(self, asked: Asked, _) -> Said:
        if asked.headers.get("authorization") != f"Bearer {SECRET}":
            return Said(401, {"message": "who are you?"})
        parts = urlsplit(asked.path)
        name = unquote(parts.path.split("/")[2])
        with self._lock:
            self.log.append((asked.method, name))
            return self._answer(asked, name, unquote(parts.query.removeprefix("owner=")))

    def _answer(self, asked: Asked, name: str, owner: str) -> Said:
        has = self.held.get(name)
        match asked.method:
            case "PUT":
                wants = asked.json()["owner"]
                if has not in (None, wants):
                    return Said(409, {"owner": has})
                self.held[name] = wants
                return Said(200, {"owner": wants})
            case "POST":
                return Said(200 if has == asked.json()["owner"] else 410)
            case "GET":
                return Said(404) if has is None else Said(200, {"owner": has})
            case _:
                if has != owner:
                    return Said(404)
                del self.held[name]
                return Said(204)
