"""Who is examined: every question is asked once, whatever number of lines needs the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol, TypeVar

from app.core.config import parse
from app.core.config.starter.found import WORKFLOWS
from app.core.config.starter.workflows import Job, jobs_of
from app.core.model.facts import RepoFact
from app.core.model.installations import AppFact, InstallationFact
from app.core.model.names import Repo, Sha
from app.core.model.pipeline import Pipeline
from app.doctor.verdicts import NotKnown
from app.engine.survey.config_in_force import FILE
from app.errors import OutsideError
from app.ports import Clock
from app.ports.examination import Attempt, Examination
from app.settings import Settings

MOST_REPOSITORIES = 100
"""So many are looked into: each costs some requests of its installation's hour."""
YAML = (".yml", ".yaml")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Greeted:
    """GitHub's first answer."""

    wrong: str = ""
    """What it says is wrong; "": nothing."""
    about: str = ""
    """What *wrong* is about: the line of the doctor."""
    silent: str = ""
    """Why it did not say; "": it did."""
    server: str = ""
    """The version of a GitHub Enterprise Server; "": github.com."""
    ahead: timedelta = timedelta()
    """How far our clock is before GitHub's."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What our own address answered."""

    status: int = 0
    """Of HTTP; 0: there was no answer."""
    body: str = ""
    expires: datetime | None = None
    """When its certificate ends; None: it has none."""
    problem: str = ""
    """Why there was no answer; "": there was one."""
    untrusted: str = ""
    """Why its certificate is no good; "": it is."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The database."""

    problem: str = ""
    """Why it cannot be worked with; "": it can."""
    size: int | None = None
    """In bytes; None: not known."""


@dataclass(frozen=True, slots=True)
class Creations:
    """What an installation may still create on GitHub, by our limits."""

    installation: int
    minute: int
    """In this minute."""
    hour: int
    """In this hour."""


@dataclass(frozen=True, slots=True)
class Lent:
    """An external lock service, asked about a resource."""

    at: str
    """Host and port."""
    resource: str
    problem: str = ""
    """What is wrong with its answer, without any secret; "": it answers."""


@dataclass(frozen=True, slots=True)
class Detour:
    """The proxy to GitHub."""

    at: str = ""
    """Host and port; "": GitHub is reached directly."""
    problem: str = ""
    """Why it does not lead there, without any secret; "": it does."""


class Machine(Protocol):
    """What is not GitHub: this machine, the database, our own address."""

    def greet(self) -> Greeted: ...

    def folder(self) -> str:
        """Why the data folder cannot be written to; "" if it can."""
        ...

    def room(self) -> Mapping[str, int]:
        """`disk_free_bytes`, `mirrors` and `mirrors_bytes`, as far as they are known."""
        ...

    def database(self) -> Kept: ...

    def creations(self) -> Sequence[Creations]:
        """For each installation; `NotKnown` where the database does not say."""
        ...

    def reach(self, url: str) -> Reached: ...

    def proxy(self) -> Detour:
        """The proxy to GitHub, tried."""
        ...

    def issuer(self) -> str:
        """Why the issuer of OIDC tokens does not say its keys; "" if it does."""
        ...

    def service(self, name: str) -> Lent:
        """What the lock service of that profile answers to a question that changes nothing."""
        ...


@dataclass
class Subject:
    """
    A server by its settings. What GitHub or this machine does not answer raises `NotKnown`, in each
    line that asks.
    """

    settings: Settings | None
    """None: something is wrong with them."""
    problems: tuple[str, ...]
    """What is wrong with the settings."""
    machine: Machine | None
    examination: Examination | None
    now: Clock
    unread: list[str] = field(default_factory=list)
    """The repositories that could not be asked for their file, by name."""
    _jobs: dict[int, tuple[Job, ...]] = field(default_factory=dict)

    @property
    def known(self) -> tuple[Settings, Machine]:
        """The settings and the machine."""
        if self.settings is None or self.machine is None:
            raise NotKnown("the settings are not valid")
        return self.settings, self.machine

    @cached_property
    def greeted(self) -> Greeted:
        """What GitHub said first."""
        return self.known[1].greet()

    @cached_property
    def detour(self) -> Detour:
        """The proxy to GitHub."""
        return self.known[1].proxy()

    @property
    def github(self) -> Examination:
        """GitHub, which knows us."""
        _ = self.known
        if self.greeted.silent:
            raise NotKnown("GitHub does not answer")
        if self.greeted.wrong and self.greeted.about != "clock":
            raise NotKnown("GitHub does not know us as the App")
        if self.examination is None:
            raise NotKnown("the settings are not valid")
        return self.examination

    @cached_property
    def app(self) -> AppFact:
        """Our App."""
        return asked(self.github.app)

    @cached_property
    def installations(self) -> Sequence[InstallationFact]:
        """Where it is installed."""
        return asked(self.github.installations)

    @property
    def working(self) -> Sequence[InstallationFact]:
        """Those that are not suspended; `NotKnown` if there is none."""
        installations = [
            installation for installation in self.installations if not installation.suspended
        ]
        if not installations:
            raise NotKnown("the App is installed nowhere")
        return installations

    @cached_property
    def repositories(self) -> Sequence[RepoFact]:
        """All of them."""
        github = self.github
        return [
            repo
            for installation in self.working
            for repo in asked(lambda key=installation.id: github.repositories(key))  # type: ignore[misc]
        ]

    @cached_property
    def files(self) -> Mapping[int, bytes]:
        """
        The pipeline files of the first repositories, by the repository's number. Those that could
        not be asked for are *unread*.
        """
        github, files = self.github, {}
        for repo in self.looked_into:
            try:
                data = github.read_file(repo.repo, Sha(repo.default_branch), FILE)
            except OutsideError:
                self.unread.append(repo.repo.full_name)
                continue
            if data is not None:
                files[repo.repo.id] = data
        return files

    @cached_property
    def pipelines(self) -> Sequence[tuple[RepoFact, Pipeline]]:
        """The repositories whose file is valid, with their pipelines; `NotKnown` without any."""
        valid = []
        for repo in self.looked_into:
            data = self.files.get(repo.repo.id)
            pipeline = None if data is None else parse(data, repo.default_branch).pipeline
            if pipeline is not None:
                valid.append((repo, pipeline))
        if not valid:
            raise NotKnown(f"no repository has a valid {FILE}")
        return valid

    def jobs(self, repo: RepoFact) -> tuple[Job, ...]:
        """The jobs of the workflows on the default branch."""
        github, tip = self.github, Sha(repo.default_branch)
        if repo.repo.id not in self._jobs:
            jobs: tuple[Job, ...] = ()
            for name in asked(lambda: github.files_in(repo.repo, tip, WORKFLOWS[:-1])):
                path = f"{WORKFLOWS}{name}"
                data = _read(github, repo.repo, tip, path) if name.endswith(YAML) else None
                jobs += (jobs_of(name, data) or ()) if data else ()
            self._jobs[repo.repo.id] = jobs
        return self._jobs[repo.repo.id]

    @property
    def looked_into(self) -> Sequence[RepoFact]:
        """Those whose files are read."""
        return [repo for repo in self.repositories if repo.default_branch][:MOST_REPOSITORIES]

    @cached_property
    def attempts(self) -> Sequence[Attempt]:
        """GitHub's newest attempts to deliver."""
        return asked(self.github.attempts)

    @cached_property
    def public(self) -> Reached:
        """What our own address answers."""
        settings, machine = self.known
        if settings.public_url is None:
            raise NotKnown("STAGELOCK_PUBLIC_URL is not set")
        return machine.reach(f"{settings.public_url}/healthz")


def asked(question: Callable[[], T]) -> T:
    """The answer; `NotKnown` where there is none."""
    try:
        return question()
    except OutsideError as error:
        raise NotKnown(error.message) from error


def _read(github: Examination, repo: Repo, tip: Sha, path: str) -> bytes | None:
    return asked(lambda: github.read_file(repo, tip, path))
