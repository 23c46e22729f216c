"""The manifest asks for what the code uses, and for nothing else."""

from pathlib import Path

import yaml

from app.core.model.webhook_events import ALWAYS_SENT, HANDLED_EVENTS
from app.github.endpoints import ENDPOINTS
from app.github.permissions import EVENT_PERMISSIONS, PERMISSIONS, missing, needed

MANIFEST = yaml.safe_load((Path(__file__).parents[1] / "app.yml").read_text())


def test_the_manifest_grants_exactly_what_is_used():
    assert MANIFEST["default_permissions"] == needed()


def test_the_manifest_subscribes_to_exactly_what_is_handled():
    assert sorted(MANIFEST["default_events"]) == sorted(HANDLED_EVENTS - ALWAYS_SENT)


def test_every_event_that_is_subscribed_to_has_its_permission():
    assert set(EVENT_PERMISSIONS) == HANDLED_EVENTS - ALWAYS_SENT


def test_every_call_is_in_the_table():
    """Only what the App's own key opens needs no permission."""
    free = {endpoint.path for endpoint in ENDPOINTS if not endpoint.permission}
    assert all(path.startswith("/app") for path in free)
    assert len(PERMISSIONS) == len([endpoint for endpoint in ENDPOINTS if endpoint.permission]) + 2


def test_the_deliveries_go_where_we_listen():
    assert MANIFEST["hook_attributes"]["url"].endswith("/github/webhook")
    assert MANIFEST["redirect_url"].endswith("/setup/callback")
    assert MANIFEST["setup_url"].endswith("/setup")


def test_missing_permissions_are_told_by_level():
    granted = {**needed(), "checks": "read"}
    del granted["statuses"]
    assert missing(granted) == {"checks": "write", "statuses": "read"}
    assert missing({**needed(), "contents": "admin"}) == {}
