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
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
"""Of our own pages with styles: everything is ours, and so is where forms go."""


def hardened(response: Response) -> Response:
    """Add them where the page has none of its own."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
