"""
Tokens of the Actions job that we run in: GitHub makes a fresh one whenever it is asked.

https://docs.github.com/en/actions/reference/security/oidc: a job with `id-token: write` is told
where, and what to show there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import quote

import httpx

from app.errors import Transient
from app.settings import Settings, SettingsError

ADDRESS, SHOWN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
INSIDE = "GITHUB_ACTIONS"
"""`true` in every job: https://docs.github.com/en/actions/reference/workflows-and-actions/variables"""
SECONDS = 20.0
_NOT_ALLOWED = (
    "STAGELOCK_TOKEN is not set, and this job may not ask GitHub for a token of its own: "
    "give the job `permissions: {id-token: write}` in its workflow (by default "
    "GitHub gives it to no job of a fork's pull request)"
)


class JobToken:
    """Asks for tokens that are good at the server with *audience*."""

    def __init__(self, address: str, shown: str, audience: str) -> None:
        self._address = f"{address}{'&' if '?' in address else '?'}audience={quote(audience, '')}"
        self._shown = shown

    @classmethod
    def of_environment(
        cls, settings: Settings, environ: Mapping[str, str] = os.environ
    ) -> JobToken | None:
        """
        None: a stored token is set, or we are in no job. SettingsError: the job may not ask.
        """
        if settings.token is not None or settings.url is None or environ.get(INSIDE) != "true":
            return None
        address, shown = environ.get(ADDRESS, ""), environ.get(SHOWN, "")
        if not (address and shown):
            raise SettingsError((_NOT_ALLOWED,))
        return cls(address, shown, settings.oidc_audience or settings.url)

    def fresh(self) -> str:
        """A new token. Transient: GitHub gives none."""
        try:
            answer = httpx.get(
                self._address,
                headers={"Authorization": f"Bearer {self._shown}", "Accept": "application/json"},
                timeout=SECONDS,
            )
            said = answer.json() if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError) as error:
            kind = type(error).__name__
            raise Transient(f"GitHub gives this job no OIDC token: {kind}") from error
        token = said.get("value") if isinstance(said, dict) else None
        if not isinstance(token, str) or not token:
            raise Transient(f"GitHub gives this job no OIDC token: status {answer.status_code}")
        return token
