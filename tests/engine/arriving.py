"""Deliveries as they arrive, taken in."""

import json
from datetime import UTC, datetime

from app.engine.deliveries.intake import Intake
from app.ports.inbox import Delivery

NOW = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)


APP = 4242


REPOSITORY = {"id": 7, "full_name": "acme/shop", "default_branch": "main"}


class House:
    """An intake over a real store, and deliveries put into its inbox."""

    def __init__(self, store):
        self.store = store
        self.intake = Intake(store, lambda: APP)
        self.count = 0

    def deliver(self, event, payload, *, installation=3):
        self.count += 1
        whole = {"repository": REPOSITORY, **payload} if isinstance(payload, dict) else payload
        of_installation = event.startswith("installation")
        delivery = Delivery(
            guid=f"guid-{self.count}",
            event=event,
            action=payload.get("action", "") if isinstance(payload, dict) else "",
            repo_id=None if of_installation else 7,
            installation_id=installation,
            body=json.dumps(whole).encode(),
            received_at=NOW,
        )
        self.store.inbox.record(delivery, None)

    def take_in(self, event, payload, **more):
        self.deliver(event, payload, **more)
        return self.intake.repository(7)

    def installed(self, event, payload):
        self.deliver(event, {**payload, "installation": {"id": 3}})
        return self.intake.installation(3)

    @property
    def record(self):
        return self.store.repos.get(7)

    @property
    def commands(self):
        return self.store.history.open_commands(7)

    def due(self):
        keys = set()
        while claim := self.store.work.claim("test", NOW - NOW.replace(minute=0)):
            keys.add(claim.key)
        return keys
