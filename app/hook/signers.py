"""
The file of allowed signers: whose keys sign promotions, as the administrator gave it and as we
keep it (https://man.openbsd.org/ssh-keygen#ALLOWED_SIGNERS).
"""

from __future__ import annotations

import base64
import binascii
import re

from app.hook.signatures import PRINCIPAL

_PRINCIPALS = re.compile(r'^(?:"[^"]*"|[^\s"])+\s*')
_KINDS = ("ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-")


class SignersError(Exception):
    """A line that names no key; the text says which, and what belongs there."""


def normalised(text: str) -> str:
    """
    Give every key in *text* the one name that the hook asks for; options stay.

    *text* is a file of allowed signers, or one of public keys (``.pub``). `SignersError`.
    """
    if "PRIVATE KEY-----" in text:
        raise SignersError("it is a private key; the server needs the public one, its .pub file")
    lines = [
        _line(number, line)
        for number, raw in enumerate(text.splitlines(), start=1)
        if (line := raw.strip()) and not line.startswith("#")
    ]
    if not lines:
        raise SignersError("it names no key: expected lines like `ssh-ed25519 AAAA...`")
    return "\n".join(lines) + "\n"


def _line(number: int, line: str) -> str:
    rest = line if line.startswith(_KINDS) else _PRINCIPALS.sub("", line)
    options, kind, key = _parts(rest)
    if not kind or not _is_key(kind, key):
        raise SignersError(f"line {number} holds no public key: expected `ssh-ed25519 AAAA...`")
    return " ".join(filter(None, (PRINCIPAL, options or 'namespaces="git"', kind, key)))


def _parts(rest: str) -> tuple[str, str, str]:
    """Take ``[OPTIONS] KIND KEY [COMMENT]`` apart; options may hold spaces in quotes."""
    words = rest.split()
    for at, word in enumerate(words[:-1]):
        if word.startswith(_KINDS):
            return " ".join(words[:at]), word, words[at + 1]
    return "", "", ""


def _is_key(kind: str, key: str) -> bool:
    try:
        raw = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return False
    parts = []
    while len(raw) >= 4:
        end = 4 + int.from_bytes(raw[:4], "big")
        parts.append(raw[4:end])
        if end > len(raw):
            return False
        raw = raw[end:]
    return parts[:1] == [kind.encode()] and not raw
