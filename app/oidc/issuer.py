"""
The keys of an issuer: asked for when they are needed, kept, and never asked for all the time.

https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig says where they are.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from app.errors import Transient
from app.settings.outgoing import Outgoing
from app.settings.trusted import trusted

KEPT = 3600.0
"""Seconds that keys count after they were read; then the issuer must say them again."""
PAUSE = 60.0
"""Seconds between two questions: whoever makes up names of keys makes no more of them."""
AFTER_FAILURE = 5.0
"""Seconds until an issuer that did not answer is asked again."""
DEADLINE = 10.0
"""Seconds that both documents may take together."""
MOST_BYTES = 256 * 1024
LEAST_BITS = 2048
"""Of a key: https://www.rfc-editor.org/rfc/rfc7518#section-3.3."""


class Issuer:
    """The keys of *url*, by their ids; *monotonic* is a clock of seconds that only goes on."""

    def __init__(
        self, url: str, outgoing: Outgoing, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.url = url
        self._outgoing = outgoing
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._read_at: float | None = None
        self._next_at = float("-inf")

    def key(self, kid: str) -> RSAPublicKey | None:
        """
        The key that is called *kid*; None: the issuer has none of that name, as it said within
        the last minute. Transient: it does not answer.
        """
        if not self._lock.acquire(timeout=DEADLINE):
            raise Transient("the issuer of OIDC tokens is slow to say its keys")
        try:
            now = self._monotonic()
            fresh = self._read_at is not None and now - self._read_at < KEPT
            if not (fresh and kid in self._keys) and now >= self._next_at:
                self._ask()
            elif not fresh:
                raise Transient("the issuer of OIDC tokens did not say its keys")
            return self._keys.get(kid)
        finally:
            self._lock.release()

    def _ask(self) -> None:
        self._next_at = self._monotonic() + AFTER_FAILURE
        try:
            keys = self._read()
        except (httpx.HTTPError, ValueError, TypeError, OSError) as error:
            kind = type(error).__name__
            message = f"the issuer of OIDC tokens, {self.url}, does not say its keys ({kind})"
            if self._read_at is None or self._monotonic() - self._read_at >= KEPT:
                raise Transient(message) from error
            return  # those that we have still count
        self._keys, self._read_at = keys, self._monotonic()
        self._next_at = self._read_at + PAUSE

    def _read(self) -> Mapping[str, RSAPublicKey]:
        until = time.monotonic() + DEADLINE
        proxy = self._outgoing.proxy_for(self.url)
        with httpx.Client(
            verify=trusted(self._outgoing),
            proxy=None if proxy is None else proxy.reveal(),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(5.0),
        ) as client:
            about = _document(client, f"{self.url}/.well-known/openid-configuration", until)
            address = str(about.get("jwks_uri", ""))
            if about.get("issuer") != self.url or _server(address) != _server(self.url):
                raise ValueError("it speaks of another server")
            return _keys(_document(client, address, until))


def _server(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _document(client: httpx.Client, url: str, until: float) -> dict[str, object]:
    """The JSON object at *url*, whole before *until*; ValueError where it is something else."""
    body = bytearray()
    with client.stream("GET", url, headers={"Accept": "application/json"}) as response:
        if response.status_code != 200:
            raise ValueError("it answers with an error")
        for chunk in response.iter_bytes():  # as they come: whole pieces may never be complete
            body += chunk
            if len(body) > MOST_BYTES:
                raise ValueError("its answer is too large")
            if time.monotonic() > until:
                raise ValueError("its answer is too slow")
    document = json.loads(bytes(body))
    if not isinstance(document, dict):
        raise TypeError("its answer is no object")
    return document


def _keys(document: Mapping[str, object]) -> Mapping[str, RSAPublicKey]:
    """The RSA keys of a set that sign; others are not ours to use."""
    keys: dict[str, RSAPublicKey] = {}
    listed = document.get("keys")
    for listing in listed if isinstance(listed, list) else ():
        if (
            not isinstance(listing, dict)
            or listing.get("kty") != "RSA"
            or listing.get("use", "sig") != "sig"
        ):
            continue
        try:
            key = jwt.PyJWK(listing, algorithm="RS256").key
        except jwt.PyJWTError:
            continue
        kid = listing.get("kid")
        if isinstance(kid, str) and isinstance(key, RSAPublicKey) and key.key_size >= LEAST_BITS:
            keys[kid] = key
    return keys
