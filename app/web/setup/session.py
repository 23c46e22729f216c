"""Which browser is asking, and where it found us."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Response, request
from werkzeug.exceptions import BadRequest

COOKIE = "stagelock-setup"
DAY = 24 * 3600
_NAME = r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_HOST = re.compile(_NAME)
_ORIGIN = re.compile(rf"https?://{_NAME}")


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


def way_back(public_url: str, told: str) -> str:
    """
    Where GitHub sends this browser: the public address, if the browser came by that. *told*: what
    the browser says where it is, because a proxy may keep that from us.
    """
    here = told if _ORIGIN.fullmatch(told) else origin()
    public, own = urlsplit(public_url), urlsplit(here)
    # The session of a browser that came by https is not shown by http.
    alike = public.netloc == own.netloc and not public.scheme < own.scheme
    return public_url if alike else here
