"""Texts that must not be shown."""

from __future__ import annotations

import hmac
from dataclasses import dataclass


class Secret:
    """A text that is shown only to who asks for it by `reveal`; compared in constant time."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself: for a header, a signature, a key. Never for a message."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(
            self._value.encode(), other._value.encode()
        )

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token of our HTTP API: who it names and what it may do."""

    name: str
    scopes: frozenset[str]
    token: Secret
