"""The stand-in's memory: every record, one lock, and how they are found."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from app.sandbox.github.git_store import GitStore
from app.sandbox.github.model import (
    App,
    Comment,
    Delivery,
    Deployment,
    Installation,
    Leave,
    MadeApp,
    Pull,
    Refusal,
    Repo,
    Review,
    Run,
    Status,
    Suite,
    Token,
    User,
)


class Mailer(Protocol):
    """Takes a webhook delivery to its App, later and in order."""

    def post(self, delivery: Delivery) -> None: ...


class Watcher(Protocol):
    """Is told of every push head, as a CI service is."""

    def pushed(self, repo: Repo, branch: str, before: str, after: str) -> None: ...


class Hub:
    """
    All state of one sandbox. Hold `lock` to read or write; every record has a world-wide id.

    Ids rise in the order of creation, as GitHub's do, so that they order comments and runs.
    """

    def __init__(self, root: Path, now: Callable[[], datetime]) -> None:
        self.root = root
        self.now = now
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.version = 0
        self.url = "http://127.0.0.1"
        self.run_details: Literal["known", "ignored", "refused"] = "known"
        """Whether `return_run_details` is known: GHES up to 3.19 does not describe it."""
        self.lists_at_once = True  # a workflow's list has a run as soon as that was asked for
        self.names_suffice = False  # people push over HTTP by their name, without a password
        self.users: dict[str, User] = {}
        self.teams: dict[tuple[str, str], dict[str, str]] = {}
        """By organisation and slug: logins, and whether they are `active` or `pending` there."""
        self.apps: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, Token] = {}
        self.codes: dict[str, MadeApp] = {}
        self.tokens_settle = timedelta()  # so long after it was made a token is refused
        self.unsettled = (404, "Not Found")
        self.requests_left = 4999  # of each installation, of the 5,000 of its hour
        self.repos: dict[int, Repo] = {}
        self.suites: dict[int, Suite] = {}
        self.runs: dict[int, Run] = {}
        self.statuses: list[Status] = []
        self.deployments: dict[int, Deployment] = {}
        self.leaves: list[Leave] = []
        self.pulls: dict[tuple[int, int], Pull] = {}
        self.reviews: list[Review] = []
        self.comments: dict[int, Comment] = {}
        self.deliveries: list[Delivery] = []
        self.mailer: Mailer | None = None
        self.watcher: Watcher | None = None
        self._writers: dict[int, threading.RLock] = {}
        self._ids: Iterator[int] = itertools.count(1001)

    @property
    def api(self) -> str:
        return f"{self.url}/api/v3"

    def next_id(self) -> int:
        return next(self._ids)

    def touch(self) -> None:
        """Something that people see has changed: wake the page and whoever waits."""
        with self.changed:
            self.version += 1
            self.changed.notify_all()

    def writer(self, repo: Repo) -> threading.RLock:
        """Held by whoever moves refs of that repository."""
        with self.lock:
            return self._writers.setdefault(repo.id, threading.RLock())

    def user(self, login: str, kind: str = "User", name: str | None = None) -> User:
        """The user of that login, made on first mention."""
        with self.lock:
            known = self.users.get(login.lower())
            if known is None:
                token = f"ghp_{secrets.token_hex(18)}" if kind == "User" else ""
                shown = name or login.replace("[bot]", "").capitalize()
                known = User(self.next_id(), login, shown, kind, token)
                self.users[login.lower()] = known
            return known

    def repo(self, name: str | int | Repo) -> Repo:
        """By numeric id or ``owner/name`` (any case). Refusal 404 when there is none."""
        if isinstance(name, Repo):
            return name
        with self.lock:
            for repo in list(self.repos.values()):
                wanted = name in (repo.id, str(repo.id))
                if wanted or repo.full_name.lower() == str(name).lower():
                    return repo
        raise Refusal(404, "Not Found")

    def app(self, slug: str) -> App:
        with self.lock:
            for app in list(self.apps.values()):
                if app.slug == slug:
                    return app
        raise Refusal(404, "Not Found")

    def git(self, repo: Repo) -> GitStore:
        """A fresh handle on the bare repository: handles are never shared between threads."""
        return GitStore(repo.path)

    def installed(self, repo: Repo) -> list[Installation]:
        """The installations that see this repository, suspended ones too."""
        return [
            installation
            for installation in list(self.installations.values())
            if repo.id in installation.repo_ids
        ]

    def runs_of(self, repo: Repo, sha: str) -> list[Run]:
        """All check runs of a commit, oldest first."""
        with self.lock:
            return [
                r for r in list(self.runs.values()) if (r.repo_id, r.head_sha) == (repo.id, sha)
            ]

    def suites_of(self, repo: Repo, sha: str) -> list[Suite]:
        with self.lock:
            return [
                s for s in list(self.suites.values()) if (s.repo_id, s.head_sha) == (repo.id, sha)
            ]

    def pulls_of(self, repo: Repo, state: str = "all") -> list[Pull]:
        """Pull requests, newest first."""
        with self.lock:
            pulls = [p for p in list(self.pulls.values()) if p.repo_id == repo.id]
        return [p for p in reversed(pulls) if state in ("all", p.state)]

    def pull(self, repo: Repo, number: int) -> Pull:
        with self.lock:
            pull = self.pulls.get((repo.id, number))
        if pull is None:
            raise Refusal(404, "Not Found")
        return pull

    def comments_of(self, repo: Repo) -> list[Comment]:
        """Comments on pull requests and commits, by rising id."""
        with self.lock:
            return [c for c in list(self.comments.values()) if c.repo_id == repo.id]

    def statuses_of(self, repo: Repo, sha: str) -> list[Status]:
        """Statuses of a commit, newest first."""
        with self.lock:
            statuses = [s for s in self.statuses if (s.repo_id, s.sha) == (repo.id, sha)]
        return statuses[::-1]
