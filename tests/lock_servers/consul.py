"""Consul's sessions and keys, as its documentation describes them."""

from __future__ import annotations

import base64
import secrets
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from tests.lock_servers.serving import Asked, Said


class Consul:
    """Keys, each with its value and perhaps the session that holds it."""

    profile = """\
    type: consul
    url: {url}
    timeout: 1s
    ttl: 30s
    headers: {{X-Consul-Token: "${{{{ env.CONSUL_TOKEN }}}}"}}
"""
    environ: ClassVar = {"CONSUL_TOKEN": "canary-8b1f6a1e-consul"}

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, object]] = {}
        self.keys: dict[str, tuple[bytes, str]] = {}

    @staticmethod
    def decides(asked: Asked) -> bool:
        """This request takes the lock, or gives it back."""
        return "?acquire=" in asked.path or "?release=" in asked.path

    def holder(self, name: str) -> str | None:
        value, session = self.keys.get(name, (b"", ""))
        return value.decode() if session else None

    def take(self, name: str, by: str) -> None:
        session = f"{secrets.token_hex(4)}-{secrets.token_hex(12)}"
        self.sessions[session] = {"Name": by}
        self.keys[name] = (by.encode(), session)

    def free(self, name: str) -> None:
        """As when its session is invalidated: the key stays, nobody holds it."""
        value, session = self.keys.get(name, (b"", ""))
        self.sessions.pop(session, None)
        self.keys[name] = (value, "")

    def answer(self, asked: Asked, _) -> Said:
        if asked.headers.get("x-consul-token") != self.environ["CONSUL_TOKEN"]:
            return Said(403, b"Permission denied")
        parts = urlsplit(asked.path)
        path, query = unquote(parts.path), parse_qs(parts.query, keep_blank_values=True)
        if path.startswith("/v1/kv/"):
            return self._key(asked, path.removeprefix("/v1/kv/"), query)
        _, _, _, verb, *number = path.split("/")
        assert asked.method == "PUT"
        match verb:
            case "create":
                wanted = asked.json()
                assert 10 <= int(wanted["TTL"].removesuffix("s")) <= 86400
                session = f"{secrets.token_hex(4)}-{secrets.token_hex(12)}"
                self.sessions[session] = wanted
                return Said(200, {"ID": session})
            case "renew":
                if number[0] not in self.sessions:
                    return Said(404, b"Session id was not found")
                return Said(200, [{"ID": number[0], **self.sessions[number[0]]}])
            case _:
                for key, (value, session) in list(self.keys.items()):
                    if session == number[0]:
                        self.keys[key] = (value, "")
                self.sessions.pop(number[0], None)
                return Said(200, True)

    def _key(self, asked: Asked, key: str, query: dict[str, list[str]]) -> Said:
        value, session = self.keys.get(key, (b"", ""))
        if asked.method == "GET":
            if key not in self.keys:
                return Said(404)
            encoded = base64.b64encode(value).decode()
            entry = {"Key": key, "Value": encoded, "LockIndex": 1, "Flags": 0}
            return Said(200, [{**entry, "Session": session} if session else entry])
        if "acquire" in query:
            wants = query["acquire"][0]
            if wants not in self.sessions:
                return Said(500, b"invalid session")
            if session not in ("", wants):
                return Said(200, False)
            self.keys[key] = (asked.body, wants)
            return Said(200, True)
        wants = query["release"][0]
        if session != wants:
            return Said(200, False)
        self.keys[key] = (asked.body, "")
        return Said(200, True)
