"""
Hearing without deliveries: what is awaited is asked for, also where nobody tells us anything.

A delivery makes its repository due at once. Where deliveries stay out (a proxy that refuses them, a
changed secret, GitHub's own troubles) the sweep would find out only after minutes; so a repository
that awaits something is due again soon after each look. The look's questions are conditional
requests, which cost nothing of GitHub's rate limit while their answer is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from app.engine.queue.lease import Lease
from app.engine.queue.work_keys import id_in
from app.ports import Repos
from app.ports.store import Claim

LISTEN = timedelta(seconds=45)
"""So long after a look the next one begins, where something is awaited."""
EACH = timedelta(seconds=0.75)
"""Of one installation's repositories that await something at most one in this time."""

Handler = Callable[[Claim, Lease], timedelta | None]


class Ears:
    """The handler of the keys ``repo-<id>``: *look*, and soon again where it awaits something."""

    def __init__(self, look: Handler, repos: Repos) -> None:
        self._look = look
        self._repos = repos

    def handle(self, claim: Claim, lease: Lease) -> timedelta | None:
        """As *look*, but never later than what is awaited there has to be known."""
        again = self._look(claim, lease)
        record = self._repos.get(id_in(claim.key))
        if record is None or not record.awaiting or record.unavailable:
            return again
        soon = max(LISTEN, EACH * self._repos.awaiting(record.installation_id))
        return soon if again is None else min(again, soon)
