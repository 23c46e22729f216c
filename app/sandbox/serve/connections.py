"""Connections that stay open between the calls of REST and Git, as GitHub's do."""

from __future__ import annotations

import io
import logging
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import closing, suppress

from werkzeug.serving import WSGIRequestHandler
from werkzeug.test import run_wsgi_app

HELD = 1 << 20
"""Bytes of a request that are read before it is answered; with more, its connection is closed."""
SECONDS = 1.0
"""So long an answer that is under way at the end is waited for."""


class Connections:
    """Those of one server, by the thread that answers there."""

    def __init__(self) -> None:
        self._open: dict[threading.Thread, socket.socket] = {}

    def opened(self, link: socket.socket) -> None:
        """Know that the calling thread answers on *link*, until `closed`."""
        self._open[threading.current_thread()] = link

    def closed(self) -> None:
        """Know that the calling thread answers no more."""
        self._open.pop(threading.current_thread(), None)

    def end(self) -> None:
        """Read no further request on any; what is being answered is answered."""
        for thread, link in list(self._open.items()):
            with suppress(OSError):  # it was closed just now
                link.shutdown(socket.SHUT_RD)
            thread.join(SECONDS)


class Handler(WSGIRequestHandler):
    """
    Answers all that come on one connection. Pages, and requests that are longer than `HELD` or of
    unknown length, are left to werkzeug, which closes the connection after each.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the end of an answer waits for the other's delayed ACK
    now: Callable[[], float]
    """The sandbox's time, in seconds since 1970."""
    connections: Connections

    def setup(self) -> None:
        super().setup()
        self.connections.opened(self.connection)

    def finish(self) -> None:
        self.connections.closed()
        super().finish()

    def run_wsgi(self) -> None:
        """Answer one request."""
        if not self._may_stay():
            super().run_wsgi()
            return
        self.environ = environ = self.make_environ()
        length = int(self.headers.get("Content-Length", 0))
        environ["wsgi.input"] = io.BytesIO(self.rfile.read(length))
        chunks, status, headers = run_wsgi_app(self.server.app, environ)
        with closing(chunks):  # type: ignore[type-var] # a generator, or werkzeug's own iterator
            code, _, reason = status.partition(" ")
            self.send_response(int(code), reason)
            for name, value in headers:
                self.send_header(name, value)
            if "Content-Length" in headers or self.command == "HEAD" or code in ("204", "304"):
                self.end_headers()
                self.wfile.write(b"".join(chunks))
            else:
                self._send_chunks(chunks)

    def _may_stay(self) -> bool:
        known = "Transfer-Encoding" not in self.headers and "Expect" not in self.headers
        length = self.headers.get("Content-Length", "0")
        short = length.isdecimal() and int(length) <= HELD
        return known and short and (self.path.startswith("/api/") or ".git/" in self.path)

    def _send_chunks(self, chunks: Iterable[bytes]) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for data in chunks:
            if data:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n\r\n")

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Answers carry the sandbox's time."""
        return super().date_time_string(int(timestamp or self.now()))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Without colours, which take longer than many an answer."""
        logging.getLogger("app.sandbox").debug("%r %s %s", self.requestline, code, size)

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002, ARG002
        logging.getLogger("app.sandbox").debug(message, *args)
