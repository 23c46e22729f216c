"""Webhook deliveries that did not reach us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.errors import Missing
from app.github import endpoints
from app.github.base import Area
from app.github.json_fields import moment, number, text


class Deliveries(Area):
    """GitHub's own log of what it sent us."""

    def failed_deliveries(self, since: datetime) -> Sequence[tuple[int, str]]:
        """
        The newest failed attempt of each delivery that no attempt has brought, oldest first.

        GitHub lists the newest first and has no filter by time, so reading stops at *since*.
        """
        request = self._client.as_app(endpoints.DELIVERIES, "list webhook deliveries")
        failed: dict[str, int] = {}
        reached: set[str] = set()
        try:
            for page in self._client.pages(request):
                times = [moment(delivery, "delivered_at") for delivery in page]
                for delivery, at in zip(page, times, strict=True):
                    if at is not None and at < since:
                        continue
                    guid = text(delivery, "guid")
                    if 200 <= number(delivery, "status_code") < 300:
                        reached.add(guid)
                    elif guid:
                        failed.setdefault(guid, number(delivery, "id"))
                if any(at is not None and at < since for at in times):
                    break
        except Missing:
            return ()
        return tuple(
            (attempt, guid) for guid, attempt in reversed(failed.items()) if guid not in reached
        )

    def redeliver(self, delivery_id: int) -> None:
        """Ask GitHub to send a delivery again; the guid stays the same."""
        doing = f"ask for delivery {delivery_id} again"
        self._client.send(self._client.as_app(endpoints.REDELIVER, doing, delivery=delivery_id))
