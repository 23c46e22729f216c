"""
SSH signatures of commits, made in this process: the key is in no file, no command, no agent.

The form is OpenSSH's (https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig),
in the namespace that git asks for; `git verify-commit` and the pre-receive hook check it. Ed25519
takes no random numbers: the same commit gets the same signature, and so the same id.
"""

from __future__ import annotations

import base64
import hashlib
import textwrap

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.settings.sshkey import signing_key

_MAGIC = b"SSHSIG"
_VERSION = (1).to_bytes(4, "big")
_NAMESPACE = b"git"
_HASH = b"sha512"
_KIND = b"ssh-ed25519"
_COLUMNS = 70


class Signer:
    """Signs with one key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._public = _string(_KIND) + _string(raw)

    @classmethod
    def of(cls, text: str) -> Signer:
        """Make one of a private key's text; `KeyProblem` where it is none that signs."""
        return cls(signing_key(text))

    @property
    def public_line(self) -> str:
        """The public key as a line of an allowed-signers file lists it, without principals."""
        return f"{_KIND.decode()} {base64.b64encode(self._public).decode()}"

    def sign(self, content: bytes) -> str:
        """Make the signature of a commit's *content*, armoured, without a line's end at its end."""
        digest = hashlib.sha512(content).digest()
        signed = _MAGIC + _string(_NAMESPACE) + _string(b"") + _string(_HASH) + _string(digest)
        made = _string(_KIND) + _string(self._key.sign(signed))
        blob = _MAGIC + _VERSION + _string(self._public) + _string(_NAMESPACE) + _string(b"")
        blob += _string(_HASH) + _string(made)
        lines = textwrap.wrap(base64.b64encode(blob).decode(), _COLUMNS)
        return "\n".join(("-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----"))


def _string(raw: bytes) -> bytes:
    """A length of 4 bytes, and what is so long (https://www.rfc-editor.org/rfc/rfc4251#section-5)."""
    return len(raw).to_bytes(4, "big") + raw
