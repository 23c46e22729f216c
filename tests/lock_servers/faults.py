"""A proxy that lets a request take effect, and then loses, spoils or delays its answer."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.lock_servers.serving import Asked, Said, serving
from tests.processes import PATIENCE

LOST = ("timeout", "error", "cut", "slow", "garbage", "redirect", "huge")
"""What may become of an answer. None of them says what the request has done."""
UNENDING = frozenset({"timeout", "slow"})
"""Those that only the end of one's patience ends."""

DENIED = "denied"
"""Not that of an answer: the request is turned down, and nothing is done."""


class Proxy:
    """*fault* is what happens to every answer *on* such a request, until it is None again."""

    def __init__(self, behind: str, trap: str) -> None:
        self._behind = urlsplit(behind).netloc
        self._trap = trap
        self.fault: str | None = None
        self.on: Callable[[Asked], bool] = lambda _: True
        self.asked: list[Asked] = []
        self.down = False
        self._over = threading.Event()

    def close(self) -> None:
        self._over.set()

    def answer(self, asked: Asked, handler) -> Said | None:
        self.asked.append(asked)
        if self.fault == DENIED:
            return Said(403, b"<h1>Forbidden</h1>")
        if self.down:
            handler.connection.close()
            return None
        said = self._forwarded(asked)
        match self.fault if self.on(asked) else None:
            case None:
                return said
            case "timeout":
                self._over.wait(PATIENCE)
            case "error":
                return Said(502, b"<h1>Bad gateway</h1>")
            case "cut":
                handler.connection.close()
            case "slow":
                self._drip(handler, said)
            case "garbage":
                handler.wfile.write(b"\x00\xff nothing that is HTTP\r\n\r\n" * 3)
            case "redirect":
                return Said(302, None, {"Location": self._trap})
            case "huge":
                return Said(200, b'"' + b"x" * 70_000 + b'"')
            case fault:
                raise AssertionError(f"nothing goes wrong so: {fault}")
        return None

    def _forwarded(self, asked: Asked) -> Said:
        connection = http.client.HTTPConnection(self._behind, timeout=PATIENCE)
        sent = {n: v for n, v in asked.headers.items() if n not in ("host", "content-length")}
        connection.request(asked.method, asked.path, asked.body or None, sent)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        kind = {"Content-Type": answer.headers.get("content-type", "application/json")}
        return Said(answer.status, body, kind)

    def _drip(self, handler, said: Said) -> None:
        """A byte now and then: no single wait is long, all of them are."""
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
            while not self._over.wait(0.2):
                handler.wfile.write(b" ")
        except OSError:
            pass


@contextmanager
def proxied(behind: str) -> Iterator[tuple[str, Proxy, list[Asked]]]:
    """Its address, itself, and what came to where its redirects lead."""
    caught: list[Asked] = []

    def trap(asked: Asked, _) -> Said:
        caught.append(asked)
        return Said(200, {"owner": "whoever asks"})

    with serving(trap) as elsewhere:
        proxy = Proxy(behind, elsewhere)
        with serving(proxy.answer) as url:
            try:
                yield url, proxy, caught
            finally:
                proxy.close()
