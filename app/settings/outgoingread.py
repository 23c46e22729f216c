"""The variables that say how GitHub is reached."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from app.settings.outgoing import Outgoing
from app.settings.reader import Reader
from app.settings.secret import Secret


def read_outgoing(read: Reader, environ: Mapping[str, str]) -> Outgoing:
    """``STAGELOCK_PROXY``, else ``HTTPS_PROXY``; ``NO_PROXY``; ``STAGELOCK_CA_FILE``."""
    own, usual = read.text("PROXY"), _either(environ, "HTTPS_PROXY")
    direct = tuple(filter(None, (host.strip() for host in _either(environ, "NO_PROXY").split(","))))
    if own is not None and (wrong := _problem(own)):
        read.problem("PROXY", wrong)
        own = None
    elif own is None and usual and (wrong := _problem(usual)):
        read.problems.append(f"HTTPS_PROXY {wrong}")
        usual = ""
    address = own or usual
    return Outgoing(
        proxy=Secret(address) if address else None,
        secure_only=own is None,
        direct=direct,
        ca_file=_authorities(read, read.path("CA_FILE")),
    )


def _either(environ: Mapping[str, str], name: str) -> str:
    """These are written in small letters, too, and those win, as curl has it."""
    return (environ.get(name.lower()) or environ.get(name) or "").strip()


def _problem(address: str) -> str | None:
    """What is wrong with a proxy's address; never shows it: it may hold a password."""
    try:
        parts = urlsplit(address)
        fine = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        fine = False
    return None if fine else "is not the address of a proxy, as http://proxy.example:3128"


def _authorities(read: Reader, path: Path | None) -> Path | None:
    if path is None:
        return None
    try:
        ssl.create_default_context(cafile=str(path))
    except OSError as error:  # ssl.SSLError is one
        why = "holds no certificate in PEM" if isinstance(error, ssl.SSLError) else "cannot be read"
        read.problem("CA_FILE", f"names {path}, which {why}")
        return None
    return path
