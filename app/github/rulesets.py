"""
A repository's rulesets, made by a person's token: the App itself may not administrate anything.

https://docs.github.com/rest/repos/rules
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from githubkit import UnauthAuthStrategy
from githubkit.exception import GitHubException, RequestError, RequestFailed

from app.core.protection.rulesets import Ruleset, covers
from app.errors import Denied, Missing, Rejected, Transient
from app.github import endpoints
from app.github.client import PAGE
from app.github.endpoints import Endpoint
from app.github.http import Hub, way_to
from app.github.json_fields import number, parsed, sendable, text
from app.github.rules import CREATE, LIST, ONE, UPDATE
from app.github.translate import Call, Failure, from_answer, from_exception, said, unreadable
from app.ports import Clock
from app.settings import Secret
from app.settings.apiversions import NEWEST
from app.settings.outgoing import Outgoing

_DIRECT = Outgoing()


@dataclass(frozen=True, slots=True)
class Home:
    """What matters about the repository: *public* ones have no push rulesets."""

    default_branch: str
    public: bool


class Rulesets:
    """The rulesets of the repository *full_name*; every method raises the five errors only."""

    def __init__(
        self,
        full_name: str,
        token: Secret,
        api_url: str,
        *,
        clock: Clock,
        redact: Callable[[str], str],
        api_version: str | None = None,
        outgoing: Outgoing = _DIRECT,
    ) -> None:
        self._owner, _, self._repo = full_name.partition("/")
        self._token = token
        self._api_url = api_url
        self._clock = clock
        self._redact = redact
        self._version = api_version or NEWEST
        self._hub = Hub(UnauthAuthStrategy(), api_url, way_to(api_url, outgoing))

    def close(self) -> None:
        """Close the connections."""
        self._hub.close()

    def home(self) -> Home:
        """Look the repository up."""
        data = self._send(endpoints.REPOSITORY, "look the repository up")
        return Home(text(data, "default_branch", "main"), not data.get("private", False))

    def file(self, path: str) -> bytes | None:
        """A file on the default branch; None where there is none."""
        try:
            data = self._send(endpoints.CONTENTS, f"read {path}", path=path)
        except Missing:
            return None
        try:
            return base64.b64decode(text(data, "content"))
        except binascii.Error as error:
            raise Rejected(f"{path} cannot be read from GitHub") from error

    def names(self) -> dict[str, int]:
        """The repository's own rulesets: name -> id."""
        params: dict[str, str | int] = {"per_page": PAGE, "includes_parents": "false"}
        data = self._send(LIST, "list the rulesets", params=params)
        return {text(ruleset, "name"): number(ruleset, "id") for ruleset in data}

    def ensure(self, ruleset: Ruleset, known: int | None) -> str:
        """Make the ruleset, or bring number *known* up to date; what was done, in a word."""
        body = dict(ruleset.document)
        doing = f"make the ruleset {ruleset.name!r}"
        if known is None:
            self._send(CREATE, doing, body=body)
            return "made"
        if covers(body, self._send(ONE, f"read the ruleset {ruleset.name!r}", ruleset=known)):
            return "unchanged"
        self._send(UPDATE, doing, body=body, ruleset=known)
        return "updated"

    def _send(
        self,
        endpoint: Endpoint,
        doing: str,
        *,
        params: dict[str, str | int] | None = None,
        body: dict[str, Any] | None = None,
        **parts: object,
    ) -> Any:
        call = Call(f"{doing} of {self._owner}/{self._repo}", endpoint)
        url = self._api_url + endpoint.at(owner=self._owner, repo=self._repo, **parts)
        try:
            response = self._hub.request(
                endpoint.method,
                httpx.URL(url),
                params=params,
                json=sendable(body) if body is not None else None,
                headers={
                    "X-GitHub-Api-Version": self._version,
                    "Authorization": f"Bearer {self._token.reveal()}",
                },
            )
        except RequestFailed as error:
            raw = error.response.raw_response
            reason = self._redact(said(raw.content, raw.reason_phrase))
            raise self._refusal(call, Failure(raw.status_code, raw.headers, reason)) from error
        except RequestError as error:
            raise from_exception(call, error.exc) from error
        except GitHubException as error:
            raise from_exception(call, error) from error
        try:
            return parsed(response.raw_response.content)
        except ValueError as error:
            raise unreadable(call) from error

    def _refusal(self, call: Call, failure: Failure) -> Exception:
        """The error of an answer, with what a person can do about it."""
        match from_answer(call, failure, self._clock()):
            case Denied() | Missing() as error:
                advice = "the token needs administration of the repository (classic: scope repo)"
                return type(error)(f"{error.message}: {advice}")
            case Transient() as error:
                return Transient(f"{error.message}; run it again, nothing is done twice")
            case error:
                return error
