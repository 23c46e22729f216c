"""
Redis's protocol for a few short commands, with one deadline and a bound on every answer.

https://redis.io/docs/latest/develop/reference/protocol-spec/ (RESP2). The client libraries bound
each wait alone and no answer, so that a byte now and then would hold a look up for ever.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.lockservices.wire import MOST_BYTES, NoAnswer

Value = str | int | None


@dataclass(frozen=True, slots=True)
class RedisServer:
    """Where a Redis is."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    """How it is reached; None: in plain text."""


_NOT_ALLOWED = (b"NOAUTH", b"WRONGPASS", b"NOPERM")
"""The codes of errors that ACL and AUTH give."""


class Refused(Exception):
    """It understood, and said no: its own words are not repeated, they may hold what was sent."""


class NotAllowed(Refused):
    """
    It does not know us, or we may not.

    https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
    """


def talk(server: RedisServer, commands: Sequence[Sequence[str]], timeout: timedelta) -> Value:
    """Send *commands* one after the other; the last answer. NoAnswer, Refused, NotAllowed."""
    until = time.monotonic() + timeout.total_seconds()
    try:
        with _connected(server, until) as connection:
            talker = _Talker(connection, until)
            answer: Value = None
            for command in commands:
                answer = talker.ask(command)
            return answer
    except TimeoutError as error:
        raise NoAnswer(f"no whole answer within {timeout.total_seconds():g} s") from error
    except OSError as error:
        raise NoAnswer("it cannot be reached") from error


def _connected(server: RedisServer, until: float) -> socket.socket:
    plain = socket.create_connection((server.host, server.port), _left(until))
    if server.tls is None:
        return plain
    try:
        plain.settimeout(_left(until))
        return server.tls.wrap_socket(plain, server_hostname=server.host)
    except BaseException:
        plain.close()
        raise


def _left(until: float) -> float:
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


class _Talker:
    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection = connection
        self._until = until
        self._read = bytearray()
        self._total = 0

    def ask(self, command: Sequence[str]) -> Value:
        parts = [part.encode() for part in command]
        sent = b"*%d\r\n" % len(parts)
        sent += b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        self._connection.settimeout(_left(self._until))
        self._connection.sendall(sent)
        return self._answer()

    def _answer(self) -> Value:
        kind, rest = (line := self._line())[:1], line[1:]
        match kind:
            case b"+":
                return rest.decode("utf-8", "replace")
            case b":" if rest.lstrip(b"-").isdigit():
                return int(rest)
            case b"$" if rest == b"-1":
                return None
            case b"$" if rest.isdigit():
                return self._bulk(int(rest))
            case b"-":
                raise NotAllowed if rest.split(b" ", 1)[0] in _NOT_ALLOWED else Refused
            case _:
                raise NoAnswer("its answer is not Redis's protocol")

    def _bulk(self, length: int) -> str:
        if length > MOST_BYTES:
            raise NoAnswer("its answer is larger than 64 KiB")
        while len(self._read) < length + 2:
            self._more()
        content = bytes(self._read[:length])
        del self._read[: length + 2]
        return content.decode("utf-8", "replace")

    def _line(self) -> bytes:
        while (end := self._read.find(b"\r\n")) < 0:
            self._more()
        line = bytes(self._read[:end])
        del self._read[: end + 2]
        return line

    def _more(self) -> None:
        self._connection.settimeout(_left(self._until))
        chunk = self._connection.recv(4096)
        self._total += len(chunk)
        if not chunk:
            raise NoAnswer("the connection ended before the answer")
        if self._total > MOST_BYTES:
            raise NoAnswer("its answer is larger than 64 KiB")
        self._read += chunk
