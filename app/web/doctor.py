"""`/setup/doctor`: what stands between this server and its work, for whoever may know."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from flask import Blueprint, Response, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ServiceUnavailable, Unauthorized

from app.web.headers import is_for_people
from app.web.keys import CHALLENGE, ApiKeys

DOCTOR = "/setup/doctor"


class Told(Protocol):
    """A line of the doctor."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def said(self) -> str: ...
    @property
    def do(self) -> str: ...


Examine = Callable[[], Sequence[Told]]


class Practice:
    """Looks at one server for one who asks at a time: a look takes many requests to GitHub."""

    def __init__(self, examine: Examine) -> None:
        self._examine = examine
        self._lock = threading.Lock()

    def answer(self, back: str = "") -> Response:
        """
        A page, or the same for programs; 503 while somebody else is answered.

        *back* is the page that people came from.
        """
        if not self._lock.acquire(blocking=False):
            raise ServiceUnavailable("the doctor is looking already: ask again in a minute")
        try:
            lines = self._examine()
        finally:
            self._lock.release()
        if not is_for_people():
            names = ("name", "state", "said", "do")
            return jsonify([{name: getattr(line, name) for name in names} for line in lines])
        todo = sum(line.state == "todo" for line in lines)
        page = render_template("setup_doctor.html", lines=lines, todo=todo, back=back)
        return make_response(page)


def doctor_blueprint(keys: ApiKeys, examine: Examine) -> Blueprint:
    """With a token of scope `admin`: it tells what administrators mend."""
    bp = Blueprint("doctor", __name__)
    practice = Practice(examine)

    @bp.get(DOCTOR)
    def doctor() -> ResponseReturnValue:
        try:
            keys.need("admin")
        except Unauthorized:
            if not is_for_people():
                raise
            page = render_template("setup_locked.html")
            return page, 401, {"WWW-Authenticate": CHALLENGE}
        return practice.answer()

    return bp
