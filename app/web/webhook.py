"""
GitHub's door: verify, store durably, answer. Everything else happens later, elsewhere.

Plain WSGI in front of Flask, whose work for a request is as much again as all of this.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from app.engine.queue.work_keys import LISTENED, dirty_key, is_echo
from app.errors import OutsideError
from app.observe import Metrics, Seldom
from app.ports import Clock, Inbox
from app.ports.inbox import Delivery
from app.web.envelope import FORM, JSON, Envelope, UnreadableBody, open_envelope
from app.web.signature import is_authentic

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/github/webhook"
UNKNOWN = "other"
"""How metrics call the events that are not ours, and those of unproven requests."""
COMPLAIN_EVERY = 10.0
"""Seconds: anybody may send what is refused, and must not fill the disk with it."""

_HINT = ": is STAGELOCK_WEBHOOK_SECRET the secret in the App's settings?"

log = logging.getLogger("stagelock.webhook")


class Door:
    """
    Answers at `PATH`, with *headers* on each answer and bodies of at most *limit* bytes; *other*
    answers everywhere else. Deliveries that tell only what the App *app_id* did itself are recorded
    and ignored; None: it is not known, and every one is looked at.
    """

    def __init__(
        self,
        other: WSGIApplication,
        inbox: Inbox,
        secrets: Sequence[bytes],
        clock: Clock,
        metrics: Metrics,
        *,
        headers: Mapping[str, str],
        limit: int,
        app_id: int | None = None,
    ) -> None:
        self._other, self._headers, self._limit = other, headers, limit
        self._app_id = app_id
        self._inbox, self._secrets, self._clock, self._metrics = inbox, secrets, clock, metrics
        self._complaints = Seldom(COMPLAIN_EVERY)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Be a WSGI application."""
        if environ.get("PATH_INFO") != PATH:
            return self._other(environ, start_response)
        request = Request(environ, populate_request=False)
        request.max_content_length = self._limit
        response = self._answered(request)
        response.headers.extend(self._headers)
        return response(environ, start_response)

    def _answered(self, request: Request) -> Response:
        if request.method != "POST":
            response = _answer(405, error="deliveries are posted here")
            response.headers["Allow"] = "POST"
            return response
        try:
            return self._receive(request)
        except _Refused as refused:
            self._metrics.delivery(UNKNOWN, "refused")
            if self._complaints.may():
                extra = {"action": "delivery.refused", "status": refused.status}
                log.warning("%s", refused.why, extra=extra)
            return _answer(refused.status, error=refused.why)
        except HTTPException as error:  # too large, or not sent to its end
            return _answer(error.code or 400, error=error.description)
        except Exception:
            log.exception("a mistake of ours", extra={"action": "delivery.broken"})
            return _answer(500, error="a mistake of ours; deliver it again later")

    def _receive(self, request: Request) -> Response:
        body = request.get_data(cache=False, parse_form_data=False)
        if not is_authentic(body, request.headers.get("X-Hub-Signature-256", ""), self._secrets):
            raise _Refused(401, "X-Hub-Signature-256 is missing or wrong" + _HINT)
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
        delivery = _delivery(guid, event, envelope, self._clock)
        return _store(self._inbox, delivery, self._dirty(delivery, envelope), self._metrics)

    def _dirty(self, delivery: Delivery, envelope: Envelope) -> str | None:
        """What is to be looked at; None: nothing."""
        event, action = delivery.event, delivery.action
        ours = self._app_id is not None and envelope.app_id == self._app_id
        if ours and is_echo(event, action, envelope.conclusion):
            return None
        return dirty_key(event, action, delivery.repo_id, delivery.installation_id)


class _Refused(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


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


def _store(inbox: Inbox, delivery: Delivery, dirty: str | None, metrics: Metrics) -> Response:
    """202 also for what is known: a redelivery is no error, it is done already."""
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
    return Response(json.dumps(fields) + "\n", status, mimetype=JSON)
