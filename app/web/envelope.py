"""What the webhook reads of a delivery's body: a few ids and words, and nothing more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

_MADE_BY = {
    "check_run": "app",
    "check_suite": "app",
    "comment": "performed_via_github_app",
}
"""
Where a payload names the App that made what it tells of:
https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""


class UnreadableBody(ValueError):
    """The body is not what GitHub sends; the text says in which way."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The ids that say where to look, and the document itself as JSON bytes."""

    action: str
    repo_id: int | None
    installation_id: int | None
    document: bytes
    app_id: int | None = None
    """The App that made the check run, suite or comment of which it tells; None: there is none."""
    conclusion: str = ""
    """How that run or suite ended, as far as it has."""


def open_envelope(body: bytes, mimetype: str) -> Envelope:
    """Read a JSON body, or a form's ``payload`` field; `UnreadableBody` on anything else."""
    document = body if mimetype == JSON else _payload_field(body)
    try:
        payload = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise UnreadableBody("the body is not JSON") from error
    if not isinstance(payload, dict):
        raise UnreadableBody("the body is not a JSON object")
    action = payload.get("action")
    app_id, conclusion = _maker(payload)
    return Envelope(
        action=action if isinstance(action, str) else "",
        repo_id=_id_of(payload.get("repository")),
        installation_id=_id_of(payload.get("installation")),
        document=document,
        app_id=app_id,
        conclusion=conclusion,
    )


def _maker(payload: Mapping[str, object]) -> tuple[int | None, str]:
    for kind, field in _MADE_BY.items():
        told = payload.get(kind)
        if isinstance(told, dict):
            conclusion = told.get("conclusion")
            return _id_of(told.get(field)), conclusion if isinstance(conclusion, str) else ""
    return None, ""


def _payload_field(body: bytes) -> bytes:
    try:
        fields = dict(parse_qsl(body, max_num_fields=10))
    except ValueError as error:
        raise UnreadableBody("the form has too many fields") from error
    if b"payload" not in fields:
        raise UnreadableBody("the form has no field `payload`")
    return fields[b"payload"]


def _id_of(value: object) -> int | None:
    number = value.get("id") if isinstance(value, dict) else None
    usable = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**63
    return number if usable else None
