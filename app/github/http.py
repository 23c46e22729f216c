"""githubkit, set up: no retries of its own, no shared cache, one open client for all threads."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from githubkit import AppAuthStrategy, GitHub, Response, UnauthAuthStrategy
from githubkit.auth.app import AppAuth
from githubkit.cache import MemCacheStrategy

from app.ports import Clock
from app.settings.outgoing import Outgoing
from app.settings.trusted import trusted

TIMEOUT = httpx.Timeout(20.0, connect=5.0, pool=10.0)
"""Seconds without a byte. GitHub itself gives up on a request after ten."""

JWT_SECONDS = 600

_Auth = AppAuthStrategy | UnauthAuthStrategy


class AppToken:
    """The App's own token: a JWT by our clock, signed anew while it has two minutes to live."""

    def __init__(self, app_id: int, private_key: str, clock: Clock) -> None:
        self._app_id = app_id
        self._private_key = private_key
        self._clock = clock
        self._kept = ("", 0)

    def get(self) -> str:
        """A token that GitHub takes now; raises what PyJWT raises for a key it cannot use."""
        now = int(self._clock().timestamp())
        token, expires = self._kept
        if not now < expires - 120 <= now + JWT_SECONDS:
            # A minute back, because the clocks need not agree; GitHub takes ten minutes at most:
            # https://docs.github.com/en/apps/creating-github-apps (generating a JWT).
            issued, expires = now - 60, now - 60 + JWT_SECONDS
            claims = {"iss": str(self._app_id), "iat": issued, "exp": expires}
            token = jwt.encode(claims, _signing_key(self._private_key), algorithm="RS256")
            self._kept = (token, expires)
        return token


@functools.lru_cache(maxsize=2)  # reading a key takes as long as many requests
def _signing_key(pem: str) -> RSAPrivateKey:
    key = jwt.get_algorithm_by_name("RS256").prepare_key(pem)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(type(key))
    return key


class QuietAppAuth(AppAuth):
    """githubkit's signer, whose `repr` would show the key, with our token."""

    token: AppToken

    def __repr__(self) -> str:
        return "QuietAppAuth()"

    def get_jwt(self) -> str:
        """The App's own token."""
        return self.token.get()


class QuietApp(AppAuthStrategy):
    """githubkit's App, whose `repr` would show the key."""

    def __init__(self, app_id: int, private_key: str, clock: Clock) -> None:
        super().__init__(app_id, private_key)
        self._token = AppToken(app_id, private_key, clock)

    def __repr__(self) -> str:
        return "QuietApp()"

    def get_auth_flow(self, github: object) -> httpx.Auth:
        """The signer of the App's own requests."""
        if not isinstance(github, GitHub):
            raise TypeError(type(github))
        auth = QuietAppAuth(github, self.app_id, self.private_key)
        auth.token = self._token
        return auth


class Hub(GitHub[_Auth]):
    """
    A githubkit client that stays open until `close`, in every thread.

    githubkit keeps an entered client in a context variable, so other threads than the one that
    entered would build one for each call (28 ms of it for TLS); httpx clients may be shared.
    """

    def __init__(self, auth: _Auth, base_url: str, way: Way) -> None:
        super().__init__(
            auth,
            base_url=base_url,
            user_agent="stagelock",
            # Redirects are followed by our client: repeated as they were, and to this host only.
            follow_redirects=False,
            timeout=TIMEOUT,
            ssl_verify=way.tls,
            # The settings say it, and nothing else: Git goes the same way.
            trust_env=False,
            proxy=way.proxy,
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


@dataclass(frozen=True, slots=True, repr=False)
class Way:
    """How a server is reached: through which proxy, if any, and whom to trust."""

    tls: ssl.SSLContext
    proxy: str | None = None


def way_to(url: str, outgoing: Outgoing) -> Way:
    """The way that *outgoing* says, with the authorities that are `trusted`."""
    proxy = outgoing.proxy_for(url)
    return Way(trusted(outgoing), None if proxy is None else proxy.reveal())
