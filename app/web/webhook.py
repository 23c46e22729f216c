"""GitHub's door: verify, store durably, answer. Everything else happens later, elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from flask import Blueprint, Response, jsonify, request

from app.engine.events import LISTENED, dirty_key
from app.errors import OutsideError
from app.observe import Metrics, Seldom
from app.ports import Clock, Inbox
from app.ports.store import Delivery
from app.web.envelope import FORM, JSON, Envelope, UnreadableBody, open_envelope
from app.web.signature import is_authentic

UNKNOWN = "other"
"""How metrics call the events that are not ours, and those of unproven requests."""
COMPLAIN_EVERY = 10.0
"""Seconds: anybody may send what is refused, and must not fill the disk with it."""

log = logging.getLogger("stagelock.webhook")


def webhook_blueprint(
    inbox: Inbox, secrets: Sequence[bytes], clock: Clock, metrics: Metrics
) -> Blueprint:
    """Build the endpoint around what it needs: no globals, no `current_app`."""
    blueprint = Blueprint("webhook", __name__)
    complaints = Seldom(COMPLAIN_EVERY)

    @blueprint.post("/github/webhook")
    def receive() -> Response:
        try:
            return _receive(inbox, secrets, clock, metrics)
        except _Refused as refused:
            metrics.delivery(UNKNOWN, "refused")
            if complaints.may():
                extra = {"action": "delivery.refused", "status": refused.status}
                log.warning("%s", refused.why, extra=extra)
            return _answer(refused.status, error=refused.why)

    return blueprint


class _Refused(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


def _receive(inbox: Inbox, secrets: Sequence[bytes], clock: Clock, metrics: Metrics) -> Response:
    body = request.get_data(cache=False, parse_form_data=False)
    if not is_authentic(body, request.headers.get("X-Hub-Signature-256", ""), secrets):
        raise _Refused(401, "X-Hub-Signature-256 is missing or wrong")
    guid = request.headers.get("X-GitHub-Delivery", "")
    event = request.headers.get("X-GitHub-Event", "")
    if not 0 < len(guid) <= 200 or not 0 < len(event) <= 200:
        raise _Refused(400, "X-GitHub-Delivery and X-GitHub-Event are needed")
    if request.mimetype not in {JSON, FORM}:
        raise _Refused(415, f"send {JSON}")
    try:
        envelope = open_envelope(body, request.mimetype)
    except UnreadableBody as problem:
        raise _Refused(400, str(problem)) from problem
    if event == "ping":
        return _answer(200, pong=True)
    return _store(inbox, _delivery(guid, event, envelope, clock), metrics)


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


def _store(inbox: Inbox, delivery: Delivery, metrics: Metrics) -> Response:
    """202 also for what is known: a redelivery is no error, it is done already."""
    dirty = dirty_key(delivery.event, delivery.action, delivery.repo_id, delivery.installation_id)
    try:
        recorded = inbox.record(delivery, dirty)
        if dirty is None:  # nobody will come for it
            inbox.done([delivery.guid])
    except OutsideError as error:
        _tell(delivery, "unstored", metrics, error.message)
        return _answer(503, error="not stored, deliver it again later")
    outcome = ("accepted" if dirty else "ignored") if recorded else "duplicate"
    _tell(delivery, outcome, metrics)
    return _answer(202, recorded=recorded)


def _tell(delivery: Delivery, outcome: str, metrics: Metrics, trouble: str = "") -> None:
    metrics.delivery(delivery.event if delivery.event in LISTENED else UNKNOWN, outcome)
    log.log(
        logging.ERROR if trouble else logging.INFO,
        "%s",
        trouble or outcome,
        extra={
            "action": "delivery.received",
            "delivery": delivery.guid,
            "repository": delivery.repo_id,
            "installation": delivery.installation_id,
            "event": delivery.event,
            "event_action": delivery.action or None,
            "outcome": outcome,
        },
    )


def _answer(status: int, **fields: object) -> Response:
    response = jsonify(fields)
    response.status_code = status
    return response
