"""Keys for signing, fresh for a test: made in process, without ssh-keygen."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from app.sandbox.people.apps import new_private_key


def openssh_key(key: Ed25519PrivateKey | None = None) -> str:
    """A private key as `ssh-keygen -t ed25519` writes it."""
    made = key or Ed25519PrivateKey.generate()
    raw = made.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return raw.decode()


def private_pem(key: Ed25519PrivateKey, passphrase: bytes = b"") -> str:
    """A private key as PKCS #8, as `openssl genpkey` writes it."""
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode()


def public_line(private: str) -> str:
    """The line of its ``.pub`` file."""
    from app.settings.sshkey import signing_key

    public = signing_key(private).public_key()
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


KEY = new_private_key()
