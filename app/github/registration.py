"""
A code of the manifest flow becomes an App: one call, of somebody whom GitHub does not know yet.

https://docs.github.com/rest/apps/apps (create a GitHub App from a manifest)
"""

from __future__ import annotations

import time
from typing import Any

import httpx

from app.errors import Missing, Rejected, Transient
from app.github.endpoints import Endpoint
from app.github.http import TIMEOUT, way_to
from app.github.json_fields import number, obj, parsed, sendable, text
from app.github.translate import said
from app.ports.registrar import NewApp
from app.settings.apiversions import NEWEST, OLDEST
from app.settings.appkey import app_key_problem
from app.settings.outgoing import Outgoing
from app.settings.servers import api_url, is_cloud

CONVERT = Endpoint("POST", "/app-manifests/{code}/conversions")
_IDS_END = 1 << 63
MOST = 1 << 20
"""Bytes of an answer."""
DOING = "turn GitHub's code into the App"


class Registration:
    """
    GitHub, as `Registrar`. *given_api_url*: where its API is, if that does not follow from its
    address. *version* of the API, if it is given. *patience*: seconds for the whole of an answer.
    """

    def __init__(
        self,
        outgoing: Outgoing,
        given_api_url: str | None = None,
        version: str | None = None,
        *,
        timeout: httpx.Timeout = TIMEOUT,
        patience: float = 60.0,
    ) -> None:
        self._outgoing = outgoing
        self._api_url = given_api_url
        self._version = version
        self._timeout = timeout
        self._patience = patience

    def registered(self, github_url: str, code: str) -> NewApp:
        """The new App. Redirects are not followed: the code opens what it names."""
        base = self._api_url or api_url(github_url)
        version = self._version or (NEWEST if is_cloud(github_url) else OLDEST)
        way = way_to(base, self._outgoing)
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": version}
        headers["User-Agent"] = "stagelock"
        try:
            with httpx.Client(
                verify=way.tls, proxy=way.proxy, trust_env=False, timeout=self._timeout
            ) as client:
                where = f"{base}{CONVERT.at(code=code)}"
                with client.stream("POST", where, headers=headers) as response:
                    return _read(response, self._content(response))
        except httpx.HTTPError as error:
            what = "no answer in time" if isinstance(error, httpx.TimeoutException) else "no answer"
            raise Transient(f"{DOING}: {what} from {base}") from error

    def _content(self, response: httpx.Response) -> bytes:
        """All of a short answer; httpx's own errors where it does not end in time."""
        until = time.monotonic() + self._patience
        content = b""
        for part in response.iter_bytes():
            content += part
            if time.monotonic() > until:
                raise httpx.ReadTimeout("it does not end")
            if len(content) > MOST:
                break
        return content


def _read(response: httpx.Response, content: bytes) -> NewApp:
    status = response.status_code
    message = f"{DOING}: it answered {status} {said(content, response.reason_phrase)}"
    if status in {403, 408, 429} or status >= 500:
        raise Transient(message)
    if status in {404, 410}:
        raise Missing(message)
    if status not in {200, 201}:
        raise Rejected(message)
    try:
        data: Any = parsed(content)
    except ValueError:
        data = None
    new_app = _app(data if isinstance(data, dict) else {})
    if new_app is None:
        raise Rejected(f"{DOING}: its answer lacks a number, a usable key, or a webhook secret")
    return new_app


def _app(data: dict[str, Any]) -> NewApp | None:
    made = NewApp(
        id=number(data, "id"),
        slug=text(data, "slug"),
        owner=text(obj(data, "owner"), "login"),
        page=text(data, "html_url"),
        client_id=text(data, "client_id"),
        private_key=text(data, "pem"),
        webhook_secret=text(data, "webhook_secret"),
        client_secret=text(data, "client_secret"),
    )
    secret = made.webhook_secret
    known = 0 < made.id < _IDS_END and made.slug and secret.isascii() and secret.isprintable()
    usable = known and secret and sendable(data) == data
    return made if usable and app_key_problem(made.private_key) is None else None
