"""What surrounds a repository: its installation, and what this server knows besides."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.model.installations import InstallationFact
from app.core.model.lock_services import ServicesKnown
from app.core.model.names import Repo, Sha
from app.core.model.organization_locks import HOME
from app.core.model.snapshot import ConfigState
from app.engine.survey.home_file import with_home
from app.engine.survey.organizations import Neighbours
from app.ports import GitRepo, LockServices, Store


@dataclass(frozen=True, slots=True)
class Around:
    """What is known besides the repository itself."""

    installation: InstallationFact | None = None
    """None: nobody knows it."""
    services: ServicesKnown = field(default_factory=ServicesKnown)
    neighbours: Neighbours | None = None
    is_home: bool = False
    """This repository defines the lock groups of an organisation."""

    @property
    def account_id(self) -> int:
        """The number of the account that the repository belongs to; 0: not known."""
        return self.installation.account_id if self.installation is not None else 0

    def with_home(
        self, git: GitRepo, config: ConfigState, tip: Sha | None, branch: str
    ) -> ConfigState:
        """*config* with the lock groups that are defined here, at the *tip* of default *branch*."""
        return with_home(git, config, tip, branch) if self.is_home else config


def around(store: Store, repo: Repo, services: LockServices) -> Around:
    """What is so now."""
    terms = {name: service.terms for name, service in services.by_name.items()}
    alone = not terms or len(store.installs.all()) <= 1
    known = ServicesKnown(terms, alone)
    own = store.installs.get(repo.installation_id)
    is_home = repo.name == HOME and own is not None and own.organization
    return Around(own, known, Neighbours(store, repo), is_home)
