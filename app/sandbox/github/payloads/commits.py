"""Commits, statuses, branches, and the comments on commits."""

from __future__ import annotations

from typing import Any

from app.sandbox.github.git_store import Change, CommitInfo, GitStore, Person
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Comment, Protection, Repo, Status, User
from app.sandbox.github.payloads.basic import Json, node_id, stamp, user


def account_of(hub: Hub, person: Person) -> User | None:
    """The account behind a commit's author, found by its address."""
    return next((u for u in list(hub.users.values()) if u.email == person.email), None)


def _account(hub: Hub, person: Person) -> Json | None:
    account = account_of(hub, person)
    return None if account is None else user(hub, account)


def _signature(person: Person, when: Any) -> Json:
    return {"name": person.name, "email": person.email, "date": stamp(when)}


def commit(hub: Hub, repo: Repo, info: CommitInfo, files: list[Change] | None = None) -> Json:
    """A commit as REST and the `status` event show it."""
    api, html = f"{hub.api}/repos/{repo.full_name}", f"{hub.url}/{repo.full_name}"
    shown: Json = {
        "sha": info.sha,
        "node_id": node_id("Commit", info.sha),
        "commit": {
            "author": _signature(info.author, info.authored_at),
            "committer": _signature(info.committer, info.committed_at),
            "message": info.message,
            "tree": {"sha": info.tree, "url": f"{api}/git/trees/{info.tree}"},
            "url": f"{api}/git/commits/{info.sha}",
            "comment_count": sum(c.sha == info.sha for c in hub.comments_of(repo)),
            "verification": {
                "verified": False,
                "reason": "unsigned",
                "signature": None,
                "payload": None,
                "verified_at": None,
            },
        },
        "url": f"{api}/commits/{info.sha}",
        "html_url": f"{html}/commit/{info.sha}",
        "comments_url": f"{api}/commits/{info.sha}/comments",
        "author": _account(hub, info.author),
        "committer": _account(hub, info.committer),
        "parents": [
            {"sha": p, "url": f"{api}/commits/{p}", "html_url": f"{html}/commit/{p}"}
            for p in info.parents
        ],
    }
    if files is not None:
        added, removed = sum(f.additions for f in files), sum(f.deletions for f in files)
        shown["stats"] = {"total": added + removed, "additions": added, "deletions": removed}
        shown["files"] = [changed_file(hub, repo, info.sha, file) for file in files]
    return shown


def changed_file(hub: Hub, repo: Repo, sha: str, file: Change) -> Json:
    html = f"{hub.url}/{repo.full_name}"
    shown: Json = {
        "sha": file.blob,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{html}/blob/{sha}/{file.path}",
        "raw_url": f"{html}/raw/{sha}/{file.path}",
        "contents_url": f"{hub.api}/repos/{repo.full_name}/contents/{file.path}?ref={sha}",
    }
    if file.patch:
        shown["patch"] = "@@" + file.patch
    if file.old_path != file.path:
        shown["previous_filename"] = file.old_path
    return shown


def pushed_commit(hub: Hub, repo: Repo, git: GitStore, info: CommitInfo) -> Json:
    """A commit as the `push` event lists it."""
    parent = info.parents[0] if info.parents else None
    files = git.changes(parent, info.sha)

    def person(who: Person) -> Json:
        known = account_of(hub, who)
        shown: Json = {"name": who.name, "email": who.email, "date": stamp(info.authored_at)}
        return shown if known is None else {**shown, "username": known.login}

    return {
        "id": info.sha,
        "tree_id": info.tree,
        "distinct": True,
        "message": info.message,
        "timestamp": info.committed_at.isoformat(),
        "url": f"{hub.url}/{repo.full_name}/commit/{info.sha}",
        "author": person(info.author),
        "committer": person(info.committer),
        "added": [f.path for f in files if f.status in {"added", "renamed", "copied"}],
        "removed": [f.path for f in files if f.status == "removed"]
        + [f.old_path for f in files if f.status == "renamed"],
        "modified": [f.path for f in files if f.status == "modified"],
    }


def branch(hub: Hub, repo: Repo, name: str, sha: str) -> Json:
    """A branch in short, as lists and the `status` event have it."""
    return {
        "name": name,
        "commit": {"sha": sha, "url": f"{hub.api}/repos/{repo.full_name}/commits/{sha}"},
        "protected": name in repo.protected,
    }


def branch_in_detail(hub: Hub, repo: Repo, name: str, info: CommitInfo) -> Json:
    api = f"{hub.api}/repos/{repo.full_name}/branches/{name}"
    return {
        "name": name,
        "commit": commit(hub, repo, info),
        "_links": {"self": api, "html": f"{hub.url}/{repo.full_name}/tree/{name}"},
        "protected": name in repo.protected,
        "protection": _protection(repo.protected.get(name)),
        "protection_url": f"{api}/protection",
    }


def _protection(rule: Protection | None) -> Json:
    """What anybody may read of a branch protection: its checks, not its reviews; no ruleset."""
    if rule is None or not rule.classic:
        off = {"enforcement_level": "off", "contexts": [], "checks": []}
        return {"enabled": False, "required_status_checks": off}
    names = list(rule.required_checks)
    checks = [{"context": name, "app_id": rule.required_app} for name in names]
    level = "non_admins" if names else "off"
    on = {"enforcement_level": level, "contexts": names, "checks": checks}
    return {"enabled": True, "required_status_checks": on}


def status(hub: Hub, repo: Repo, commit_status: Status) -> Json:
    return {
        "url": f"{hub.api}/repos/{repo.full_name}/statuses/{commit_status.sha}",
        "avatar_url": user(hub, commit_status.creator)["avatar_url"],
        "id": commit_status.id,
        "node_id": node_id("StatusContext", commit_status.id),
        "state": commit_status.state,
        "description": commit_status.description,
        "target_url": commit_status.target_url,
        "context": commit_status.context,
        "created_at": stamp(commit_status.created_at),
        "updated_at": stamp(commit_status.created_at),
        "creator": user(hub, commit_status.creator),
    }


def reactions(comment: Comment, url: str) -> Json:
    """The tally below a comment."""
    names = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")
    tally: Json = {n: sum(r.content == n for r in comment.reactions) for n in names}
    return {"url": f"{url}/reactions", "total_count": len(comment.reactions), **tally}


def commit_comment(hub: Hub, repo: Repo, comment: Comment) -> Json:
    api = f"{hub.api}/repos/{repo.full_name}/comments/{comment.id}"
    return {
        "html_url": f"{hub.url}/{repo.full_name}/commit/{comment.sha}#commitcomment-{comment.id}",
        "url": api,
        "id": comment.id,
        "node_id": node_id("CommitComment", comment.id),
        "body": comment.body,
        "path": None,
        "position": None,
        "line": None,
        "commit_id": comment.sha,
        "user": user(hub, comment.user),
        "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at),
        "author_association": association(repo, comment.user),
        "reactions": reactions(comment, api),
    }


def association(repo: Repo, who: User) -> str:
    if who.kind == "Bot":
        return "NONE"
    role = repo.roles.get(who.login.lower(), "none")
    return {"none": "NONE", "read": "CONTRIBUTOR", "admin": "OWNER"}.get(role, "COLLABORATOR")
