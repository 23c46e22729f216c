"""The sandbox as one object: a web server on this machine with Git, REST and a page."""

from __future__ import annotations

import functools
import logging
import socket
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from flask import Flask, Response, abort, request
from werkzeug.routing import Map, RuleFactory
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from app.core.text import sinks
from app.sandbox.github.hub import Hub
from app.sandbox.page.apps import apps_blueprint, is_shown_to_all
from app.sandbox.page.routes import page_blueprint
from app.sandbox.people.world import World, new_world
from app.sandbox.serve.git_http import git_blueprint
from app.sandbox.serve.rest.base import Api
from app.sandbox.serve.rest.server import Exchange, rest_blueprint

BACKLOG = 128
"""Connections that wait to be accepted, as many as werkzeug lets."""
LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Sandbox:
    """
    A little GitHub on 127.0.0.1. `start`, use `world`, `stop`; also a context manager.

    *root* holds its bare repositories. *now* is its clock (UTC), for every timestamp and for the
    lifetime of tokens. *port* 0: any free one. After `start`: `url` (pages, and Git at
    ``url/OWNER/NAME.git``) and `api_url` (REST). `exchanges` keeps the last REST calls.
    """

    def __init__(self, root: Path, now: Callable[[], datetime] = _utc_now, port: int = 0) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.hub = Hub(root, now)
        self.world: World = new_world(self.hub)
        self.exchanges: deque[Exchange] = deque(maxlen=50_000)
        self.flask = application(self.hub, self.world, self.exchanges)
        self._port = port
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return self.hub.url

    @property
    def api_url(self) -> str:
        return self.hub.api

    def start(self) -> Self:
        """Listen, and start the delivery and CI threads. OSError when the port is taken."""
        server = self._listening()
        server.daemon_threads = True  # type: ignore[attr-defined] # the threading mix-in has it
        self._server = server
        self.hub.url = f"http://127.0.0.1:{server.port}"
        self._thread = threading.Thread(
            target=server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="sandbox-http",
            daemon=True,
        )
        self._thread.start()
        self.world.courier.start()
        self.world.ci.start()
        return self

    def _listening(self) -> BaseWSGIServer:
        """The port is bound here: of one that is taken werkzeug ends the process, with 1."""
        handler = type("_Told", (_Handler,), {"now": staticmethod(self.hub.now)})
        with socket.create_server(("127.0.0.1", self._port), backlog=BACKLOG) as bound:
            return make_server(
                "127.0.0.1",
                self._port,
                self.flask,
                threaded=True,
                request_handler=handler,
                fd=bound.fileno(),
            )

    def stop(self) -> None:
        """End every thread and close the port; what is on disk stays."""
        self.world.ci.stop()
        self.world.courier.stop()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join(10)
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    now: Callable[[], datetime]

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Answers carry the sandbox's time."""
        return super().date_time_string(int(timestamp or self.now().timestamp()))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Without colours, which take longer than many an answer."""
        logging.getLogger("app.sandbox").debug("%r %s %s", self.requestline, code, size)

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002, ARG002
        logging.getLogger("app.sandbox").debug(message, *args)


class _Routes(Map):
    """
    The routes of every sandbox of this process: what is known already is not worked out again.

    Working out a hundred of them takes longer than all else at a start.
    """

    def __init__(self, *, host_matching: bool) -> None:
        super().__init__(host_matching=host_matching)
        self._known: set[tuple[str, str, frozenset[str]]] = set()

    def add(self, rulefactory: RuleFactory) -> None:
        for rule in rulefactory.get_rules(self):
            known = (rule.rule, str(rule.endpoint), frozenset(rule.methods or ()))
            if known not in self._known:
                self._known.add(known)
                super().add(rule)


class _Application(Flask):
    url_map_class = staticmethod(functools.cache(_Routes))  # type: ignore[assignment] # a maker


def application(hub: Hub, world: World, exchanges: deque[Exchange]) -> Flask:
    """The Flask application: Git, REST and the page, for callers on this machine only."""
    app = _Application("app.sandbox")  # its pages and styles lie there
    app.jinja_options = {"finalize": sinks.html}
    app.json.sort_keys = False  # type: ignore[attr-defined] # the default provider has it

    @app.before_request
    def only_loopback() -> None:
        """A page elsewhere must not reach us through somebody's browser (DNS rebinding)."""
        origin = request.headers.get("Origin", "")
        if origin == "null" and is_shown_to_all(request.path):
            origin = ""
        hosts = [request.host] + ([origin.partition("://")[2]] if origin else [])
        if any(host.rsplit(":", 1)[0] not in LOOPBACK for host in hosts):
            abort(403)

    @app.after_request
    def plain(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    app.register_blueprint(git_blueprint(hub, world.faults))
    app.register_blueprint(
        rest_blueprint(Api(hub, world.courier, world.ci), world.faults, exchanges)
    )
    app.register_blueprint(apps_blueprint(hub, world))
    app.register_blueprint(page_blueprint(hub, world))
    return app
