"""What the page shows, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from app.sandbox.github.git_store import CommitInfo
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Repo, Run, Status
from app.sandbox.github.payloads.commits import account_of

ICONS = {
    "success": ("✓", "good"),
    "failure": ("✕", "bad"),
    "error": ("✕", "bad"),
    "timed_out": ("⏱", "bad"),
    "action_required": ("!", "warn"),
    "cancelled": ("⊘", "dim"),
    "skipped": ("↷", "dim"),
    "stale": ("…", "dim"),
    "neutral": ("■", "dim"),
    "in_progress": ("●", "busy"),
    "queued": ("○", "wait"),
    "pending": ("○", "wait"),
}


@dataclass(frozen=True, slots=True)
class RunView:
    """A check run, or a commit status in its shape."""

    id: int | None
    name: str
    app: str
    state: str
    title: str
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class CommitView:
    info: CommitInfo
    author: str
    runs: tuple[RunView, ...]
    pull_numbers: tuple[int, ...]
    body: str

    @property
    def sha(self) -> str:
        return self.info.sha

    @property
    def short(self) -> str:
        return self.info.sha[:7]


def icon(state: str) -> tuple[str, str]:
    """A sign and a CSS class for a status or conclusion."""
    return ICONS.get(state, ("?", "dim"))


def run(hub: Hub, check_run: Run) -> RunView:
    state = check_run.conclusion or check_run.status
    return RunView(
        check_run.id,
        check_run.name,
        hub.apps[check_run.app_id].slug,
        state,
        check_run.title or "",
        check_run,
    )


def _status(status: Status) -> RunView:
    return RunView(
        None, status.context, status.creator.login, status.state, status.description or ""
    )


def _runs(hub: Hub, repo: Repo, sha: str) -> tuple[RunView, ...]:
    newest = {(r.app_id, r.name): r for r in hub.runs_of(repo, sha)}
    statuses = {s.context: s for s in reversed(hub.statuses_of(repo, sha))}
    shown = [run(hub, check_run) for check_run in newest.values()] + [
        _status(s) for s in statuses.values()
    ]
    return tuple(sorted(shown, key=lambda view: view.name))


def commit(hub: Hub, repo: Repo, info: CommitInfo) -> CommitView:
    account = account_of(hub, info.author)
    numbers = [p.number for p in hub.pulls_of(repo) if info.sha in (p.merge_sha, p.head_sha)]
    return CommitView(
        info,
        account.login if account else info.author.name,
        _runs(hub, repo, info.sha),
        tuple(numbers),
        info.message.partition("\n")[2].strip(),
    )


def commits(hub: Hub, repo: Repo, tip: str | None, limit: int = 60) -> list[CommitView]:
    """Newest first; empty for a branch that does not exist (yet)."""
    if tip is None:
        return []
    return [commit(hub, repo, info) for info in hub.git(repo).log(tip, limit=limit)]
