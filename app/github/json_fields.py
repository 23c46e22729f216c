"""GitHub's JSON: an absent or odd field is read as a default and never a crash."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx


def parsed(content: bytes) -> Any:
    """What *content* says; ValueError where it is no JSON, or lists in lists in lists."""
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def obj(data: Any, key: str) -> dict[str, Any]:
    """The object below *key*; {} if there is none."""
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}


def text(data: Any, key: str, default: str = "") -> str:
    """The text below *key*."""
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, str) else default


def number(data: Any, key: str, default: int = 0) -> int:
    """The whole number below *key*."""
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def flag(data: Any, key: str, *, default: bool = False) -> bool:
    """The truth below *key*."""
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, bool) else default


def moment(data: Any, key: str) -> datetime | None:
    """The time below *key*, in UTC; one without a zone is taken as UTC."""
    try:
        value = datetime.fromisoformat(text(data, key))
    except ValueError:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def page_of(link: str, relation: str) -> dict[str, str] | None:
    """
    The parameters of a Link header's page by *relation* (`next`, `last`), or None without one.

    Only the parameters: behind a proxy the address may name a host that we cannot reach.
    """
    for part in link.split(",<" if ",<" in link else ", <"):
        url, _, parameters = part.strip().removeprefix("<").partition(">")
        named = (parameter.strip().replace('"', "") for parameter in parameters.split(";"))
        if f"rel={relation}" in named:
            try:
                return dict(httpx.URL(url).params)
            except httpx.InvalidURL:
                return None
    return None


def sendable(value: Any) -> Any:
    """*value* with texts that UTF-8 can carry: names from Git may hold half a surrogate pair."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: sendable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [sendable(inner) for inner in value]
    return value
