"""From something that happened to the webhooks that Apps receive."""

from __future__ import annotations

import json
import secrets
import uuid
from typing import Any

from app.sandbox.github.hub import Hub
from app.sandbox.github.model import App, Delivery, Installation, Repo, User
from app.sandbox.github.payloads import basic

ALWAYS = {"installation", "installation_repositories", "check_run", "check_suite"}


def emit(
    hub: Hub,
    repo: Repo,
    event: str,
    body: dict[str, Any],
    sender: User,
    only_app: int | None = None,
) -> None:
    """
    Send an event about a repository to every App that is installed on it and subscribed.

    Suspended installations hear nothing. *only_app*: the one App that owns the check.
    """
    for installation in hub.installed(repo):
        if only_app is not None and installation.app_id != only_app:
            continue
        if event not in ALWAYS and event not in installation.events:
            continue
        if installation.suspended_at is None:
            deliver(hub, installation, repo, event, body, sender)


def ping(hub: Hub, app: App) -> None:
    """
    Tell a new webhook of itself, in words of ours.

    https://docs.github.com/webhooks/webhook-events-and-payloads#ping
    """
    hook = {
        "type": "App",
        "id": app.id,
        "name": "web",
        "active": True,
        "events": list(app.events),
        "config": {"content_type": "json", "insecure_ssl": "0", "url": app.webhook_url},
        "updated_at": basic.stamp(app.created_at),
        "created_at": basic.stamp(app.created_at),
        "app_id": app.id,
        "deliveries_url": f"{hub.api}/app/hook/deliveries",
    }
    _post(hub, app, None, None, "ping", {"zen": "Well begun.", "hook_id": app.id, "hook": hook})


def deliver(
    hub: Hub,
    installation: Installation,
    repo: Repo | None,
    event: str,
    body: dict[str, Any],
    sender: User,
) -> None:
    """Queue one webhook for one installation; the body is frozen as it is now."""
    app = hub.apps[installation.app_id]
    if app.first_party:
        return
    about: dict[str, Any] = {} if repo is None else {"repository": basic.repository(hub, repo)}
    if repo is not None and repo.owner.kind == "Organization":
        about["organization"] = basic.organization(hub, repo.owner)
    short = {"id": installation.id, "node_id": basic.node_id("Installation", installation.id)}
    payload = {**about, "installation": short, "sender": basic.user(hub, sender), **body}
    _post(hub, app, installation, repo, event, payload)


def _post(
    hub: Hub,
    app: App,
    installation: Installation | None,
    repo: Repo | None,
    event: str,
    payload: dict[str, Any],
) -> None:
    delivery = Delivery(
        id=hub.next_id(),
        guid=str(uuid.UUID(bytes=secrets.token_bytes(16), version=4)),
        app_id=app.id,
        installation_id=None if installation is None else installation.id,
        repository_id=None if repo is None else repo.id,
        event=event,
        action=payload.get("action"),
        payload=json.loads(json.dumps(payload)),
        created_at=hub.now(),
    )
    hub.deliveries.append(delivery)
    if hub.mailer is not None:
        hub.mailer.post(delivery)
    hub.touch()
