"""githubkit, set up: no retries of its own, no shared cache, one open client for all threads."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import certifi
import httpx
from githubkit import AppAuthStrategy, GitHub, Response, UnauthAuthStrategy
from githubkit.auth.app import AppAuth
from githubkit.cache import MemCacheStrategy

TIMEOUT = httpx.Timeout(20.0, connect=5.0, pool=10.0)
"""Seconds without a byte. GitHub itself gives up on a request after ten."""

_Auth = AppAuthStrategy | UnauthAuthStrategy


class QuietAppAuth(AppAuth):
    """githubkit's signer, whose `repr` would show the key."""

    def __repr__(self) -> str:
        return "QuietAppAuth()"


class QuietApp(AppAuthStrategy):
    """githubkit's App, whose `repr` would show the key."""

    def __repr__(self) -> str:
        return "QuietApp()"

    def get_auth_flow(self, github: object) -> httpx.Auth:
        """The signer of the App's own requests."""
        if not isinstance(github, GitHub):
            raise TypeError(type(github))
        return QuietAppAuth(github, self.app_id, self.private_key)


class Hub(GitHub[_Auth]):
    """
    A githubkit client that stays open until `close`, in every thread.

    githubkit keeps an entered client in a context variable, so other threads than the one that
    entered would build one for each call (28 ms of it for TLS); httpx clients may be shared.
    """

    def __init__(self, auth: _Auth, base_url: str, tls: ssl.SSLContext) -> None:
        super().__init__(
            auth,
            base_url=base_url,
            user_agent="stagelock",
            # Redirects are followed by our client: repeated as they were, and to this host only.
            follow_redirects=False,
            timeout=TIMEOUT,
            ssl_verify=tls,
            trust_env=False,
            # Of its own: the default is shared by all clients of a process, keyed by App number.
            cache_strategy=MemCacheStrategy(),
            http_cache=False,
            auto_retry=False,
        )
        self._open = self._create_sync_client()

    @contextmanager
    def get_sync_client(self) -> Iterator[httpx.Client]:
        """The one client."""
        yield self._open

    def _check_rate_limit(self, response: Response[object]) -> None:
        """Leave limits to our translation: githubkit fails on a `Retry-After` that is a date."""

    def close(self) -> None:
        """Close the connections."""
        self._open.close()


def tls() -> ssl.SSLContext:
    """Trust what this machine trusts (a company's own GitHub) and the well-known authorities."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
