"""Repositories and what is in them."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.sandbox.github import events, git_store, refusals
from app.sandbox.github.git_store import CommitInfo, Person
from app.sandbox.github.model import Protection, Refusal, Repo, Role
from app.sandbox.github.pushes import writing
from app.sandbox.people.manifests import ManifestVerbs

PEOPLE: dict[str, Role] = {"alice": "maintain", "bob": "write", "carol": "read"}
Content = Mapping[str, bytes | str | None]


class GitVerbs(ManifestVerbs):
    """Create, push, look, protect, rename, delete."""

    def create_repo(
        self,
        name: str,
        files: Content | None = None,
        default_branch: str = "main",
        *,
        install: bool | Sequence[str] = True,
        source: Path | None = None,
    ) -> Repo:
        """
        Make a repository; *install* True: with every App, or name the Apps.

        *files* become the first commit (None: it stays empty). *source*: instead, all branches
        and tags of that local repository, which is only read; they are there when the Apps are
        installed, as on GitHub, so no push is told of them.
        """
        owner, _, short = name.partition("/")
        account, now = self.hub.user(owner, "Organization"), self.hub.now()
        identity = self.hub.next_id()
        path = self.hub.root / "repos" / f"{identity}-{secrets.token_hex(3)}.git"
        path.parent.mkdir(parents=True, exist_ok=True)
        git_store.create(path, default_branch)
        refusals.install(path)
        repo = Repo(identity, account, short, path, default_branch, now, now, roles=dict(PEOPLE))
        with self.hub.lock:
            if any(r.full_name == repo.full_name for r in self.hub.repos.values()):
                raise Refusal(422, "name already exists on this account")
            self.hub.repos[repo.id] = repo
        if source is not None:
            git_store.copy(
                source, repo.path, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"
            )
        apps = [a.slug for a in list(self.hub.apps.values()) if not a.first_party]
        for slug in (apps if install else []) if isinstance(install, bool) else install:
            self.install(slug, name)
        events.emit(self.hub, repo, "repository", {"action": "created"}, account)
        if files is not None:
            self.push(name, default_branch, files, message="Initial commit")
        return repo

    def push(
        self,
        repo: str,
        branch: str,
        changes: Content,
        author: str = "alice",
        message: str = "Change files",
        parent: str | None = None,
        *,
        force: bool = False,
    ) -> str:
        """
        Commit changes (None deletes a file) and push them; the commit's id.

        The commit goes on top of *parent*, else of the branch's tip, else of nothing. Refusal 422
        when the branch has moved past *parent* and *force* is not given; 403 where protected.
        """
        where, who = self.hub.repo(repo), self.hub.user(author)
        with writing(self.hub, where, who) as git:
            tip = git.tip(branch)
            base = parent or tip
            if tip is not None and not force and (base is None or not git.contains(base, tip)):
                raise Refusal(422, "Update is not a fast forward")
            rule = where.protected.get(branch)
            if rule is not None and rule.refuses_pushes and author not in rule.allowed:
                raise Refusal(403, f"GH006: Protected branch update failed. {rule.message}")
            tree = git.changed_tree(base, changes)
            signer = Person(who.name, who.email)
            parents = [base] if base else []
            sha = git.write_commit(tree, parents, message, signer, self.hub.now())
            git.set_ref(f"refs/heads/{branch}", sha)
        return sha

    def pull_and_push(
        self, repo: str, branch: str, changes: Content, parent: str, author: str = "alice"
    ) -> str:
        """
        Commit changes on an older *parent*, `git pull` (which merges), and push; the merge's id.

        What the branch was becomes the merge's second parent. Refusal 409 where that conflicts.
        """
        where, who = self.hub.repo(repo), self.hub.user(author)
        with writing(self.hub, where, who) as git:
            tip, signer = git.tip(branch), Person(who.name, who.email)
            tree = git.changed_tree(parent, changes)
            mine = git.write_commit(tree, [parent], "Change files", signer, self.hub.now())
            merged = git.merged_tree(mine, tip) if tip is not None else None
            if tip is None or merged is None:
                raise Refusal(409, "the pull conflicts")
            words = f"Merge branch '{branch}'"
            sha = git.write_commit(merged, [mine, tip], words, signer, self.hub.now())
            git.set_ref(f"refs/heads/{branch}", sha)
        return sha

    def branch(self, repo: str, name: str, at: str | None = None, by: str = "alice") -> str:
        """Create a branch (or move it, even back); default: to the default branch's tip."""
        where = self.hub.repo(repo)
        with writing(self.hub, where, self.hub.user(by)) as git:
            sha = at or git.tip(where.default_branch)
            if sha is None:
                raise Refusal(422, "the repository is empty")
            git.set_ref(f"refs/heads/{name}", sha)
        return sha

    def delete_branch(self, repo: str, name: str, by: str = "alice") -> None:
        where = self.hub.repo(repo)
        with writing(self.hub, where, self.hub.user(by)) as git:
            git.set_ref(f"refs/heads/{name}", None)

    def tip(self, repo: str, branch: str) -> str | None:
        """The branch's commit, None when there is no such branch."""
        return self.hub.git(self.hub.repo(repo)).tip(branch)

    def branches(self, repo: str) -> dict[str, str]:
        return self.hub.git(self.hub.repo(repo)).branches()

    def tree(self, repo: str, ref: str, path: str = "") -> dict[str, bytes]:
        """Every file at or below *path*, by its path from the root; {} for what is not there."""
        git = self.hub.git(self.hub.repo(repo))
        sha = git.resolve(ref)
        return {} if sha is None else git.files(sha, path)

    def tree_id(self, repo: str, ref: str, path: str = "") -> str | None:
        """The id of Git's object at *path*, to tell "the same" from "equal"."""
        git = self.hub.git(self.hub.repo(repo))
        sha = git.resolve(ref)
        return None if sha is None else git.tree_id(sha, path)

    def log(self, repo: str, branch: str, limit: int = 1000) -> list[CommitInfo]:
        """Commits reachable from the branch (or a commit's id), newest first."""
        git = self.hub.git(self.hub.repo(repo))
        sha = git.resolve(branch)
        return [] if sha is None else git.log(sha, limit=limit)

    def protect(
        self,
        repo: str,
        branch: str,
        message: str = "Changes must be made through a pull request.",
        *,
        allowed: Sequence[str] = (),
        required_checks: Sequence[str] = (),
        up_to_date: bool = False,
        refuses_pushes: bool = True,
        required_app: int | None = None,
        required_reviews: int = 0,
        classic: bool = False,
    ) -> None:
        """
        Protect a branch: pushes are refused with GH006, merges wait for required checks and
        reviews. By a ruleset, or by a *classic* branch protection.
        """
        where = self.hub.repo(repo)
        where.protected[branch] = Protection(
            message,
            set(allowed),
            up_to_date,
            tuple(required_checks),
            refuses_pushes,
            required_app,
            required_reviews,
            classic,
        )
        refusals.write(where, branch)

    def unprotect(self, repo: str, branch: str) -> None:
        where = self.hub.repo(repo)
        where.protected.pop(branch, None)
        refusals.write(where, branch)

    def set_role(self, repo: str, login: str, role: Role) -> None:
        """Give a person a role there; `none` takes it away."""
        self.hub.user(login)
        self.hub.repo(repo).roles[login.lower()] = role

    def rename_repo(self, repo: str, name: str) -> None:
        """Rename within the account; its numeric id stays."""
        where = self.hub.repo(repo)
        with self.hub.lock:
            before, where.name = where.name, name
            changes = {"repository": {"name": {"from": before}}}
            body = {"action": "renamed", "changes": changes}
            events.emit(self.hub, where, "repository", body, where.owner)

    def delete_repo(self, repo: str) -> None:
        """Delete it with everything in it; installations lose it."""
        where = self.hub.repo(repo)
        with self.hub.writer(where), self.hub.lock:
            events.emit(self.hub, where, "repository", {"action": "deleted"}, where.owner)
            for installation in self.hub.installed(where):
                installation.repo_ids.discard(where.id)
            del self.hub.repos[where.id]
        shutil.rmtree(where.path)
