"""Is this delivery from GitHub?"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence

_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})\Z")


def is_authentic(body: bytes, header: str, secrets: Sequence[bytes]) -> bool:
    """
    Tell whether *header* signs the raw *body* with one of *secrets*, in constant time.

    Only ``sha256=`` and 64 lower-case hex digits count, as GitHub sends them; the older
    ``X-Hub-Signature`` (SHA-1) never does. Several secrets hold during a rotation.
    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    match = _SIGNATURE.match(header)
    if match is None:
        return False
    given = match.group(1)
    answers = [
        hmac.compare_digest(hmac.digest(secret, body, hashlib.sha256).hex(), given)
        for secret in secrets
        if secret
    ]
    return any(answers)
