"""What the store remembers of the run that introduces `stagelock / plan` to a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from app.core.model.introductions import Introduction

if TYPE_CHECKING:
    from app.ports.store import Claim


class Introductions(Protocol):
    """One row a repository, which is never forgotten; writes are fenced by the claim."""

    def introduce(self, claim: Claim, repo_id: int, introduction: Introduction) -> None:
        """Insert or replace; an introduction that was already posted is not changed."""
        ...
