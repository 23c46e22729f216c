"""Everything that can be done on this little GitHub, under one roof."""

from __future__ import annotations

from collections.abc import Callable

from app.sandbox.github.ci import CI
from app.sandbox.github.faults import Faults
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Delivery
from app.sandbox.github.webhooks import Courier, Weather
from app.sandbox.people.accounts import AccountVerbs
from app.sandbox.people.apps import new_app
from app.sandbox.people.evidence import ACTIONS, EvidenceVerbs
from app.sandbox.people.git import PEOPLE, GitVerbs
from app.sandbox.people.moves import MoveVerbs
from app.sandbox.people.people import PeopleVerbs


class World(GitVerbs, MoveVerbs, PeopleVerbs, AccountVerbs, EvidenceVerbs):
    """
    What tests, stories and the page make happen, and what they look at afterwards.

    Repositories are named ``owner/name``; people by login: alice (maintain), bob (write), carol
    (read) are everywhere. Verbs raise `Refusal` with GitHub's status and message, and may be
    called from any thread. Webhooks that they cause are sent by a thread of its own: see `flush`.
    CI is declared with ``world.ci.job(...)``, trouble with `faults` and `weather`.
    """

    @property
    def deliveries(self) -> list[Delivery]:
        """Every webhook delivery, attempted or not, oldest first."""
        with self.hub.lock:
            return list(self.hub.deliveries)

    @property
    def weather(self) -> Weather:
        """What goes wrong with deliveries."""
        return self.courier.weather

    def hold_deliveries(self) -> None:
        """Keep webhooks back until `release_deliveries`."""
        self.courier.weather.held = True

    def release_deliveries(self, shuffle: int | None = None) -> None:
        """Send what was kept back, in order or shuffled by a seed."""
        self.courier.release(shuffle)

    def flush(self, timeout: float = 30.0) -> None:
        """Wait until every queued delivery has been attempted. TimeoutError."""
        self.courier.flush(timeout)

    def wait_for(self, holds: Callable[[], object], timeout: float = 30.0, what: str = "") -> None:
        """
        Wait until *holds()* is true; it is asked again whenever something changes here.

        TimeoutError naming *what* after *timeout* seconds.
        """
        with self.hub.changed:
            if not self.hub.changed.wait_for(lambda: bool(holds()), timeout):
                raise TimeoutError(what or "it did not happen in time")


def new_world(hub: Hub) -> World:
    """A world with its people and its CI, nothing else yet; threads are not started."""
    actions = new_app(hub, ACTIONS, {"checks": "write"}, first_party=True)
    courier, ci = Courier(hub), CI(hub, actions)
    hub.mailer, hub.watcher = courier, ci
    for login in PEOPLE:
        hub.user(login)
    return World(hub, courier, ci, Faults())
