"""A load generator: a few kept-alive connections in one thread, HTTP/1.1, no library in the way."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTIONS = 32
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Connection:
    """One connection; *since* is when the request that it carries was due."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.since = 0.0
        self._got = b""

    def send(self, request: bytes, since: float) -> None:
        """Begin a request."""
        self.since, self._got = since, b""
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
    """Sends *requests* to *port* and expects *status* as the answer to each."""

    def __init__(self, port: int, requests: Iterator[bytes], status: bytes) -> None:
        self._requests, self._status = requests, status
        self._selector = selectors.DefaultSelector()
        self._idle = deque[Connection]()
        for _ in range(CONNECTIONS):
            self._connect(port)

    def _connect(self, port: int) -> None:
        """
        One more connection, answered once before the next: whoever of the server's processes is
        idle takes it. All opened at once go to one process, and the others look on.
        """
        connection = Connection(port)
        connection.send(next(self._requests), time.perf_counter())
        while not connection.answered(self._status):
            pass
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        self._idle.append(connection)

    def close(self) -> None:
        """Close all connections."""
        for connection in self._idle:
            connection.socket.close()
        self._selector.close()

    def full(self, seconds: float) -> float:
        """Requests a second with every connection always busy, for *seconds*."""
        start = time.perf_counter()
        end, done = start + seconds, 0
        while (now := time.perf_counter()) < end:
            while self._idle:
                self._idle.popleft().send(next(self._requests), now)
            done += len(self._answers(1))
        took = time.perf_counter() - start
        self._drain()
        return done / took

    def paced(self, rate: float, seconds: float) -> list[float]:
        """
        Milliseconds from when each request was due to its answer, at *rate* a second.

        A request that is due while all connections are busy waits, and its waiting counts.
        """
        start = time.perf_counter()
        total, begun, took = int(rate * seconds), 0, list[float]()
        while len(took) < total:
            now = time.perf_counter()
            while begun < total and self._idle and start + begun / rate <= now:
                self._idle.popleft().send(next(self._requests), start + begun / rate)
                begun += 1
            due = start + begun / rate if begun < total and self._idle else now + 1
            took += self._answers(max(0.0, due - time.perf_counter()))
        return took

    def _answers(self, timeout: float) -> list[float]:
        found = []
        for key, _ in self._selector.select(timeout):
            connection: Connection = key.data
            if connection.answered(self._status):
                found.append((time.perf_counter() - connection.since) * 1000)
                self._idle.append(connection)
        return found

    def _drain(self) -> None:
        while len(self._idle) < CONNECTIONS:
            self._answers(1)
