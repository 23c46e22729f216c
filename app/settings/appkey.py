"""The App's private key: RSA, as GitHub hands it out."""

from __future__ import annotations

import functools

_WHERE = 'make one under "Private keys" on the App\'s settings page'


@functools.lru_cache(maxsize=2)  # a start asks twice, and the answer takes 40 ms
def app_key_problem(text: str) -> str | None:
    """Why *text* cannot sign as the App, never with a part of it; None where it can."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  (takes 50 ms)
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    if text.startswith("-----BEGIN OPENSSH"):
        return f"is an OpenSSH key, and GitHub takes an RSA key in PEM form: {_WHERE}"
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except TypeError:
        return f"is locked by a passphrase, and GitHub's are not: {_WHERE}"
    except (ValueError, UnsupportedAlgorithm):
        return f"is no private key that can be read (damaged, or cut?): {_WHERE}"
    if not isinstance(key, RSAPrivateKey):
        kind = type(key).__name__.strip("_").removesuffix("PrivateKey") or "another"
        return f"is a key of the wrong kind ({kind}), and GitHub takes an RSA key: {_WHERE}"
    return None
