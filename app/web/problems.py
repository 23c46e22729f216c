"""What is answered where the answer is no: one form for programs, on every path of the API."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException, Unauthorized

from app.core.text import setup_words
from app.errors import OutsideError
from app.web.headers import is_for_people
from app.web.keys import CHALLENGE

API = "/api/"
CODES: Mapping[int, str] = {
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    415: "not-json",
    422: "invalid",
    429: "quota",
    500: "internal",
    503: "unavailable",
}
"""The stable codes of `error`, by HTTP status."""


class Problem(HTTPException):
    """The answer no: *fields* says what is wrong with which field of the question."""

    def __init__(self, status: int, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = status
        self.fields = dict(fields or {})


def wrong(field: str, text: str) -> Problem:
    """One *field* of the question is wrong: *text* says what is right."""
    return Problem(422, f"{field}: {text}", {field: text})


def refusal(error: HTTPException) -> Response:
    """Answer *error*: for programs in the API's form, elsewhere in a word."""
    status = error.code or 500
    message = error.description or error.name
    response = _answer(status, message, error.fields if isinstance(error, Problem) else {})
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers.setdefault(name, value)
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = CHALLENGE
    return response


def away(error: OutsideError) -> Response:
    """The database does not answer."""
    return _answer(503, error.message, {})


def _answer(status: int, message: str, fields: Mapping[str, str]) -> Response:
    if is_for_people() and not request.path.startswith(API):
        words = setup_words.problem(status, message)
        response = make_response(render_template("setup_refused.html", words=words))
    elif request.path.startswith(API):
        response = jsonify(error=CODES.get(status, "error"), message=message, fields=fields)
    else:
        response = jsonify(error=message)
    response.status_code = status
    return response
