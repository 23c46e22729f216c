"""A delivery as GitHub sends it, signed."""

import hashlib
import hmac
import urllib.request

from tests.processes import PATIENCE, SECRET

BODY = b'{"repository": {"id": 7}, "installation": {"id": 3}}'


def deliver(url, guid, seconds=PATIENCE):
    """The status of the answer, which comes within *seconds*."""
    signature = "sha256=" + hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": guid,
        "X-Hub-Signature-256": signature,
    }
    request = urllib.request.Request(f"{url}/github/webhook", BODY, headers)
    with urllib.request.urlopen(request, timeout=seconds) as response:
        return response.status
