"""Records to store, with everything that does not matter filled in."""

from datetime import UTC, datetime, timedelta

from app.core.model.lock_requests import DirectRequest
from app.core.model.names import FreightId
from app.core.model.records import Promotion
from app.ports.inbox import Delivery

AT = datetime(2026, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)
LEASE = timedelta(seconds=30)


def sha(number):
    return f"{number:040x}"


def freight(number=1, warehouse="web"):
    return FreightId(warehouse, sha(number))


def promotion(name, *, stage="dev", state="verifying", at=AT, **more):
    return Promotion(name, stage, freight(), state, sha(9), at, at, **more)


def delivery(guid, *, repo_id=7, installation_id=3, at=AT, body=b"{}", event="push"):
    return Delivery(guid, event, "", repo_id, installation_id, body, at)


def claimed(store, key="repo-7", owner="worker", lease=LEASE):
    """A claim on *key*, which nobody else wants."""
    store.work.touch(key)
    claim = store.work.claim(owner, lease)
    assert claim is not None
    assert claim.key == key
    return claim


MINUTE = timedelta(minutes=1)


def client(owner="job-1", *groups, **more):
    return DirectRequest(
        0,
        7,
        "acme/shop",
        "client",
        "ci",
        groups or ("e2e",),
        0,
        "queued",
        AT,
        MINUTE,
        owner=owner,
        **more,
    )
