"""
One request to the host of a profile, and its whole answer before a deadline.

Nothing else is spoken to: redirects are not followed, no proxy is asked, no variable of the
environment is heard. An address is resolved once for each request and connected to as it is.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import httpcore

from app.settings.lock_conditions import Json, Reply

MOST_BYTES = 64 * 1024
"""Of an answer's body."""


class NoAnswer(Exception):
    """No answer that can be read; the text says why, without address or secret."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One request."""

    method: str
    url: str
    """It may hold a secret: it is shown to nobody."""
    headers: Mapping[str, str]
    body: str | None
    timeout: timedelta
    """For the whole call, its answer included."""

    def __repr__(self) -> str:
        return f"Asking({self.method})"


def ask(asking: Asking, tls: ssl.SSLContext) -> Reply:
    """Send it and read what comes back; NoAnswer."""
    deadline = _Deadline(time.monotonic() + asking.timeout.total_seconds())
    content = None if asking.body is None else asking.body.encode()
    try:
        with (
            httpcore.ConnectionPool(
                ssl_context=tls, network_backend=deadline, max_keepalive_connections=0
            ) as pool,
            pool.stream(
                asking.method, asking.url, headers=_headers(asking), content=content
            ) as response,
        ):
            body = _whole(response.iter_stream())
            return Reply(response.status, _named(response.headers), _meant(body))
    except (httpcore.TimeoutException, TimeoutError) as error:
        seconds = asking.timeout.total_seconds()
        raise NoAnswer(f"no whole answer within {seconds:g} s") from error
    except httpcore.ConnectError as error:
        raise NoAnswer("it cannot be reached") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
        raise NoAnswer("the connection ended before the answer") from error
    except ValueError as error:  # a character that no request may hold
        raise NoAnswer("the request cannot be written") from error


def _headers(asking: Asking) -> dict[str | bytes, str | bytes]:
    headers: dict[str | bytes, str | bytes] = {
        "Host": urlsplit(asking.url).netloc,
        "User-Agent": "stagelock",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }
    headers.update(asking.headers.items())
    if asking.body is not None:
        headers["Content-Type"] = "application/json"
    return headers


def _whole(chunks: Iterable[bytes]) -> bytes:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > MOST_BYTES:
            raise NoAnswer("its answer is larger than 64 KiB")
    return bytes(content)


def _named(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


def _meant(body: bytes) -> Json:
    """JSON as what it means, anything else as text."""
    text = body.decode("utf-8", "replace")
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


class _Deadline(httpcore.NetworkBackend):
    """Connections on which no wait goes beyond one instant."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._plain = httpcore.SyncBackend()

    def left(self) -> float:
        """Seconds; httpcore's ReadTimeout where there are none."""
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout
        return seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of *host* that answers."""
        del timeout, local_address
        failed: Exception | None = None
        for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            address = str(info[4][0])
            try:
                plain = self._plain.connect_tcp(
                    address, port, self.left(), socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
                continue
            return _Stream(plain, self)
        raise failed or httpcore.ConnectError


class _Stream(httpcore.NetworkStream):
    def __init__(self, plain: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._plain = plain
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._plain.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._plain.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._plain.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        del timeout
        left = self._deadline.left()
        return _Stream(self._plain.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._plain.get_extra_info(info)
