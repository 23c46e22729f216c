"""What the id at the end of a message opens: a page, or the same for programs."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from werkzeug.exceptions import NotFound, Unauthorized

from app.core.text.markup import moment
from app.ports import Audit
from app.ports.audit import AuditEntry, shown
from app.web.keys import CHALLENGE, ApiKeys

_ID = re.compile(r"[a-z2-7]{8}")


def events_blueprint(audit: Audit, keys: ApiKeys) -> Blueprint:
    """`/events/ID`."""
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
        entries = find(audit, event)
        if not request.accept_mimetypes.accept_html:
            return jsonify([shown(entry) for entry in entries])
        return render_template("event.html", event=event, entries=[_rows(e) for e in entries])

    return blueprint


def find(audit: Audit, event: str) -> list[AuditEntry]:
    entries = list(audit.find(event)) if _ID.fullmatch(event) else []
    if not entries:
        raise NotFound("there is no such event; entries are kept for 400 days")
    return entries


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
            return ", ".join(f"{key} {_text(inner)}" for key, inner in value.items())
        case list():
            return "; ".join(_text(inner) for inner in value)
        case bool():
            return "yes" if value else "no"
        case None:
            return "-"
        case _:
            return str(value)
