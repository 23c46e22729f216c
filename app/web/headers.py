"""What every answer of ours carries."""

from __future__ import annotations

from flask import Response

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def hardened(response: Response) -> Response:
    """Add them where the page has none of its own."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
