"""A lock group whose lock an external service grants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.flows.calling import TOKENS
from tests.flows.harness import Flow, flowing
from tests.flows.locking import locked
from tests.flows.pipelines import pipeline
from tests.lock_servers.faults import Proxy, proxied
from tests.lock_servers.leases import Leases
from tests.lock_servers.serving import serving

SERVED = "locks:\n  floor: {max-hold: 30m, service: leases}\n"
FILES = {
    "stagelock.yaml": pipeline(locked("one", "floor") + locked("two", "floor") + SERVED),
    "apps/web/a": "1",
}


@dataclass
class Outside:
    """The service, and the proxy before it."""

    leases: Leases
    proxy: Proxy

    @property
    def holder(self) -> str | None:
        """Who has `floor` there."""
        return self.leases.holder("floor")

    def asked(self, method: str) -> int:
        """How often the service itself was asked so."""
        return [one for one, _ in self.leases.log].count(method)


@contextmanager
def beside(root: Path, more: str = "") -> Iterator[tuple[Flow, Outside]]:
    """A flow whose server knows the lock service `leases`."""
    leases = Leases()
    with serving(leases.answer) as behind, proxied(behind) as (url, proxy, _):
        file = root / "services.yaml"
        text = leases.profile.replace("type: http\n", f"type: http\n{more}").format(url=url)
        text = text.replace("timeout: 1s", "timeout: 3s")  # what comes must, on a busy machine, too
        file.write_text(f"version: 1\nservices:\n  leases:\n{text}")
        env = {"STAGELOCK_LOCK_SERVICES": str(file), "STAGELOCK_API_TOKENS": TOKENS}
        with flowing(root, environ=env | leases.environ) as flow:
            yield flow, Outside(leases, proxy)
