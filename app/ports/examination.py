"""GitHub requests that only `stagelock doctor` needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.model.facts import RepoFact
from app.core.model.installations import AppFact, InstallationFact
from app.core.model.names import Repo, Sha


@dataclass(frozen=True, slots=True)
class Hook:
    """The App's webhook: https://docs.github.com/rest/apps/webhooks."""

    url: str
    """Where GitHub sends deliveries; "": nowhere."""
    json: bool
    """They are sent as JSON, not as a form."""
    insecure: bool
    """GitHub does not check the certificate."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver: https://docs.github.com/rest/apps/webhooks."""

    id: int
    event: str
    """Its name, as in `X-GitHub-Event`."""
    at: datetime | None
    """None: GitHub does not say."""
    status: int
    """The HTTP status of our answer; 0: none came."""
    said: str
    """GitHub's words for it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What GitHub keeps of an attempt: the signature that it sent, and the payload as an object."""

    signature: str
    payload: object


@dataclass(frozen=True, slots=True)
class RequestsLeft:
    """The requests of an installation: https://docs.github.com/rest/rate-limit."""

    left: int
    """How many it has left until *reset*."""
    limit: int
    """Of how many."""
    reset: datetime


@dataclass(frozen=True, slots=True)
class BranchRule:
    """One rule in force on a branch: https://docs.github.com/rest/repos/rules."""

    kind: str
    """GitHub's word."""
    ruleset: int
    """The number of the ruleset that it is of."""
    checks: tuple[tuple[str, int | None], ...] = ()
    """Those that it requires, each with the App that has to report it; None: any."""


@dataclass(frozen=True, slots=True)
class OldProtection:
    """
    A branch protection, which is no ruleset: only its required *checks* are shown to an App.
    """

    enabled: bool
    checks: tuple[tuple[str, int | None], ...] = ()


class Examination(Protocol):
    """The part of GitHub that `stagelock doctor` reads; raises the five errors of `Forge`."""

    def app(self) -> AppFact: ...

    def installations(self) -> Sequence[InstallationFact]: ...

    def repositories(self, installation_id: int) -> Sequence[RepoFact]: ...

    def read_file(self, repo: Repo, sha: Sha, path: str) -> bytes | None: ...

    def hook(self) -> Hook:
        """The App's webhook, as GitHub has it."""
        ...

    def attempts(self) -> Sequence[Attempt]:
        """The newest attempts to deliver, newest first: one page of them."""
        ...

    def sent(self, attempt: int) -> Sent: ...

    def requests_left(self, installation_id: int) -> RequestsLeft: ...

    def branch_rules(self, repo: Repo, branch: str) -> Sequence[BranchRule]:
        """What rulesets have in force there; a branch that is not there yet has rules, too."""
        ...

    def bypass(self, repo: Repo, ruleset: int) -> str:
        """Whether our App may pass a ruleset by, in GitHub's word; "" where it does not say."""
        ...

    def protection(self, repo: Repo, branch: str) -> OldProtection:
        """Missing where there is no such branch."""
        ...

    def deletes_heads(self, repo: Repo) -> bool | None:
        """Whether branches are deleted when their pull request is merged; None where unknown."""
        ...

    def files_in(self, repo: Repo, sha: Sha, folder: str) -> Sequence[str]:
        """The names of the regular files of a folder; none where there is no such folder."""
        ...

    def reviewed_environments(self, repo: Repo) -> frozenset[str]:
        """The environments whose deployments wait for a person's review."""
        ...
