"""What the parts of the forge have in common."""

from __future__ import annotations

from app.core.model.facts import Role
from app.github.client import Client
from app.github.drafts import cut_text, opening


class Area:
    """A part of the forge: it speaks through one client, as one App."""

    def __init__(self, client: Client, app_id: int, public_url: str | None = None) -> None:
        self._client = client
        self._app_id = app_id
        self._public_url = public_url

    def _said(self, text: str) -> str:
        """A comment's or pull request's *text* as GitHub takes it; its event id is a link."""
        return cut_text(opening(text, self._public_url))


ROLES: dict[str, Role] = {
    "none": "none",
    "read": "read",
    "triage": "triage",
    "write": "write",
    "maintain": "maintain",
    "admin": "admin",
    "pull": "read",
    "push": "write",
}
"""GitHub's words for what a person may do; `pull` and `push` are its older ones."""
