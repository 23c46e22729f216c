"""Pull requests, reviews, and the comments on pull requests."""

from __future__ import annotations

from app.sandbox.github import merging
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Comment, Pull, Repo, Review, User
from app.sandbox.github.payloads.basic import Json, app, node_id, repository, stamp, user
from app.sandbox.github.payloads.commits import association, reactions


def pull_in_short(hub: Hub, repo: Repo, pull_request: Pull) -> Json:
    """As check runs and suites list it."""
    api = f"{hub.api}/repos/{repo.full_name}"
    where = {"id": repo.id, "url": api, "name": repo.name}
    return {
        "url": f"{api}/pulls/{pull_request.number}",
        "id": pull_request.id,
        "number": pull_request.number,
        "head": {"ref": pull_request.head, "sha": pull_request.head_sha, "repo": where},
        "base": {"ref": pull_request.base, "sha": pull_request.base_sha, "repo": where},
    }


def _side(hub: Hub, repo: Repo | None, ref: str, sha: str) -> Json:
    """One end; the repository of a head is None once the fork was deleted."""
    return {
        "label": f"{repo.owner.login}:{ref}" if repo else f"unknown repository:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(hub, repo.owner) if repo else None,
        "repo": repository(hub, repo) if repo else None,
    }


def pull(hub: Hub, repo: Repo, pull_request: Pull) -> Json:
    """A pull request as lists have it."""
    api, html = f"{hub.api}/repos/{repo.full_name}", f"{hub.url}/{repo.full_name}"
    links = {
        "self": f"{api}/pulls/{pull_request.number}",
        "html": f"{html}/pull/{pull_request.number}",
        "issue": f"{api}/issues/{pull_request.number}",
        "comments": f"{api}/issues/{pull_request.number}/comments",
        "review_comments": f"{api}/pulls/{pull_request.number}/comments",
        "review_comment": f"{api}/pulls/comments{{/number}}",
        "commits": f"{api}/pulls/{pull_request.number}/commits",
        "statuses": f"{api}/statuses/{pull_request.head_sha}",
    }
    return {
        "url": links["self"],
        "id": pull_request.id,
        "node_id": node_id("PullRequest", pull_request.id),
        "html_url": links["html"],
        "diff_url": f"{links['html']}.diff",
        "patch_url": f"{links['html']}.patch",
        "issue_url": links["issue"],
        "number": pull_request.number,
        "state": pull_request.state,
        "locked": False,
        "title": pull_request.title,
        "user": user(hub, pull_request.user),
        "body": pull_request.body,
        "created_at": stamp(pull_request.created_at),
        "updated_at": stamp(pull_request.updated_at),
        "closed_at": stamp(pull_request.closed_at),
        "merged_at": stamp(pull_request.merged_at),
        "merge_commit_sha": pull_request.merge_sha,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "labels": [],
        "milestone": None,
        "draft": pull_request.draft,
        "commits_url": links["commits"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"],
        "comments_url": links["comments"],
        "statuses_url": links["statuses"],
        "head": _side(
            hub, hub.repos.get(pull_request.head_repo_id), pull_request.head, pull_request.head_sha
        ),
        "base": _side(hub, repo, pull_request.base, pull_request.base_sha),
        "_links": {name: {"href": href} for name, href in links.items()},
        "author_association": association(repo, pull_request.user),
        "auto_merge": None,
        "active_lock_reason": None,
    }


def pull_in_detail(hub: Hub, repo: Repo, pull_request: Pull) -> Json:
    """A single pull request: with its size, and whether it can be merged."""
    git = hub.git(repo)
    files = merging.files(git, pull_request)
    mergeable, state = merging.mergeability(hub, repo, pull_request)
    return {
        **pull(hub, repo, pull_request),
        "merged": pull_request.merged_at is not None,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": state,
        "merged_by": None if pull_request.merged_by is None else user(hub, pull_request.merged_by),
        "comments": sum(c.number == pull_request.number for c in hub.comments_of(repo)),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": len(merging.commits(git, pull_request)),
        "additions": sum(f.additions for f in files),
        "deletions": sum(f.deletions for f in files),
        "changed_files": len(files),
    }


def issue_events(hub: Hub, repo: Repo, pull_request: Pull) -> list[Json]:
    """The events of its end; a merge names the commit that it became."""
    if pull_request.closed_at is None:
        return []
    named = (
        (("merged", pull_request.merge_sha), ("closed", None))
        if pull_request.merged_at
        else (("closed", None),)
    )
    return [
        {
            "id": pull_request.id * 10 + place,
            "node_id": node_id("IssueEvent", pull_request.id * 10 + place),
            "url": f"{hub.api}/repos/{repo.full_name}/issues/events/{pull_request.id * 10 + place}",
            "actor": user(hub, pull_request.merged_by or pull_request.user),
            "event": event,
            "commit_id": commit,
            "commit_url": commit and f"{hub.api}/repos/{repo.full_name}/commits/{commit}",
            "created_at": stamp(pull_request.closed_at),
            "performed_via_github_app": None,
        }
        for place, (event, commit) in enumerate(named)
    ]


def review(hub: Hub, repo: Repo, given: Review, *, webhook: bool = False) -> Json:
    """A review; webhooks write its state in lower case."""
    html = f"{hub.url}/{repo.full_name}/pull/{given.number}"
    api = f"{hub.api}/repos/{repo.full_name}/pulls/{given.number}"
    return {
        "id": given.id,
        "node_id": node_id("PullRequestReview", given.id),
        "user": user(hub, given.user),
        "body": given.body,
        "state": given.state.lower() if webhook else given.state,
        "html_url": f"{html}#pullrequestreview-{given.id}",
        "pull_request_url": api,
        "_links": {
            "html": {"href": f"{html}#pullrequestreview-{given.id}"},
            "pull_request": {"href": api},
        },
        "submitted_at": stamp(given.submitted_at),
        "updated_at": stamp(given.submitted_at),
        "commit_id": given.sha,
        "author_association": association(repo, given.user),
    }


def issue(hub: Hub, repo: Repo, pull_request: Pull) -> Json:
    """The pull request as an issue: what `issue_comment` carries."""
    api = f"{hub.api}/repos/{repo.full_name}/issues/{pull_request.number}"
    html = f"{hub.url}/{repo.full_name}/pull/{pull_request.number}"
    return {
        "url": api,
        "repository_url": f"{hub.api}/repos/{repo.full_name}",
        "labels_url": f"{api}/labels{{/name}}",
        "comments_url": f"{api}/comments",
        "events_url": f"{api}/events",
        "html_url": html,
        "id": pull_request.id,
        "node_id": node_id("PullRequest", pull_request.id),
        "number": pull_request.number,
        "title": pull_request.title,
        "user": user(hub, pull_request.user),
        "labels": [],
        "state": pull_request.state,
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": sum(c.number == pull_request.number for c in hub.comments_of(repo)),
        "created_at": stamp(pull_request.created_at),
        "updated_at": stamp(pull_request.updated_at),
        "closed_at": stamp(pull_request.closed_at),
        "author_association": association(repo, pull_request.user),
        "active_lock_reason": None,
        "draft": pull_request.draft,
        "pull_request": {
            "url": f"{hub.api}/repos/{repo.full_name}/pulls/{pull_request.number}",
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "merged_at": stamp(pull_request.merged_at),
        },
        "body": pull_request.body,
        "reactions": reactions(
            Comment(0, 0, pull_request.user, "", pull_request.created_at, pull_request.created_at),
            api,
        ),
        "timeline_url": f"{api}/timeline",
        "performed_via_github_app": None,
        "state_reason": None,
    }


def issue_comment(hub: Hub, repo: Repo, comment: Comment) -> Json:
    api = f"{hub.api}/repos/{repo.full_name}/issues/comments/{comment.id}"
    return {
        "url": api,
        "html_url": f"{hub.url}/{repo.full_name}/pull/{comment.number}#issuecomment-{comment.id}",
        "issue_url": f"{hub.api}/repos/{repo.full_name}/issues/{comment.number}",
        "id": comment.id,
        "node_id": node_id("IssueComment", comment.id),
        "user": user(hub, comment.user),
        "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at),
        "author_association": association(repo, comment.user),
        "body": comment.body,
        "reactions": reactions(comment, api),
        "performed_via_github_app": _by_app(hub, comment.user),
    }


def _by_app(hub: Hub, who: User) -> Json | None:
    """The App that speaks as *who*; a person is none."""
    return next((app(hub, known) for known in hub.apps.values() if known.bot is who), None)
