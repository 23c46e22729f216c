"""What an address of ours answers, when its certificate ends, and whether a proxy leads out."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

SECONDS = 5.0
MOST = 4096
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What an address answered."""

    status: int = 0
    """Of HTTP; 0: there was no answer."""
    body: str = ""
    expires: datetime | None = None
    """When its certificate ends; None: it has none."""
    problem: str = ""
    """Why there was no answer; "": there was one."""
    untrusted: str = ""
    """Why it was not trusted; "": it was."""


def reach(url: str, ca_file: Path | None = None) -> Reach:
    """Ask *url* once, directly; *ca_file* holds authorities that are trusted besides the known."""
    parts = urlsplit(url)
    try:
        link = _link(parts.scheme == "https", parts.hostname or "", parts.port, ca_file)
    except (OSError, ValueError) as error:
        return Reach(problem=f"STAGELOCK_CA_FILE: {_why(error)}")
    expires = None
    try:
        link.connect()
        expires = _ends(link.sock)
        link.request("GET", parts.path or "/")
        answer = link.getresponse()
        body = answer.read(MOST).decode("utf-8", "replace")
        return Reach(answer.status, body, expires)
    except ssl.SSLCertVerificationError as error:
        return Reach(untrusted=error.verify_message or "it is not trusted")
    except (OSError, ValueError, http.client.HTTPException) as error:  # ValueError: no host's name
        return Reach(expires=expires, problem=_why(error))
    finally:
        link.close()


def detour(proxy: str, url: str) -> str:
    """
    Why the *proxy* at that address does not lead to *url*; "" if it does. Never its password.

    A tunnel is asked for (https://httpwg.org/specs/rfc9110.html#CONNECT), as each request to an
    https address does. Where *url* is no such address, or the proxy itself is to be spoken to by
    https, only whether it is there is tried.
    """
    way, goal = urlsplit(proxy), urlsplit(url)
    secure = way.scheme == "https"
    host, port = way.hostname or "", way.port or (443 if secure else 80)
    try:
        if secure or goal.scheme != "https":
            socket.create_connection((host, port), SECONDS).close()
            return ""
        link = http.client.HTTPConnection(host, port, timeout=SECONDS)
        link.set_tunnel(goal.hostname or "", goal.port or 443, _shown(way))
        try:
            link.connect()
        finally:
            link.close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        return _why(error)
    return ""


def _shown(way: SplitResult) -> dict[str, str]:
    if not way.username:
        return {}
    said = f"{unquote(way.username)}:{unquote(way.password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {base64.b64encode(said).decode()}"}


def _link(
    secure: bool,  # noqa: FBT001
    host: str,
    port: int | None,
    ca_file: Path | None,
) -> http.client.HTTPConnection:
    if not secure:
        return http.client.HTTPConnection(host, port or 80, timeout=SECONDS)
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(cafile=str(ca_file))
    return http.client.HTTPSConnection(host, port or 443, timeout=SECONDS, context=context)


def _ends(sock: object) -> datetime | None:
    if not isinstance(sock, ssl.SSLSocket):
        return None
    ends = str((sock.getpeercert() or {}).get("notAfter", ""))
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if ends else None


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
