"""What surrounds a repository: its installation, and what this server knows besides."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.model.installations import InstallationFact
from app.core.model.lock_services import ServicesKnown
from app.core.model.names import Repo
from app.engine.survey.organizations import Neighbours
from app.ports import LockServices, Store


@dataclass(frozen=True, slots=True)
class Around:
    """*installation*: None where nobody knows it."""

    installation: InstallationFact | None = None
    services: ServicesKnown = field(default_factory=ServicesKnown)
    neighbours: Neighbours | None = None

    @property
    def account_id(self) -> int:
        """The number of the account that the repository belongs to; 0: not known."""
        return self.installation.account_id if self.installation is not None else 0


def around(store: Store, repo: Repo, services: LockServices) -> Around:
    """What is so now."""
    terms = {name: service.terms for name, service in services.by_name.items()}
    alone = not terms or len(store.installs.all()) <= 1
    known = ServicesKnown(terms, alone)
    return Around(store.installs.get(repo.installation_id), known, Neighbours(store, repo))
