"""
Delivering webhooks: signed, in order, by a thread of its own; each attempt is remembered.

https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from app.sandbox.github.hub import Hub
from app.sandbox.github.model import App, Delivery, Refusal

SECONDS = 10.0  # GitHub waits that long for an answer


@dataclass(slots=True)
class Weather:
    """
    What goes wrong with deliveries, for tests. Every field may be set at any time.

    `lost` and `doubled` choose by delivery; a lost one is recorded as failed (status code 0) and
    can be redelivered. `delay` is seconds before each attempt. `held` keeps deliveries back until
    `Courier.release`.
    """

    lost: Callable[[Delivery], bool] | None = None
    doubled: Callable[[Delivery], bool] | None = None
    delay: float = 0.0
    held: bool = False
    waiting: list[Delivery] = field(default_factory=list)


class Courier:
    """The delivery thread. `post` returns at once; `flush` waits until everything was attempted."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.weather = Weather()
        self._queue: deque[Delivery] = deque()
        self._busy = False
        self._stop = False
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what has not been sent yet stays unsent."""
        with self._wake:
            self._stop = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join(SECONDS + 1)

    def post(self, delivery: Delivery) -> None:
        with self._wake:
            copies = 2 if self.weather.doubled and self.weather.doubled(delivery) else 1
            target = self.weather.waiting if self.weather.held else self._queue
            target.extend([delivery] * copies)
            self._wake.notify_all()

    def release(self, shuffle: int | None = None) -> None:
        """Send what was held, in order, or shuffled by that seed."""
        with self._wake:
            self.weather.held = False
            waiting, self.weather.waiting = self.weather.waiting, []
            if shuffle is not None:
                random.Random(shuffle).shuffle(waiting)  # noqa: S311 - tests want it repeatable
            self._queue.extend(waiting)
            self._wake.notify_all()

    def flush(self, timeout: float = 30.0) -> None:
        """Wait until every posted delivery was attempted; TimeoutError after *timeout* seconds."""
        with self._wake:
            idle = self._wake.wait_for(lambda: not self._queue and not self._busy, timeout)
        if not idle:
            raise TimeoutError(f"{len(self._queue)} webhook deliveries were not sent in time")

    def redeliver(self, app: App, delivery_id: int) -> Delivery:
        """Attempt a recorded delivery once more: same guid, a new attempt. Refusal 404."""
        with self.hub.lock:
            for old in self.hub.deliveries:
                if (old.id, old.app_id) == (delivery_id, app.id):
                    fresh = replace(
                        old,
                        id=self.hub.next_id(),
                        redelivery=True,
                        status="pending",
                        status_code=0,
                        created_at=self.hub.now(),
                        delivered_at=None,
                    )
                    self.hub.deliveries.append(fresh)
                    break
            else:
                raise Refusal(404, "Not Found")
        self.post(fresh)
        return fresh

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._stop or self._queue)
                if self._stop:
                    return
                delivery = self._queue.popleft()
                self._busy = True
            try:
                self._attempt(delivery)
            finally:
                with self._wake:
                    self._busy = False
                    self._wake.notify_all()

    def _attempt(self, delivery: Delivery) -> None:
        if self.weather.delay:
            time.sleep(self.weather.delay)
        app = self.hub.apps[delivery.app_id]
        delivery.delivered_at = self.hub.now()
        started = time.monotonic()
        lost = self.weather.lost is not None and self.weather.lost(delivery)
        if app.webhook_url is None or lost:
            delivery.status, delivery.status_code = "failed to connect to host", 0
        else:
            _send(app, app.webhook_url, delivery)
        delivery.duration = round(time.monotonic() - started, 3)
        self.hub.touch()


def _send(app: App, url: str, delivery: Delivery) -> None:
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    delivery.request_headers = headers(app, delivery, body)
    where = urlsplit(url)
    link = http.client.HTTPConnection(where.hostname or "", where.port or 80, timeout=SECONDS)
    try:
        link.request("POST", where.path or "/", body, delivery.request_headers)
        answer = link.getresponse()
        delivery.response_body = answer.read(65_536).decode(errors="replace")
        delivery.status_code = answer.status
        delivery.status = "OK" if answer.status < 300 else answer.reason or "Invalid HTTP Response"
    except TimeoutError:
        delivery.status, delivery.status_code = "timed out", 504
    except (OSError, http.client.HTTPException):
        delivery.status, delivery.status_code = "failed to connect to host", 502
    finally:
        link.close()


def headers(app: App, delivery: Delivery, body: bytes) -> dict[str, str]:
    """The headers of a delivery, its signature over the raw *body* included."""
    signature = hmac.new(app.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": f"GitHub-Hookshot/{app.id:07x}",
        "X-GitHub-Delivery": delivery.guid,
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature-256": f"sha256={signature}",
    }
