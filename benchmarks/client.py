"""
A load generator in one thread, HTTP/1.1, no library in the way.

Each request has a connection of its own, as behind a proxy that keeps none open: which of a
server's processes works on it is the chance of every request, not that of a few connections.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = 32
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Connection:
    """One request on its way; *since* is when it was due."""

    def __init__(self, port: int, request: bytes, since: float) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.since = since
        self._got = b""
        self.socket.sendall(request)

    def answered(self, status: bytes) -> bool:
        """Take in what has come; True when the answer is complete. It must have *status*."""
        more = self.socket.recv(65536)
        self._got += more
        head, ended, body = self._got.partition(b"\r\n\r\n")
        if not more or (ended and not head.startswith(b"HTTP/1.1 " + status)):
            raise RuntimeError(f"unexpected answer: {self._got[:300]!r}")
        length = _LENGTH.search(head)
        return bool(ended) and length is not None and len(body) >= int(length[1])


class Client:
    """Sends *requests* to *port*, some at once, and expects *status* as the answer to each."""

    def __init__(self, port: int, requests: Iterator[bytes], status: bytes) -> None:
        self._port, self._requests, self._status = port, requests, status
        self._selector = selectors.DefaultSelector()
        self._free = AT_ONCE

    def close(self) -> None:
        """Nothing is on its way any more."""
        self._selector.close()

    def full(self, seconds: float) -> float:
        """Requests a second with as many on their way as may be, for *seconds*."""
        start = time.perf_counter()
        end, done = start + seconds, 0
        while (now := time.perf_counter()) < end:
            while self._free:
                self._begin(now)
            done += len(self._answers(1))
        took = time.perf_counter() - start
        while self._free < AT_ONCE:
            self._answers(1)
        return done / took

    def paced(self, rate: float, seconds: float) -> list[float]:
        """
        Milliseconds from when each request was due to its answer, at *rate* a second.

        A request that is due while as many as may be are on their way waits, and that counts.
        """
        start = time.perf_counter()
        total, begun, took = int(rate * seconds), 0, list[float]()
        while len(took) < total:
            now = time.perf_counter()
            while begun < total and self._free and start + begun / rate <= now:
                self._begin(start + begun / rate)
                begun += 1
            due = start + begun / rate if begun < total and self._free else now + 1
            took += self._answers(max(0.0, due - time.perf_counter()))
        return took

    def _begin(self, since: float) -> None:
        connection = Connection(self._port, next(self._requests), since)
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        self._free -= 1

    def _answers(self, timeout: float) -> list[float]:
        found = []
        for key, _ in self._selector.select(timeout):
            connection: Connection = key.data
            if connection.answered(self._status):
                found.append((time.perf_counter() - connection.since) * 1000)
                self._selector.unregister(connection.socket)
                connection.socket.close()
                self._free += 1
        return found
