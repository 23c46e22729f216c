"""Codes of the manifest flow: each good for one App, once, for an hour."""

from __future__ import annotations

from datetime import timedelta

from app.sandbox.github.hub import Hub
from app.sandbox.github.model import MadeApp, Refusal

GOOD_FOR = timedelta(hours=1)


def converted(hub: Hub, code: str) -> MadeApp:
    """What the code is good for. Refusal 404."""
    with hub.lock:
        made_app = hub.codes.pop(code, None)
    if made_app is None or hub.now() > made_app.made_at + GOOD_FOR:
        raise Refusal(404, "Not Found")
    return made_app
