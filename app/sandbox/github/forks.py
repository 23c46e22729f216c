"""Pull requests whose head lies in a fork: its commits are in the base's repository, too."""

from __future__ import annotations

from app.sandbox.github import git_store
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Pull, Repo


def head_of(hub: Hub, repo: Repo, head: str) -> tuple[Repo, str]:
    """The repository and the branch that *head* names: ``BRANCH``, or ``OWNER:BRANCH``."""
    owner, colon, branch = head.rpartition(":")
    if not colon or owner.lower() == repo.owner.login.lower():
        return repo, branch
    for fork in list(hub.repos.values()):
        if fork.parent_id == repo.id and fork.owner.login.lower() == owner.lower():
            return fork, branch
    return repo, head


def take(hub: Hub, repo: Repo, source: Repo, branch: str, number: int) -> None:
    """Bring a fork's branch over, to the ref that GitHub keeps for the pull request."""
    if source is not repo and hub.git(source).tip(branch) is not None:
        git_store.copy(source.path, repo.path, f"+refs/heads/{branch}:refs/pull/{number}/head")


def proposing(hub: Hub, repo: Repo, branch: str) -> list[tuple[Repo, Pull]]:
    """The open pull requests whose head is that branch of *repo*, each with its repository."""
    bases = [repo, *(parent for parent in list(hub.repos.values()) if parent.id == repo.parent_id)]
    return [
        (base, pull)
        for base in bases
        for pull in hub.pulls_of(base, "open")
        if (pull.head_repo_id, pull.head) == (repo.id, branch)
    ]
