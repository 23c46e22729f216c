"""What every verb needs."""

from __future__ import annotations

from app.sandbox.github.ci import CI
from app.sandbox.github.faults import Faults
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Repo, User
from app.sandbox.github.webhooks import Courier


class Verbs:
    """`repo` arguments are ``owner/name``; `by` and `author` are logins, made on first mention."""

    def __init__(self, hub: Hub, courier: Courier, ci: CI, faults: Faults) -> None:
        self.hub = hub
        self.courier = courier
        self.ci = ci
        self.faults = faults

    def user(self, login: str) -> User:
        """The user of that login; `token` is the password for Git over HTTP."""
        return self.hub.user(login)

    def repo(self, name: str) -> Repo:
        """Refusal 404 when there is none."""
        return self.hub.repo(name)
