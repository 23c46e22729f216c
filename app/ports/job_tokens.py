"""Tokens by which jobs of GitHub Actions show themselves."""

from __future__ import annotations

from typing import Protocol

from app.core.model.ci_jobs import CiJob


class JobTokens(Protocol):
    """Whom we believe: one issuer, for one audience."""

    def job(self, token: str) -> CiJob:
        """
        The job that *token* was made for. Rejected: it is not to be believed, the text says why;
        Transient: its issuer does not say with which keys it signs.
        """
        ...
