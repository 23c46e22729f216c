"""What follows from the address of a GitHub."""

from __future__ import annotations

from urllib.parse import urlsplit

GITHUB = "https://github.com"
_RESIDENT = ".ghe.com"
"""Enterprise Cloud with data residency."""


def api_url(github_url: str) -> str:
    """https://docs.github.com/enterprise-server/rest/overview: ``<url>/api/v3`` on GHES."""
    host = urlsplit(github_url).hostname or ""
    if host.endswith(_RESIDENT):
        return f"https://api.{host}"
    return "https://api.github.com" if is_cloud(github_url) else f"{github_url}/api/v3"


def oidc_issuer(github_url: str) -> str:
    """
    Who signs the tokens of Actions jobs there:
    https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims.
    """
    host = urlsplit(github_url).hostname or ""
    if host.endswith(_RESIDENT):
        return f"https://token.actions.{host}"
    if is_cloud(github_url):
        return "https://token.actions.githubusercontent.com"
    return f"{github_url}/_services/token"


def is_cloud(github_url: str) -> bool:
    """Tell whether GitHub itself runs the server: then it runs no pre-receive hooks."""
    host = urlsplit(github_url).hostname or ""
    return host in {"github.com", "www.github.com"} or host.endswith(_RESIDENT)


def same_server(first: str, other: str) -> bool:
    """Whether two addresses are of one server, as browsers compare them."""
    return _named(first) == _named(other)


def _named(url: str) -> tuple[str, int | None]:
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return (parts.hostname or "").removeprefix("www."), parts.port or usual
