"""OpenID Connect: tokens of GitHub Actions, checked against the keys of their issuer."""

from __future__ import annotations

from app.oidc.issuer import Issuer
from app.oidc.tokens import GitHubJobTokens
from app.settings import Settings

__all__ = ["GitHubJobTokens", "Issuer", "open_job_tokens"]


def open_job_tokens(settings: Settings) -> GitHubJobTokens | None:
    """Those that the settings believe; None: they name no audience. Asks nobody yet."""
    audience = settings.oidc_audience or settings.public_url
    if audience is None:
        return None
    return GitHubJobTokens(Issuer(settings.oidc_issuer, settings.outgoing), audience)
