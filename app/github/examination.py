"""What GitHub says about the App itself, for the doctor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from app.github import endpoints
from app.github.base import Area
from app.github.json_fields import moment, number, obj, text
from app.github.requests import Request
from app.github.translate import Call
from app.ports.examination import Attempt, Hook, RequestsLeft, Sent

SIGNATURE = "x-hub-signature-256"
_CHECKED = {"0", ""}
"""How GitHub writes that it checks our certificate: https://docs.github.com/rest/apps/webhooks"""


class Examination(Area):
    """GitHub's own record of the App's webhook, and what is left of its requests."""

    def hook(self) -> Hook:
        """The App's webhook, as GitHub has it."""
        request = self._client.as_app(endpoints.HOOK_CONFIG, "read the App's webhook")
        data = self._client.send(request).data or {}
        insecure = text(data, "insecure_ssl") or str(number(data, "insecure_ssl"))
        sends_json = text(data, "content_type", "form") == "json"
        return Hook(text(data, "url"), sends_json, insecure not in _CHECKED)

    def attempts(self) -> Sequence[Attempt]:
        """The newest attempts to deliver, newest first."""
        doing = "list webhook deliveries"
        request = self._client.as_app(endpoints.DELIVERIES, doing, {"per_page": 50})
        found = self._client.send(request).data or []
        return tuple(
            Attempt(
                number(one, "id"),
                text(one, "event"),
                moment(one, "delivered_at"),
                number(one, "status_code"),
                text(one, "status"),
            )
            for one in found
        )

    def sent(self, attempt: int) -> Sent:
        """What GitHub sent in that attempt."""
        doing = f"read delivery {attempt}"
        request = self._client.as_app(endpoints.DELIVERY, doing, delivery=attempt)
        sent = obj(self._client.send(request).data, "request")
        headers = {name.lower(): value for name, value in obj(sent, "headers").items()}
        return Sent(text(headers, SIGNATURE), sent.get("payload"))

    def requests_left(self, installation_id: int) -> RequestsLeft:
        """What is left of the installation's hour. Asking is free."""
        call = Call(f"ask what installation {installation_id} may spend", endpoints.RATE_LIMIT)
        answer = self._client.send(Request(call, endpoints.RATE_LIMIT.at(), installation_id))
        core = obj(obj(answer.data, "resources"), "core")
        reset = datetime.fromtimestamp(number(core, "reset"), UTC)
        return RequestsLeft(number(core, "remaining"), number(core, "limit"), reset)
