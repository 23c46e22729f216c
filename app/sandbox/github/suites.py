"""Check suites: one for each App and commit, as GitHub makes them on a push."""

from __future__ import annotations

from app.sandbox.github import events
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import App, Refusal, Repo, Suite, User
from app.sandbox.github.payloads import checks


def ensure(
    hub: Hub, repo: Repo, app: App, sha: str, branch: str | None = None, before: str | None = None
) -> Suite:
    """The App's suite on that commit, made when there is none yet."""
    with hub.lock:
        for suite in hub.suites_of(repo, sha):
            if suite.app_id == app.id:
                return suite
        if branch is None:
            tips = hub.git(repo).branches().items()
            branch = next((name for name, tip in tips if tip == sha), None)
        return create(hub, repo, app, sha, branch, before)


def create(
    hub: Hub, repo: Repo, app: App, sha: str, branch: str | None, before: str | None
) -> Suite:
    """A further suite: GitHub Actions has one for each run of a workflow."""
    with hub.lock:
        now = hub.now()
        made = Suite(hub.next_id(), repo.id, app.id, sha, branch, before, now, now)
        hub.suites[made.id] = made
        return made


def pushed_by(hub: Hub, repo: Repo, sha: str, pusher: User) -> None:
    """Whoever pushed is the actor of the runs that the push started."""
    with hub.lock:
        for suite in hub.suites.values():
            if (suite.repo_id, suite.head_sha, suite.actor) == (repo.id, sha, None):
                suite.actor = pusher


def request(hub: Hub, repo: Repo, branch: str, before: str | None, sha: str) -> None:
    """After a push: a suite for each App that may write checks, and its `requested` event."""
    for installation in hub.installed(repo):
        app = hub.apps[installation.app_id]
        writes = installation.permissions.get("checks") == "write"
        if not writes or app.first_party or installation.suspended_at is not None:
            continue
        known = len(hub.suites)
        suite = ensure(hub, repo, app, sha, branch, before)
        if len(hub.suites) > known:
            send(hub, repo, suite, "requested", repo.owner, only_app=app.id)


def send(
    hub: Hub, repo: Repo, suite: Suite, action: str, sender: User, only_app: int | None = None
) -> None:
    """Send `check_suite` with that action."""
    body = {"action": action, "check_suite": checks.suite(hub, repo, suite)}
    events.emit(hub, repo, "check_suite", body, sender, only_app)


def rerequest(hub: Hub, repo: Repo, suite_id: int, sender: User) -> Suite:
    """Somebody asks for all checks of a suite again: only its App can act on that."""
    with hub.lock:
        suite = hub.suites.get(suite_id)
        if suite is None or suite.repo_id != repo.id:
            raise Refusal(404, "Not Found")
        suite.requested, suite.updated_at = True, hub.now()
        send(hub, repo, suite, "rerequested", sender, only_app=suite.app_id)
        hub.touch()
        return suite


def settle(hub: Hub, repo: Repo, suite: Suite, was: str, sender: User) -> None:
    """Send `completed` when the last unfinished run of a suite has ended."""
    suite.updated_at = hub.now()
    status, _ = checks.state_of(hub, suite)
    if status == "completed" and was != "completed":
        send(hub, repo, suite, "completed", sender)
