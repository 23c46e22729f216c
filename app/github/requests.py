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
    """
    One call with all it needs. *installation* None: as the App itself.

    *repo_id*: the repository that it is about, None for what concerns the whole installation.
    """

    call: Call
    path: str
    installation: int | None = None
    params: Params = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    importance: Importance = Importance.URGENT
    repo_id: int | None = None


@dataclass(frozen=True, slots=True)
class GitHubAnswer:
    """A success: its JSON (None where there is no content) and its Link header."""

    data: Any
    link: str = ""
