"""The key that signs our commits: an ed25519 private key, as `ssh-keygen -t ed25519` writes it."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_ssh_private_key,
)

_OPENSSH = "-----BEGIN OPENSSH PRIVATE KEY-----"


class KeyProblem(ValueError):
    """It cannot sign; the text says why, and never holds a part of the key."""


def signing_key(text: str) -> Ed25519PrivateKey:
    """Read *text*, a private key in OpenSSH's form or as PKCS #8; `KeyProblem`."""
    load = load_ssh_private_key if text.startswith(_OPENSSH) else load_pem_private_key
    try:
        key = load(text.encode(), password=None)
    except TypeError as error:
        message = "is locked by a passphrase: give it one without (ssh-keygen -p -N '')"
        raise KeyProblem(message) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        message = "is no private key that can be read: make one with ssh-keygen -t ed25519 -N ''"
        raise KeyProblem(message) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyProblem("is not an ed25519 key: make one with ssh-keygen -t ed25519 -N ''")
    return key
