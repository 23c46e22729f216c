"""The gunicorn and the workers of `stagelock serve`, answering a bare "ok" to anything."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from app.web.server import WebServer

if TYPE_CHECKING:
    from collections.abc import Callable


def ok(
    environ: dict[str, Any], start: Callable[[str, list[tuple[str, str]]], object]
) -> list[bytes]:
    """Take the body, as any server must, and say ok."""
    environ["wsgi.input"].read()
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


if __name__ == "__main__":
    WebServer(
        lambda: ok,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        ready=lambda url: print(f"ready on {url}", flush=True),
        forked=lambda: None,
    ).run()
