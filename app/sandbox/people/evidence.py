"""Checks and statuses that others report: CI systems, scanners, impostors."""

from __future__ import annotations

from typing import Any

from app.sandbox.github import checks
from app.sandbox.github.model import App, Leave, Refusal, Run, Status
from app.sandbox.people.apps import new_app
from app.sandbox.people.base import Verbs

ACTIONS = "github-actions"


class EvidenceVerbs(Verbs):
    """Start, finish, set; look at what a commit has."""

    def _app(self, slug: str) -> App:
        """A CI App of that name, made on first mention; it sees every repository."""
        with self.hub.lock:
            try:
                return self.hub.app(slug)
            except Refusal:
                return new_app(self.hub, slug, {"checks": "write"}, first_party=True)

    def start_check(
        self,
        repo: str,
        sha: str,
        name: str,
        app: str = ACTIONS,
        status: str = "in_progress",
        **fields: Any,
    ) -> Run:
        """Create an unfinished run by another App; *fields* as in `POST /check-runs`."""
        body = {"name": name, "head_sha": sha, "status": status, **fields}
        return checks.create(self.hub, self.hub.repo(repo), self._app(app), body)

    def finish_check(
        self,
        repo: str,
        sha: str,
        name: str,
        conclusion: str = "success",
        app: str = ACTIONS,
        **fields: Any,
    ) -> Run:
        """End the newest unfinished run of that name and App, or create an ended one."""
        where, owner = self.hub.repo(repo), self._app(app)
        body = {"status": "completed", "conclusion": conclusion, **fields}
        for run in reversed(self.hub.runs_of(where, sha)):
            if (run.app_id, run.name) == (owner.id, name) and run.status != "completed":
                return checks.update(self.hub, where, owner, run.id, body)
        return checks.create(self.hub, where, owner, {"name": name, "head_sha": sha, **body})

    def set_status(
        self,
        repo: str,
        sha: str,
        context: str,
        state: str = "success",
        description: str | None = None,
        by: str = "bob",
    ) -> Status:
        """Report a commit status: error, failure, pending or success."""
        fields = {"context": context, "state": state, "description": description}
        return checks.set_status(self.hub, self.hub.repo(repo), sha, fields, self.hub.user(by))

    def checks(self, repo: str, sha: str, app: str | None = None) -> list[Run]:
        """Every check run of a commit, oldest first; of one App (its slug) only, if given."""
        runs = self.hub.runs_of(self.hub.repo(repo), sha)
        return [r for r in runs if app is None or self.hub.apps[r.app_id].slug == app]

    def check(self, repo: str, sha: str, name: str) -> Run | None:
        """The newest run of that name on the commit."""
        runs = [run for run in self.checks(repo, sha) if run.name == name]
        return runs[-1] if runs else None

    def guard(self, repo: str, environment: str, *apps: str) -> None:
        """Jobs at that environment wait for the answers of these Apps; without any for nobody."""
        with self.hub.lock:
            asked = {self.hub.app(slug).id for slug in apps}
            self.hub.repo(repo).guarded[environment] = asked

    def leaves(self, repo: str, environment: str) -> list[Leave]:
        """What Apps said to jobs at the environment, oldest first."""
        where = self.hub.repo(repo).id
        with self.hub.lock:
            told = [leave for leave in self.hub.leaves if leave.environment == environment]
            return [leave for leave in told if self.hub.suites[leave.suite_id].repo_id == where]

    def statuses(self, repo: str, sha: str) -> list[Status]:
        """Statuses of a commit, newest first."""
        return self.hub.statuses_of(self.hub.repo(repo), sha)
