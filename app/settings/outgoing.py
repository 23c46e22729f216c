"""The way out to GitHub: a proxy, who is reached without it, and whom to trust."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.settings.secret import Secret


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One way for API calls and Git alike."""

    proxy: Secret | None = None
    """An address that may hold a user's name and password; None: directly."""
    secure_only: bool = False
    """The proxy is for https alone."""
    direct: tuple[str, ...] = ()
    """NO_PROXY's entries."""
    ca_file: Path | None = None
    """Authorities that are trusted besides the known ones."""

    def proxy_for(self, url: str) -> Secret | None:
        """The proxy for *url*; None: it is reached directly."""
        parts = urlsplit(url)
        if self.secure_only and parts.scheme != "https":
            return None
        host, port = parts.hostname or "", parts.port
        return None if any(_names(entry, host, port) for entry in self.direct) else self.proxy


def _names(entry: str, host: str, port: int | None) -> bool:
    """
    Whether an entry of NO_PROXY speaks of *host*: itself, a domain above it, a network, or ``*``.

    As curl and Git read it: https://curl.se/docs/manpage.html (--noproxy).
    """
    name, colon, only = entry.lower().strip().rpartition(":")
    if not (colon and only.isdigit()) or ":" in name.strip("[]"):
        name, only = entry.lower().strip(), ""
    if only and int(only) != port:
        return False
    if name == "*":
        return True
    if (network := _network(name)) is not None:
        return _within(host, network)
    bare = name.strip(".")
    return bool(bare) and (host == bare or host.endswith(f".{bare}"))


def _network(name: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(name.strip("[]"), strict=False)
    except ValueError:
        return None


def _within(host: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(host) in network
    except ValueError:
        return False
