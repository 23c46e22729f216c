"""Users, repositories, Apps, installations."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from app.sandbox.github.hub import Hub
from app.sandbox.github.model import App, Installation, Repo, User

Json = dict[str, Any]

_USER_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_REPO_LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def stamp(when: datetime | None) -> str | None:
    """A time as GitHub writes it, to the second, or None."""
    return None if when is None else when.strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, number: int | str) -> str:
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def user(hub: Hub, who: User) -> Json:
    api = f"{hub.api}/users/{who.login}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": node_id("User", who.id),
        "avatar_url": f"{hub.url}/static/avatar.svg?u={who.id}",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{hub.url}/{who.login}",
        **{key: api + tail for key, tail in _USER_LINKS.items()},
        "type": who.kind,
        "site_admin": False,
    }


def organization(hub: Hub, who: User) -> Json:
    """What webhooks of an organisation's repositories carry beside the repository."""
    api = f"{hub.api}/orgs/{who.login}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": node_id("Organization", who.id),
        "url": api,
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events",
        "hooks_url": f"{api}/hooks",
        "issues_url": f"{api}/issues",
        "members_url": f"{api}/members{{/member}}",
        "public_members_url": f"{api}/public_members{{/member}}",
        "avatar_url": f"{hub.url}/static/avatar.svg?u={who.id}",
        "description": "",
    }


def minimal_repo(repo: Repo) -> Json:
    """What installations and their webhooks list."""
    return {
        "id": repo.id,
        "node_id": node_id("Repository", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
    }


def repository(hub: Hub, repo: Repo) -> Json:
    """The full repository object."""
    api, html = f"{hub.api}/repos/{repo.full_name}", f"{hub.url}/{repo.full_name}"
    open_pulls = len(hub.pulls_of(repo, "open"))
    return {
        **minimal_repo(repo),
        "owner": user(hub, repo.owner),
        "html_url": html,
        "description": None,
        "fork": repo.parent_id is not None,
        "url": api,
        **{key: api + tail for key, tail in _REPO_LINKS.items()},
        "created_at": stamp(repo.created_at),
        "updated_at": stamp(repo.pushed_at),
        "pushed_at": stamp(repo.pushed_at),
        "git_url": f"git://127.0.0.1/{repo.full_name}.git",
        "ssh_url": f"git@127.0.0.1:{repo.full_name}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        "homepage": None,
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": None,
        "has_issues": True,
        "has_projects": False,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "has_pull_requests": True,
        "forks_count": 0,
        "mirror_url": None,
        "archived": repo.archived,
        "disabled": False,
        "open_issues_count": open_pulls,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "custom_properties": {},
        "visibility": "private" if repo.private else "public",
        "forks": 0,
        "open_issues": open_pulls,
        "watchers": 0,
        "default_branch": repo.default_branch,
    }


def repository_in_detail(hub: Hub, repo: Repo) -> Json:
    """`GET /repos/{owner}/{repo}`: with the ways to merge."""
    return {
        **repository(hub, repo),
        "network_count": 0,
        "subscribers_count": 0,
        "allow_merge_commit": "merge" in repo.merge_methods,
        "allow_squash_merge": "squash" in repo.merge_methods,
        "allow_rebase_merge": "rebase" in repo.merge_methods,
        "allow_auto_merge": False,
        "allow_update_branch": False,
        "delete_branch_on_merge": repo.deletes_heads,
    }


def app(hub: Hub, registered: App) -> Json:
    return {
        "id": registered.id,
        "slug": registered.slug,
        "node_id": node_id("App", registered.id),
        "client_id": f"Iv1.{registered.id:016x}",
        "owner": user(hub, registered.owner),
        "name": registered.name or registered.slug,
        "description": "",
        "external_url": f"{hub.url}/apps/{registered.slug}",
        "html_url": f"{hub.url}/apps/{registered.slug}",
        "created_at": stamp(registered.created_at),
        "updated_at": stamp(registered.created_at),
        "permissions": registered.permissions,
        "events": list(registered.events),
    }


def installation(hub: Hub, installed: Installation) -> Json:
    return {
        "id": installed.id,
        "client_id": f"Iv1.{installed.app_id:016x}",
        "account": user(hub, installed.account),
        "repository_selection": "selected",
        "access_tokens_url": f"{hub.api}/app/installations/{installed.id}/access_tokens",
        "repositories_url": f"{hub.api}/installation/repositories",
        "html_url": f"{hub.url}/settings/installations/{installed.id}",
        "app_id": installed.app_id,
        "app_slug": hub.apps[installed.app_id].slug,
        "target_id": installed.account.id,
        "target_type": installed.account.kind,
        "permissions": installed.permissions,
        "events": list(installed.events),
        "created_at": stamp(installed.created_at),
        "updated_at": stamp(installed.suspended_at or installed.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None if installed.suspended_at is None else user(hub, installed.account),
        "suspended_at": stamp(installed.suspended_at),
    }
