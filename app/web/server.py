"""gunicorn, embedded: two processes with threads in front of the web application."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger

from app.web.api import waiting
from app.web.patient import PatientWorker

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 16
"""Beside those that wait for a change: these are always free for others."""
GRACE_SECONDS = 4
"""For requests under way when we are asked to end."""


class PlainLogger(Logger):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's messages go where all of ours go; requests are not logged."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for handler in list(self.error_log.handlers):
            self.error_log.removeHandler(handler)
        self.error_log.setLevel(logging.WARNING)
        self.error_log.propagate = True


class WebServer(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """
    Serves what *build* makes, until SIGTERM; *build* is called in each process, after the fork.

    *ready* is called once with the URL when connections are accepted; *forked* in each process.
    """

    def __init__(
        self,
        build: Callable[[], WSGIApplication],
        *,
        host: str,
        port: int,
        ready: Callable[[str], None],
        forked: Callable[[], None],
    ) -> None:
        self._build = build
        self._host = host
        self._port = port
        self._ready = ready
        self._forked = forked
        super().__init__()

    def load_config(self) -> None:
        """Everything by code: no configuration file, no command line, no environment."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        options: dict[str, Any] = {
            "bind": [f"{host}:{self._port}"],
            "workers": 2,
            "threads": THREADS + waiting.MOST,
            "worker_class": PatientWorker,
            "timeout": 60,
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": 30,
            "accesslog": None,
            "logger_class": PlainLogger,
            "control_socket_disable": True,
            "when_ready": self._when_ready,
            "post_fork": lambda _arbiter, _worker: self._forked(),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        return self._build()

    def _when_ready(self, arbiter: Arbiter) -> None:
        host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
        self._ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
