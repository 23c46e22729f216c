"""What owners do to whole repositories: archive, transfer, fork, rename the default branch."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from app.sandbox.github import events, git_store, refusals
from app.sandbox.github.model import Installation, Refusal, Repo, User
from app.sandbox.github.payloads import basic
from app.sandbox.github.pushes import pull_event, writing
from app.sandbox.people.apps import AppVerbs


class MoveVerbs(AppVerbs):
    """Each as GitHub tells Apps of it."""

    def archive_repo(self, repo: str) -> None:
        """Make it read-only: https://docs.github.com/repositories/archiving-a-github-repository."""
        self._archive(repo, archived=True)

    def unarchive_repo(self, repo: str) -> None:
        self._archive(repo, archived=False)

    def _archive(self, repo: str, *, archived: bool) -> None:
        where = self.hub.repo(repo)
        with self.hub.lock:
            where.archived = archived
            body = {"action": "archived" if archived else "unarchived"}
            events.emit(self.hub, where, "repository", body, self.hub.user("alice"))

    def transfer_repo(self, repo: str, owner: str, name: str | None = None) -> None:
        """
        Give it to another account; its numeric id stays.

        Installations of the old account lose it; an App that is installed on the new one sees it
        there, and is told so, as one that sees all of its account's repositories is.
        """
        where, taker = self.hub.repo(repo), self.hub.user(owner, "Organization")
        with self.hub.lock:
            giver, where.owner, where.name = where.owner, taker, name or where.name
            for installation in self.hub.installed(where):
                installation.repo_ids.discard(where.id)
                self._repositories_event(installation, removed=where)
            for installation in self._on(taker):
                installation.repo_ids.add(where.id)
                self._repositories_event(installation, added=where)
            body = {"action": "transferred", "changes": {"owner": {"from": self._giver(giver)}}}
            events.emit(self.hub, where, "repository", body, self.hub.user("alice"))

    def _giver(self, account: User) -> dict[str, object]:
        if account.kind == "Organization":
            return {"organization": basic.organization(self.hub, account)}
        return {"user": basic.user(self.hub, account)}

    def _on(self, account: User) -> list[Installation]:
        every = list(self.hub.installations.values())
        return [
            installation for installation in every if installation.account.login == account.login
        ]

    def rename_branch(self, repo: str, old: str, new: str) -> None:
        """
        Rename a branch on its page: open pull requests follow it, as head and as base.

        https://docs.github.com/repositories/renaming-a-branch. Refusal 404 without such a branch.
        """
        where, who = self.hub.repo(repo), self.hub.user("alice")
        with writing(self.hub, where, who) as git, self.hub.lock:
            tip = git.tip(old)
            if tip is None:
                raise Refusal(404, "Branch not found")
            default = where.default_branch == old
            if default:
                where.default_branch = new
            git.set_ref(f"refs/heads/{new}", tip)
            git.set_ref(f"refs/heads/{old}", None)
            git.repo.set_head(f"refs/heads/{where.default_branch}")
            self._follow(where, old, new, who)
            if default:
                body = {"action": "edited", "changes": {"default_branch": {"from": old}}}
                events.emit(self.hub, where, "repository", body, who)

    def _follow(self, where: Repo, old: str, new: str, who: User) -> None:
        for pull in self.hub.pulls_of(where, "open"):
            if pull.head == old and pull.head_repo_id == where.id:
                pull.head = new
            if pull.base == old:
                changes = {"base": {"ref": {"from": old}, "sha": {"from": pull.base_sha}}}
                pull.base = new
                pull_event(self.hub, where, pull, "edited", who, changes=changes)

    def fork(self, repo: str, owner: str, *, install: Sequence[str] = ()) -> Repo:
        """
        Copy it, with its branches, to another account; *install* those Apps there.

        https://docs.github.com/pull-requests/about-forks
        """
        source, account, now = self.hub.repo(repo), self.hub.user(owner), self.hub.now()
        identity = self.hub.next_id()
        path = self.hub.root / "repos" / f"{identity}-{secrets.token_hex(3)}.git"
        git_store.create(path, source.default_branch)
        refusals.install(path)
        made = Repo(
            identity, account, source.name, path, source.default_branch, now, now, private=False
        )
        made.roles, made.parent_id = {**source.roles, owner.lower(): "admin"}, source.id
        git_store.copy(source.path, path, "+refs/heads/*:refs/heads/*")
        with self.hub.lock:
            self.hub.repos[made.id] = made
        for slug in install:
            self.install(slug, made.full_name)
        return made
