"""What a program does that speaks to the HTTP API: real HTTP, no redirect followed, a token of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft202012Validator

from app.settings.outgoing import Outgoing
from app.settings.trusted import trusted
from tests.flows.harness import Flow, flowing

TOKENS = (
    "dash:read:read-me,bot:promote:move-me,ci:lock+read:lock-me,other:lock:lock-you,"
    "keeper:lock+admin:keep-me,"
    "root:read+promote+lock+admin:rule-me"
)
"""NAME:SCOPES:TOKEN, as STAGELOCK_API_TOKENS takes them."""


_TLS = trusted(Outgoing())
"""Where none is given, each call reads all authorities of the machine anew."""


class Caller:
    """Speaks as the holder of one token ("": of none)."""

    def __init__(self, flow: Flow, token: str = "read-me") -> None:
        self.base = flow.webhook.removesuffix("/github/webhook")
        self.token = token

    def __call__(
        self, method: str, path: str, body: object = None, *, prefix: str = "/api/v1", **more: Any
    ) -> httpx.Response:
        content = None if body is None else json.dumps(body).encode()
        return self.raw(method, path, content, prefix=prefix, **more)

    def raw(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        prefix: str = "/api/v1",
        **more: Any,
    ) -> httpx.Response:
        """Send *content* as it is, as JSON or not."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if content is not None:
            headers["Content-Type"] = "application/json"
        url = f"{self.base}{'' if path.startswith('/api/') else prefix}{path}"
        return httpx.request(
            method, url, content=content, headers=headers, timeout=90, verify=_TLS, **more
        )

    def get(self, path: str, **more: Any) -> Any:
        """The answer's JSON, of a 200 that has the form that the description promises."""
        answer = self("GET", path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, path: str, name: str) -> list[list[Any]]:
        """The list *name* of every page, by the Link header."""
        found, following = [], path
        while following:
            answer = self("GET", following)
            assert answer.status_code == 200, answer.text
            found.append(answer.json()[name])
            following = answer.links.get("next", {}).get("url", "")
        return found


@contextmanager
def served(root: Path, database_url: str | None = None, **more: str) -> Iterator[Flow]:
    """A flow whose server knows `TOKENS`."""
    with flowing(root, database_url, environ={"STAGELOCK_API_TOKENS": TOKENS, **more}) as flow:
        yield flow


def assert_form(description: Mapping[str, Any], method: str, path: str, answer: Any, status: int):
    """*answer* has the form that *description* (openapi.json) gives for it."""
    operation = description["paths"][path][method.lower()]
    schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
    whole = {**schema, "components": description["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(answer)
