"""What one call is made of, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.state.budget_shares import Importance
from app.github.translate import Call

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Request:
    """One call with all it needs."""

    call: Call
    path: str
    """As it is sent, below the API's address."""
    installation: int | None = None
    """None: as the App itself."""
    params: Params = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    importance: Importance = Importance.URGENT
    repo_id: int | None = None
    """The repository that it is about; None: the whole installation."""


@dataclass(frozen=True, slots=True)
class GitHubAnswer:
    """A success: its JSON (None where there is no content) and its Link header."""

    data: Any
    link: str = ""
