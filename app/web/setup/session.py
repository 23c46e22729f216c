"""Which browser is asking, and where it found us."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Response, request
from werkzeug.exceptions import BadRequest

COOKIE = "stagelock-setup"
DAY = 24 * 3600
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")


def session() -> str:
    """The session that the browser shows; "" where it shows none."""
    return request.cookies.get(COOKIE, "")


def remember(response: Response, value: str) -> Response:
    """Let the browser show *value* from now on, to us alone, and when GitHub sends it back."""
    response.set_cookie(
        COOKIE,
        value,
        max_age=DAY,
        httponly=True,
        secure=origin().startswith("https:"),
        samesite="Lax",
    )
    return response


def forget(response: Response) -> Response:
    """The session has ended."""
    response.delete_cookie(COOKIE)
    return response


def origin() -> str:
    """The address of this server as the browser has it; a proxy says whether it is https."""
    if not _HOST.fullmatch(request.host):
        raise BadRequest("the Host header is no host")
    forwarded = request.headers.get("X-Forwarded-Proto", "").partition(",")[0].strip().lower()
    scheme = forwarded if forwarded in {"http", "https"} else request.scheme
    return f"{scheme}://{request.host}"


def way_back(public_url: str) -> str:
    """Where GitHub sends this browser: the public address, if the browser came by that."""
    return public_url if urlsplit(public_url).netloc == request.host else origin()
