"""
A worker of gunicorn whose threads are given whole requests: nobody holds one by sending slowly.

gunicorn's own reads a request in the thread that answers it, for as long as the sender likes; its
proxy is meant to keep slow senders away, and not everybody has one. Here what arrives is collected
by the loop that waits for all sockets, each connection with a deadline of its own.
"""

from __future__ import annotations

import socket
import struct
import time
from collections import deque
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn import http
from gunicorn.workers.gthread import TConn, ThreadWorker

from app.web.application import BODY_LIMIT
from app.web.arriving import Arriving, Verdict

HEAD_SECONDS = 10.0
"""From the first byte of a request (or the connection) to the end of its headers."""
BYTES_A_SECOND = 64 << 10
"""How slowly a body may come, from its headers on."""
ANSWER_SECONDS = 30
"""How long a thread waits for who does not take its answer."""
HELD = 64 << 20
"""Bytes of requests that a process holds before it begins with them; above, the largest goes."""
LARGE = 1 << 20
"""Bytes of a request of which one at a time is answered: whoever reads it has copies of it."""
_PIECE = 1 << 16


class _Heard:
    """A socket whose next bytes are known: a source for gunicorn's parser."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._known = memoryview(b"")

    def feed(self, data: bytearray) -> None:
        self._known = memoryview(data)

    def rest(self) -> bytes:
        """What was fed and not taken."""
        rest, self._known = bytes(self._known), memoryview(b"")
        return rest

    def recv(self, size: int) -> bytes:
        if not self._known:
            return self._sock.recv(size)
        data, self._known = bytes(self._known[:size]), self._known[size:]
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class PatientWorker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Collects each request before a thread begins with it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving: dict[TConn, Arriving] = {}
        self._large: deque[tuple[TConn, bytearray]] = deque()

    def enqueue_req(self, conn: TConn) -> None:
        """Called where gunicorn would give a thread to *conn*: a request begins there."""
        if not conn.initialized:
            _patience(conn.sock)
            conn.initialized, conn.heard = True, _Heard(conn.sock)
            conn.parser = http.get_parser(self.cfg, conn.heard, conn.client)
        left = conn.parser.unreader.take_buffered() + conn.heard.rest()
        conn.sock.setblocking(False)
        arriving = self._arriving[conn] = Arriving(BODY_LIMIT, time.monotonic() + HEAD_SECONDS)
        self.poller.register(conn.sock, EVENT_READ, partial(self._readable, conn))
        if left:
            self._took(conn, arriving, left)

    def _readable(self, conn: TConn, _sock: socket.socket) -> None:
        try:
            data = conn.sock.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._took(conn, self._arriving[conn], data)
        else:
            self._drop(conn)

    def _took(self, conn: TConn, arriving: Arriving, data: bytes) -> None:
        match arriving.take(data):
            case Verdict.MORE:
                if arriving.expected:
                    arriving.until += arriving.expected / BYTES_A_SECOND
                    arriving.expected = 0
                self._hold_little()
            case Verdict.WHOLE:
                self._forget(conn)
                self._whole(conn, arriving.data)
            case refusal:
                self._drop(conn, refusal)

    def _whole(self, conn: TConn, data: bytearray) -> None:
        """Begin with a request; a large one waits until the one before is answered."""
        if len(data) > LARGE:
            self._large.append((conn, data))
            if len(self._large) > 1:
                self._hold_little()
                return
        self._begin(conn, data)

    def _begin(self, conn: TConn, data: bytearray) -> None:
        conn.heard.feed(data)
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """Called by gunicorn's loop when a request was answered."""
        super().finish_request(conn, fs)
        if self._large and self._large[0][0] is conn:
            self._large.popleft()
            if self._large:
                self._begin(*self._large[0])

    def _hold_little(self) -> None:
        waiting = list(self._large)[1:]
        sizes = {conn: len(arriving.data) for conn, arriving in self._arriving.items()}
        sizes |= {conn: len(data) for conn, data in waiting}
        if sum(sizes.values()) <= HELD:
            return
        largest = max(sizes, key=lambda conn: sizes[conn])
        if largest in self._arriving:
            self._drop(largest)
        else:
            self._large = deque(kept for kept in self._large if kept[0] is not largest)
            self._close(largest)

    def murder_pending(self) -> None:
        """Called by gunicorn's loop each second: end what did not arrive in time."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [conn for conn, arriving in self._arriving.items() if arriving.until < now]:
            self._drop(conn, Verdict.LATE)

    def _forget(self, conn: TConn) -> None:
        del self._arriving[conn]
        self.poller.unregister(conn.sock)

    def _drop(self, conn: TConn, why: Verdict | None = None) -> None:
        """End a connection, with an answer that nobody waits for."""
        self._forget(conn)
        if why is not None:
            with suppress(OSError):  # it takes no answer either
                conn.sock.send(why.answer)
        self._close(conn)

    def _close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()


def _patience(sock: socket.socket) -> None:
    """Let no thread wait for ever for who sends or takes nothing (SO_RCVTIMEO, SO_SNDTIMEO)."""
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", ANSWER_SECONDS, 0))
