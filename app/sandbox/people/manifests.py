"""
Apps that are made from a manifest, as a person confirms it, and installed from their page.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from app.sandbox.github import events
from app.sandbox.github.model import Installation, MadeApp, Refusal, User
from app.sandbox.people.apps import AppVerbs, new_app, new_private_key, public_key

NAME_MOST = 34


@dataclass(frozen=True, slots=True)
class Asked:
    """A manifest that GitHub would take, and who will own the App."""

    name: str
    owner: User
    manifest: Mapping[str, Any]
    state: str


class ManifestVerbs(AppVerbs):
    """Read a manifest, confirm it, install the App."""

    def asked(self, manifest: object, owner: str, kind: str, state: str) -> Asked:
        """What GitHub's page shows before anything is made. Refusal 422 for what is no manifest."""
        if not isinstance(manifest, dict):
            raise Refusal(422, "Invalid GitHub App configuration: the manifest is no JSON object")
        hook = manifest.get("hook_attributes")
        wanted = {"url": manifest.get("url"), "redirect_url": manifest.get("redirect_url")}
        wanted["hook url"] = hook.get("url") if isinstance(hook, dict) else None
        for name, value in wanted.items():
            if not isinstance(value, str) or urlsplit(value).scheme not in {"http", "https"}:
                raise Refusal(422, f"Invalid GitHub App configuration: {name} must be a valid URL")
        name = str(manifest.get("name") or "")
        return Asked(name, self.hub.user(owner, kind), manifest, state)

    def confirmed(self, asked: Asked, name: str) -> str:
        """The person presses the button: the address that the browser is sent to, with a code."""
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        if not slug or len(name) > NAME_MOST:
            raise Refusal(422, f"Name must be 1 to {NAME_MOST} characters")
        with self.hub.lock:
            if any(app.slug == slug for app in list(self.hub.apps.values())):
                raise Refusal(422, "Name is already taken")
            code = self._made(asked, name, slug)
        back = str(asked.manifest["redirect_url"])
        query = urlencode({"code": code} | ({"state": asked.state} if asked.state else {}))
        return f"{back}{'&' if urlsplit(back).query else '?'}{query}"

    def install_everywhere(self, slug: str, account: str) -> Installation:
        """A person chooses *All repositories* of an account. Refusal 422 where it has none."""
        app = self.hub.app(slug)
        names = [r.full_name for r in list(self.hub.repos.values()) if r.owner.login == account]
        if not names:
            raise Refusal(422, f"{account} has no repositories")
        for name in names[:-1]:
            self.install(app.slug, name)
        return self.install(app.slug, names[-1])

    def _made(self, asked: Asked, name: str, slug: str) -> str:
        manifest = asked.manifest
        app = new_app(
            self.hub,
            slug,
            manifest.get("default_permissions") or {},
            manifest.get("default_events") or (),
        )
        app.name, app.owner = name, asked.owner
        app.setup_url = str(manifest.get("setup_url") or "")
        pem, code = new_private_key(), secrets.token_hex(20)
        app.public_key_pem = public_key(pem)
        app.webhook_secret = secrets.token_hex(20)
        self.set_webhook(slug, str(manifest["hook_attributes"]["url"]))
        self.hub.codes[code] = MadeApp(app, pem, secrets.token_hex(20), self.hub.now())
        events.ping(self.hub, app)
        return code
