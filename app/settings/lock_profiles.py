"""The profiles of external lock services, as the server's settings have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, get_args

from app.core.model.lock_services import ServiceTerms
from app.settings.lock_conditions import Condition, Expression
from app.settings.lock_templates import JsonTemplate, Template
from app.settings.secret import Secret

Verb = Literal["acquire", "renew", "inspect", "release"]
VERBS: tuple[Verb, ...] = get_args(Verb)
DENIED = frozenset({400, 401, 403, 404, 405, 422})
"""Statuses of a request that was read and turned down (RFC 9110, 15.5): nothing was done."""


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """
    One request of a generic profile, and how its answer is read: the first of *gone*, *busy*,
    *success* and *refused* that holds.
    """

    method: str
    path: Template
    """Below the profile's address."""
    body: JsonTemplate | None
    success: Condition
    """It is held, or given back."""
    busy: Condition
    """Somebody else has it."""
    refused: Condition
    """It did nothing, and only a person changes that."""
    gone: Condition
    """It is not held any more."""
    holder: Expression | None = None
    """It gives who has the lock; None: nothing says it."""
    token: Expression | None = None
    """It gives the token that the service wants to hear in later calls; None: it wants none."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Where a service is, and how it is spoken to."""

    terms: ServiceTerms
    url: Template
    timeout: timedelta
    """For a whole call, its answer included."""
    headers: Mapping[str, Template] = field(default_factory=dict)
    calls: Mapping[Verb, ServiceCall] = field(default_factory=dict)
    ttl: timedelta | None = None
    """
    What is granted ends so long after the last call that granted or renewed it; None: it does not
    end by itself.
    """
    login: tuple[Template, ...] = ()
    """Of a service that has no headers: a password, and perhaps a name before it."""

    def secrets(self) -> tuple[Secret, ...]:
        """Everything in it that came from the environment."""
        paths = (call.path for call in self.calls.values())
        bodies = (call.body for call in self.calls.values() if call.body is not None)
        texts = (self.url, *self.headers.values(), *self.login, *paths)
        return (
            *(secret for text in texts for secret in text.secrets()),
            *(secret for body in bodies for secret in body.secrets()),
        )


Profiles = Mapping[str, Profile]
"""By their names."""
