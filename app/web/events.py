"""The audit over HTTP: what the id at the end of a message opens."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from werkzeug.exceptions import BadRequest, NotFound, Unauthorized

from app.core.text.markup import moment
from app.ports import Audit
from app.ports.audit import AuditEntry, shown
from app.web.keys import CHALLENGE, Keys

MOST = 1000
_ID = re.compile(r"[a-z2-7]{8}")


def events_blueprint(audit: Audit, keys: Keys) -> Blueprint:
    """`/events/ID` for people, `/api/v1/events` and `/api/v1/events/ID` for programs."""
    blueprint = Blueprint("events", __name__)

    @blueprint.get("/events/<event>")
    def page(event: str) -> str | Response | tuple[str, int, dict[str, str]]:
        try:
            keys.need("read")
        except Unauthorized:
            if not request.accept_mimetypes.accept_html or not _ID.fullmatch(event):
                raise
            # People come here from a check run: tell them how to read on.
            answer = render_template("locked.html", event=event)
            return answer, 401, {"WWW-Authenticate": CHALLENGE}
        found = _find(audit, event)
        if not request.accept_mimetypes.accept_html:
            return jsonify([shown(entry) for entry in found])
        return render_template("event.html", event=event, entries=[_rows(e) for e in found])

    @blueprint.get("/api/v1/events/<event>")
    def one(event: str) -> Response:
        keys.need("read")
        return jsonify([shown(entry) for entry in _find(audit, event)])

    @blueprint.get("/api/v1/events")
    def some() -> Response:
        keys.need("read")
        found = audit.newest(repo=_repo(), since=_since(), most=_limit())
        return jsonify([shown(entry) for entry in found])

    return blueprint


def _find(audit: Audit, event: str) -> list[AuditEntry]:
    found = list(audit.find(event)) if _ID.fullmatch(event) else []
    if not found:
        raise NotFound("there is no such event; entries are kept for 400 days")
    return found


def _rows(entry: AuditEntry) -> list[tuple[str, str]]:
    rows: list[tuple[str, Any]] = [
        ("when", moment(entry.at)),
        ("repository", entry.repo or entry.repo_id),
        *entry.entry.items(),
    ]
    return [(name, _text(value)) for name, value in rows]


def _text(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{key} {_text(one)}" for key, one in value.items())
        case list():
            return "; ".join(_text(one) for one in value)
        case bool():
            return "yes" if value else "no"
        case None:
            return "-"
        case _:
            return str(value)


def _repo() -> str:
    text = request.args.get("repo", "")
    if text.isdigit() and len(text) > 18:
        raise BadRequest("repo: OWNER/NAME, or a number of GitHub's")
    return text


def _since() -> datetime | None:
    text = request.args.get("since", "")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest("since: a time such as 2026-11-23T14:02:00Z") from error
    if found.tzinfo is None:
        raise BadRequest("since: the time needs its zone, such as the Z of 2026-11-23T14:02:00Z")
    if not 1970 < found.year < 9999:
        raise BadRequest("since: a year that a calendar has in every zone")
    return found


def _limit() -> int:
    text = request.args.get("limit", "100")
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MOST):
        raise BadRequest(f"limit: a number from 1 to {MOST}")
    return int(text)
