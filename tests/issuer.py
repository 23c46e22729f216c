"""An issuer of OIDC tokens as GitHub's is, over real HTTP, with real RSA keys; it counts what it is asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from app.wiring import clock

SHOWN = "asked-with-this"
"""What a job shows where it asks for a token."""


@cache
def rsa(name: str) -> RSAPrivateKey:
    """A key, the same for the same name."""
    return generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """*claims* are those of the job that asks by HTTP; *down*: it answers 503."""

    def __init__(self) -> None:
        self.names, self.down = ["one"], False
        self.url = ""
        self.asked: list[str] = []
        self.handed_out: list[str] = []
        self.claims: dict[str, Any] = {}
        self.says: str | None = None
        self.elsewhere = ""

    def token(self, *, key: str = "one", kid: str | None = None, **claims: Any) -> str:
        now = int(clock().timestamp())
        known = {"iss": self.url, "iat": now, "nbf": now, "exp": now + 300}
        said = {**known, **self.claims, **claims}
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(said, rsa(key), "RS256", headers={"kid": kid or key})

    def answer(self, path: str, shown: str) -> tuple[int, object]:
        parts = urlsplit(path)
        self.asked.append(parts.path)
        if self.down:
            return 503, {}
        match parts.path:
            case "/issuer/.well-known/openid-configuration":
                keys = f"{self.elsewhere or self.url}/.well-known/jwks"
                return 200, {"issuer": self.says or self.url, "jwks_uri": keys}
            case "/issuer/.well-known/jwks":
                public = [
                    {
                        **json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa(n).public_key())),
                        "kid": n,
                        "use": "sig",
                        "alg": "RS256",
                    }
                    for n in self.names
                ]
                return 200, {"keys": public}
            case "/token" if shown == f"Bearer {SHOWN}":
                [audience] = parse_qs(parts.query)["audience"]
                made = self.token(aud=audience, jti=str(len(self.handed_out)))
                self.handed_out.append(made)
                return 200, {"value": made}
            case _:
                return 404, {}


@contextmanager
def issuing() -> Iterator[Issuer]:
    """One that answers on loopback."""
    made = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, value = made.answer(self.path, self.headers.get("Authorization", ""))
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/issuer"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
