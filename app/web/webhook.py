"""GitHub's door: verify, store durably, answer. Everything else happens later, elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from flask import Blueprint, Response, jsonify, request

from app.engine.events import LISTENED, dirty_key
from app.errors import OutsideError
from app.observe import Metrics
from app.ports import Clock, Inbox
from app.ports.store import Delivery
from app.web.envelope import FORM, JSON, Envelope, UnreadableBody, open_envelope
from app.web.signature import is_authentic

log = logging.getLogger("stagelock.webhook")


def webhook_blueprint(
    inbox: Inbox, secrets: Sequence[bytes], clock: Clock, metrics: Metrics
) -> Blueprint:
    """Build the endpoint around what it needs: no globals, no `current_app`."""
    blueprint = Blueprint("webhook", __name__)

    @blueprint.post("/github/webhook")
    def receive() -> Response:
        body = request.get_data(cache=False, parse_form_data=False)
        if not is_authentic(body, request.headers.get("X-Hub-Signature-256", ""), secrets):
            return _answer(401, error="X-Hub-Signature-256 is missing or wrong")
        guid = request.headers.get("X-GitHub-Delivery", "")
        event = request.headers.get("X-GitHub-Event", "")
        if not 0 < len(guid) <= 200 or not 0 < len(event) <= 200:
            return _answer(400, error="X-GitHub-Delivery and X-GitHub-Event are needed")
        if request.mimetype not in {JSON, FORM}:
            return _answer(415, error=f"send {JSON}")
        try:
            envelope = open_envelope(body, request.mimetype)
        except UnreadableBody as problem:
            return _answer(400, error=str(problem))
        if event == "ping":
            return _answer(200, pong=True)
        response = _store(inbox, _delivery(guid, event, envelope, clock))
        known = event if event in LISTENED else "other"
        metrics.deliveries.labels(known, str(response.status_code)).inc()
        return response

    return blueprint


def _delivery(guid: str, event: str, envelope: Envelope, clock: Clock) -> Delivery:
    return Delivery(
        guid=guid,
        event=event,
        action=envelope.action,
        repo_id=envelope.repo_id,
        installation_id=envelope.installation_id,
        body=envelope.document,
        received_at=clock(),
    )


def _store(inbox: Inbox, delivery: Delivery) -> Response:
    """202 also for what is known: a redelivery is no error, it is done already."""
    dirty = dirty_key(delivery.event, delivery.action, delivery.repo_id, delivery.installation_id)
    try:
        recorded = inbox.record(delivery, dirty)
        if dirty is None:  # nobody will come for it
            inbox.done([delivery.guid])
    except OutsideError as error:
        log.error("delivery %s was not stored: %s", delivery.guid, error.message)  # noqa: TRY400
        return _answer(503, error="not stored, deliver it again later")
    return _answer(202, recorded=recorded)


def _answer(status: int, **fields: object) -> Response:
    response = jsonify(fields)
    response.status_code = status
    return response
