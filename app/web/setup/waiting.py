"""The server before it knows which App it is, and the change to the whole one without a start."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, send_from_directory
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.core.text import setup_words, sinks
from app.errors import OutsideError
from app.settings.kept import NotKept
from app.setup.desk import Refused, Why
from app.web.doctor import DOCTOR
from app.web.headers import hardened, is_for_people
from app.web.problems import away, refusal
from app.web.setup.pages import HERE, Surroundings, refused, setup_blueprint
from app.web.webhook import PATH

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from app.setup.desk import Desk

MOST_FORM = 64 << 10
"""Bytes of a form of ours."""


class Reception:
    """
    Shows *pages* below `/setup`; everything else is answered by what *whole* makes, as soon as it
    makes something, and until then by *pages*, too: it says that the server is not set up.
    """

    def __init__(
        self,
        pages: WSGIApplication,
        whole: Callable[[], WSGIApplication | None],
        is_open: Callable[[], bool],
    ) -> None:
        self._pages, self._whole, self._is_open = pages, whole, is_open

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Be a WSGI application."""
        path = environ.get("PATH_INFO", "")
        here = path == HERE or path.startswith(f"{HERE}/")
        if path == DOCTOR and ("HTTP_AUTHORIZATION" in environ or not self._is_open()):
            here = False  # with a token, not a session
        whole = None if here else self._whole()
        return (self._pages if whole is None else whole)(environ, start_response)


def setup_app(desk: Desk, around: Surroundings) -> Flask:
    """The pages of set-up, and what a server answers that is not set up."""
    wsgi = Flask("app.web", static_folder=None)
    wsgi.jinja_options = {"finalize": sinks.html}
    wsgi.config["MAX_CONTENT_LENGTH"] = MOST_FORM
    wsgi.register_blueprint(setup_blueprint(desk, around))
    add_files(wsgi)
    wsgi.add_url_rule("/healthz", "healthz", lambda: _text("ok\n", 200))
    wsgi.add_url_rule("/readyz", "readyz", lambda: _text(f"{setup_words.NOT_SET_UP}\n", 503))
    wsgi.add_url_rule(PATH, "webhook", _later, methods=["POST"])
    wsgi.add_url_rule("/", "index", lambda: refused(Refused(Why.STRANGER)))
    wsgi.register_error_handler(404, _unknown)
    wsgi.register_error_handler(HTTPException, refusal)
    wsgi.register_error_handler(OutsideError, away)
    wsgi.register_error_handler(NotKept, lambda no: refused(Refused(Why.EXPOSED, str(no))))
    wsgi.after_request(hardened)
    return wsgi


def closed(wsgi: Flask) -> None:
    """`/setup` of a server that is set up: it says so, to everybody."""
    for name, path in (("setup", HERE), ("setup_back", f"{HERE}/callback")):
        wsgi.add_url_rule(path, name, lambda: refused(Refused(Why.CLOSED)))
    add_files(wsgi)


def add_files(wsgi: Flask) -> None:
    """What the pages of set-up are drawn with: ours, from here."""
    for name in ("css", "js"):
        wsgi.add_url_rule(
            f"{HERE}/page.{name}",
            f"setup_{name}",
            lambda name=name: send_from_directory("static", f"setup.{name}"),
        )


def _unknown(_error: object) -> ResponseReturnValue:
    return refused(Refused(Why.STRANGER)) if is_for_people() else _later()


def _later() -> Response:
    body = json.dumps({"error": setup_words.NOT_SET_UP}) + "\n"
    return Response(body, 503, mimetype="application/json", headers={"Retry-After": "60"})


def _text(text: str, status: int) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")
