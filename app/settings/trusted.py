"""Whom we trust when we speak TLS to a server."""

from __future__ import annotations

import functools
import ssl

import certifi

from app.settings.outgoing import Outgoing


def trusted(outgoing: Outgoing) -> ssl.SSLContext:
    """What this machine trusts, the well-known authorities, and those of the settings."""
    if outgoing.ca_file is None:
        return _well_known()
    context = _fresh()  # it is changed
    context.load_verify_locations(outgoing.ca_file)
    return context


def _fresh() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


_well_known = functools.cache(_fresh)
"""The one that nobody changes: reading all authorities takes 30 ms."""
