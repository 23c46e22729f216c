"""Apps and their installations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.sandbox.github import events
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import App, AppCredentials, Installation, Refusal, Repo, User
from app.sandbox.github.payloads import basic
from app.sandbox.people.base import Verbs

EVENTS = (
    "push",
    "create",
    "delete",
    "deployment_protection_rule",
    "workflow_job",
    "workflow_run",
    "check_run",
    "check_suite",
    "status",
    "pull_request",
    "pull_request_review",
    "issue_comment",
    "commit_comment",
    "merge_group",
    "repository",
)


def new_app(
    hub: Hub,
    slug: str,
    permissions: Mapping[str, str],
    events_wanted: Sequence[str] = (),
    *,
    first_party: bool = False,
) -> App:
    """Remember an App and its bot; no key yet."""
    bot, owner = hub.user(f"{slug}[bot]", "Bot", slug), hub.user("acme", "Organization")
    granted = {"metadata": "read", **permissions}
    made = App(hub.next_id(), slug, owner, bot, granted, tuple(events_wanted), hub.now())
    made.name, made.first_party = slug, first_party
    hub.apps[made.id] = made
    return made


def new_private_key() -> str:
    """A fresh RSA key as GitHub hands it out: PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, plain).decode()


@cache  # reading a key takes as long as many pushes
def public_key(private_key_pem: str) -> str:
    """What GitHub keeps of a key."""
    key = serialization.load_pem_private_key(private_key_pem.encode(), None)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


class AppVerbs(Verbs):
    """Register, install, suspend, remove."""

    def register_app(
        self,
        slug: str,
        webhook_url: str | None,
        webhook_secret: str,
        permissions: Mapping[str, str],
        events: Sequence[str] = EVENTS,
        private_key_pem: str | None = None,
    ) -> AppCredentials:
        """
        Register an App; it is installed by `create_repo` or `install`.

        Its key is a new one, or *private_key_pem* (RSA; making one takes a tenth of a second).
        Webhooks go to *webhook_url* (on this machine only; see `set_webhook`); None: nowhere.
        """
        app = new_app(self.hub, slug, permissions, events)
        private = private_key_pem or new_private_key()
        app.public_key_pem = public_key(private)
        app.webhook_secret = webhook_secret
        if webhook_url is not None:
            self.set_webhook(slug, webhook_url)
        return AppCredentials(app.id, private)

    def set_webhook(self, slug: str, url: str) -> None:
        """Say where an App listens now. ValueError for an address beyond this machine."""
        where = urlsplit(url)
        if where.scheme != "http" or where.hostname not in {"127.0.0.1", "localhost"}:
            raise ValueError("the sandbox sends webhooks to http://127.0.0.1 only")
        self.hub.app(slug).webhook_url = url

    def installation(self, slug: str, account: str = "acme") -> Installation:
        """The App's installation on that account. Refusal 404."""
        app = self.hub.app(slug)
        for installation in list(self.hub.installations.values()):
            if installation.app_id == app.id and installation.account.login == account:
                return installation
        raise Refusal(404, "Not Found")

    def install(self, slug: str, repo: str) -> Installation:
        """Install the App on a repository, beside those of that account where it is already."""
        where, app = self.hub.repo(repo), self.hub.app(slug)
        with self.hub.lock:
            try:
                installation = self.installation(slug, where.owner.login)
            except Refusal:
                granted, wanted = dict(app.permissions), app.events
                at = self.hub.now()
                installation = Installation(
                    self.hub.next_id(), app.id, where.owner, granted, wanted, at, {where.id}
                )
                self.hub.installations[installation.id] = installation
                self._installation_event(installation, "created", where)
                return installation
            installation.repo_ids.add(where.id)
            self._repositories_event(installation, added=where)
            return installation

    def remove(self, slug: str, repo: str) -> None:
        """Take a repository away from an installation."""
        where = self.hub.repo(repo)
        with self.hub.lock:
            installation = self.installation(slug, where.owner.login)
            installation.repo_ids.discard(where.id)
            self._repositories_event(installation, removed=where)

    def uninstall(self, slug: str, account: str = "acme") -> None:
        """Delete the installation; its tokens die with it."""
        with self.hub.lock:
            installation = self.installation(slug, account)
            self._installation_event(installation, "deleted")
            del self.hub.installations[installation.id]

    def suspend_installation(self, slug: str, account: str = "acme") -> None:
        """Suspend it: tokens are refused and no webhook comes, after the one that says so."""
        with self.hub.lock:
            installation = self.installation(slug, account)
            installation.suspended_at = self.hub.now()
            self._installation_event(installation, "suspend")

    def unsuspend_installation(self, slug: str, account: str = "acme") -> None:
        with self.hub.lock:
            installation = self.installation(slug, account)
            installation.suspended_at = None
            self._installation_event(installation, "unsuspend")

    def expire_tokens(self) -> None:
        """Take no installation token any more that was given out until now."""
        with self.hub.lock:
            self.hub.tokens.clear()

    def refuse_new_tokens(self, seconds: float, status: Literal[401, 403, 404] = 404) -> None:
        """Answer *status* to installation tokens younger than *seconds*, as GitHub may do."""
        said = {
            401: "Bad credentials",
            403: "Resource not accessible by integration",
            404: "Not Found",
        }
        with self.hub.lock:
            self.hub.tokens_settle = timedelta(seconds=seconds)
            self.hub.unsettled = (status, said[status])

    def set_permissions(self, slug: str, **levels: str) -> None:
        """Change what an App's installations were granted: `checks="read"`, `actions="none"`."""
        with self.hub.lock:
            app = self.hub.app(slug)
            for installation in list(self.hub.installations.values()):
                if installation.app_id == app.id:
                    kept = {**installation.permissions, **levels}
                    installation.permissions = {k: v for k, v in kept.items() if v != "none"}

    def accept_permissions(self, slug: str, account: str = "acme", **levels: str) -> None:
        """As `set_permissions`, by an owner on the installation's page: the App is told."""
        self.set_permissions(slug, **levels)
        with self.hub.lock:
            self._installation_event(self.installation(slug, account), "new_permissions_accepted")

    def _installation_event(self, installation: Installation, action: str, *repos: Repo) -> None:
        shown = basic.installation(self.hub, installation)
        body: dict[str, object] = {"action": action, "installation": shown}
        if action in {"created", "deleted", "new_permissions_accepted"}:
            listed = repos or [
                self.hub.repos[i] for i in installation.repo_ids if i in self.hub.repos
            ]
            body["repositories"] = [basic.minimal_repo(repo) for repo in listed]
        self._send(installation, "installation", body)

    def _repositories_event(
        self, installation: Installation, added: Repo | None = None, removed: Repo | None = None
    ) -> None:
        body: dict[str, object] = {
            "action": "added" if added else "removed",
            "installation": basic.installation(self.hub, installation),
            "repository_selection": "selected",
            "repositories_added": [basic.minimal_repo(added)] if added else [],
            "repositories_removed": [basic.minimal_repo(removed)] if removed else [],
            "requester": None,
        }
        self._send(installation, "installation_repositories", body)

    def _send(self, installation: Installation, event: str, body: dict[str, object]) -> None:
        sender: User = self.hub.user("alice")
        events.deliver(self.hub, installation, None, event, body, sender)
