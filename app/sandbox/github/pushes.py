"""What follows when refs move: events, check suites, pull requests, CI."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.sandbox.github import events, forks, suites
from app.sandbox.github.git_store import ZERO, GitStore
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Pull, Repo, User
from app.sandbox.github.payloads import basic, pulls
from app.sandbox.github.payloads.commits import pushed_commit

_HEADS, _TAGS = "refs/heads/", "refs/tags/"


@contextmanager
def writing(hub: Hub, repo: Repo, pusher: User) -> Iterator[GitStore]:
    """
    Whatever moves refs of a repository does it in here, one writer at a time.

    At the end the refs are compared with what they were, and every change is told. Take this
    before the hub's lock, never while holding it.
    """
    with hub.writer(repo):
        git = hub.git(repo)
        before = git.refs()
        try:
            yield git
        finally:
            record(hub, repo, before, hub.git(repo).refs(), pusher)


def record(
    hub: Hub, repo: Repo, before: dict[str, str], after: dict[str, str], pusher: User
) -> None:
    """Tell Apps, pull requests and CI about every branch and tag that moved."""
    for ref in sorted({*before, *after}):
        old, new = before.get(ref), after.get(ref)
        if old == new or not ref.startswith((_HEADS, _TAGS)):
            continue
        with hub.lock:
            repo.pushed_at = hub.now()
            _tell(hub, repo, ref, old, new, pusher)
            hub.touch()
        if ref.startswith(_HEADS) and new is not None and hub.watcher is not None:
            hub.watcher.pushed(repo, ref.removeprefix(_HEADS), old or ZERO, new)
            suites.pushed_by(hub, repo, new, pusher)


def _tell(hub: Hub, repo: Repo, ref: str, old: str | None, new: str | None, pusher: User) -> None:
    kind = "branch" if ref.startswith(_HEADS) else "tag"
    name = ref.removeprefix(_HEADS).removeprefix(_TAGS)
    if old is None or new is None:
        body: dict[str, Any] = {"ref": name, "ref_type": kind, "pusher_type": "user"}
        if old is None:
            body |= {"master_branch": repo.default_branch, "description": None}
        events.emit(hub, repo, "create" if old is None else "delete", body, pusher)
    events.emit(hub, repo, "push", push_body(hub, repo, ref, old, new, pusher), pusher)
    if kind != "branch":
        return
    if new is not None:
        suites.request(hub, repo, name, old, new)
    _heads_moved(hub, repo, name, new, pusher)
    if new is not None:
        _bases_moved(hub, repo, name, new, pusher)


def push_body(
    hub: Hub, repo: Repo, ref: str, old: str | None, new: str | None, pusher: User
) -> dict[str, Any]:
    """The `push` event. https://docs.github.com/webhooks/webhook-events-and-payloads#push"""
    git, html = hub.git(repo), f"{hub.url}/{repo.full_name}"
    listed: list[dict[str, Any]] = []
    head = None
    if new is not None and git.resolve(new) is not None:
        known = old or git.tip(repo.default_branch)
        hide = None if known == new else known
        infos = git.log(new, hide=hide, limit=2048) if known != new else []
        listed = [pushed_commit(hub, repo, git, commit) for commit in reversed(infos)]
        head = pushed_commit(hub, repo, git, git.commit(new))
    full = basic.repository(hub, repo)
    full |= {
        "created_at": int(repo.created_at.timestamp()),
        "pushed_at": int(repo.pushed_at.timestamp()),
        "stargazers": 0,
        "master_branch": repo.default_branch,
        "url": html,
        "owner": {**full["owner"], "name": repo.owner.login, "email": repo.owner.email},
    }
    forced = old is not None and new is not None and not git.contains(new, old)
    return {
        "ref": ref,
        "before": old or ZERO,
        "after": new or ZERO,
        "created": old is None,
        "deleted": new is None,
        "forced": forced,
        "base_ref": None,
        "compare": f"{html}/compare/{(old or ZERO)[:12]}...{(new or ZERO)[:12]}",
        "commits": listed,
        "head_commit": head,
        "repository": full,
        "pusher": {"name": pusher.login, "email": pusher.email},
    }


def pull_event(hub: Hub, repo: Repo, pull: Pull, action: str, sender: User, **more: Any) -> None:
    """Send `pull_request` with that action."""
    shown = pulls.pull_in_detail(hub, repo, pull)
    body = {"action": action, "number": pull.number, "pull_request": shown, **more}
    events.emit(hub, repo, "pull_request", body, sender)
    hub.touch()


def _heads_moved(hub: Hub, repo: Repo, branch: str, new: str | None, pusher: User) -> None:
    for where, pull in forks.proposing(hub, repo, branch):
        forks.take(hub, where, repo, branch, pull.number)
        base = hub.git(where).tip(pull.base)
        if new is None or base is None or hub.git(where).contains(base, new):
            close(hub, where, pull, pusher)
            continue
        if new == pull.head_sha:  # the branch was renamed
            continue
        before, pull.head_sha, pull.base_sha = pull.head_sha, new, base
        pull.updated_at = hub.now()
        pull_event(hub, where, pull, "synchronize", pusher, before=before, after=new)


def _bases_moved(hub: Hub, repo: Repo, branch: str, new: str, pusher: User) -> None:
    """A pull request whose head became part of its base has been merged, by whatever means."""
    git = hub.git(repo)
    for pull in hub.pulls_of(repo, "open"):
        if pull.base == branch and git.contains(new, pull.head_sha):
            close(hub, repo, pull, pusher, merged_as=new)


def close(hub: Hub, repo: Repo, pull: Pull, by: User, merged_as: str | None = None) -> None:
    """Close a pull request, as merged when *merged_as* names the commit that holds it."""
    now = hub.now()
    pull.state, pull.closed_at, pull.updated_at = "closed", now, now
    if merged_as is not None:
        pull.merged_at, pull.merged_by, pull.merge_sha = now, by, merged_as
    pull_event(hub, repo, pull, "closed", by)
