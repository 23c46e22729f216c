"""A bare repository on disk, as the stand-in needs it: commits, trees, refs, merges."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pygit2
from pygit2.enums import FileMode, ObjectType, SortMode

from app.sandbox.github.model import Refusal

ZERO = "0" * 40
SETTINGS = {
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "http.receivepack": "true",
    "receive.advertisePushOptions": "true",
    "receive.autogc": "false",
    "gc.auto": "0",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who a commit names."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class CommitInfo:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str
    authored_at: datetime
    committed_at: datetime

    @property
    def subject(self) -> str:
        return self.message.split("\n", 1)[0]


@dataclass(frozen=True, slots=True)
class Change:
    """One file of a difference: status is GitHub's word (`added`, `modified`, ...)."""

    path: str
    old_path: str
    status: str
    blob: str
    additions: int
    deletions: int
    patch: str


def create(path: Path, default_branch: str) -> None:
    """Make an empty bare repository that serves partial clones and pushes over HTTP."""
    repo = pygit2.init_repository(str(path), bare=True, initial_head=default_branch)
    for key, value in SETTINGS.items():
        repo.config[key] = value


def copy(source: Path, into: Path, *refspecs: str) -> None:
    """Fetch from another repository with Git's own command: it reads every kind of local one."""
    env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(into)}
    env |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory"}
    env |= {"GIT_CONFIG_VALUE_0": "*"}
    subprocess.run(
        ["git", "fetch", "--quiet", "--no-write-fetch-head", "--", source.resolve(), *refspecs],
        cwd=into,
        env=env,
        check=True,
        capture_output=True,
    )


class GitStore:
    """
    One handle on a bare repository; use it in one thread only.

    Refusal 404 where it was deleted meanwhile.
    """

    def __init__(self, path: Path) -> None:
        try:
            self.repo = pygit2.Repository(str(path))
        except pygit2.GitError:
            raise Refusal(404, "Not Found") from None

    def refs(self) -> dict[str, str]:
        """Branches and tags with the object that each names."""
        wanted = (name for name in self.repo.references if name.startswith("refs/"))
        return {name: str(self.repo.references[name].target) for name in wanted}

    def tip(self, branch: str) -> str | None:
        reference = self.repo.references.get(f"refs/heads/{branch}")
        return None if reference is None else str(reference.target)

    def branches(self) -> dict[str, str]:
        prefix = "refs/heads/"
        return {k[len(prefix) :]: v for k, v in self.refs().items() if k.startswith(prefix)}

    def resolve(self, ref: str) -> str | None:
        """A commit's full id from a branch, a tag, a full ref or (at least 7 digits of) an id."""
        for name in (ref, f"refs/{ref}", f"refs/heads/{ref}", f"refs/tags/{ref}"):
            try:
                target = self.repo.references.get(name)
            except ValueError:  # not a valid name of a ref
                target = None
            if target is not None:
                return str(target.peel(ObjectType.COMMIT).id)
        if not 7 <= len(ref) <= 40:
            return None
        try:
            named = self.repo.get(ref)
        except ValueError:  # not hexadecimal, or ambiguous
            return None
        return str(named.id) if isinstance(named, pygit2.Commit) else None

    def commit(self, sha: str) -> CommitInfo:
        commit = self._commit(sha)
        author, committer = commit.author, commit.committer
        return CommitInfo(
            str(commit.id),
            str(commit.tree_id),
            tuple(str(parent) for parent in commit.parent_ids),
            Person(author.name, author.email),
            Person(committer.name, committer.email),
            commit.message,
            datetime.fromtimestamp(author.time, UTC),
            datetime.fromtimestamp(committer.time, UTC),
        )

    def log(self, tip: str, hide: str | None = None, limit: int = 1000) -> list[CommitInfo]:
        """Commits reachable from *tip* but not from *hide*, newest first."""
        walker = self.repo.walk(pygit2.Oid(hex=tip), SortMode.TOPOLOGICAL)
        if hide is not None:
            walker.hide(pygit2.Oid(hex=hide))
        return [self.commit(str(c.id)) for _, c in zip(range(limit), walker, strict=False)]

    def contains(self, tip: str, sha: str) -> bool:
        """Is *sha* the tip, or an ancestor of it?"""
        return tip == sha or self.repo.descendant_of(pygit2.Oid(hex=tip), pygit2.Oid(hex=sha))

    def merge_base(self, first: str, other: str) -> str | None:
        base = self.repo.merge_base(pygit2.Oid(hex=first), pygit2.Oid(hex=other))
        return None if base is None else str(base)

    def files(self, sha: str, path: str = "") -> dict[str, bytes]:
        """Every file at or below *path*, by its path from the root; {} when there is none."""
        root, clean = self._commit(sha).tree, path.strip("/")
        try:
            node = root[clean] if clean else root
        except KeyError:
            return {}
        files: dict[str, bytes] = {}
        self._collect(node, clean, files)
        return files

    def tree_id(self, sha: str, path: str) -> str | None:
        """The id of the file or folder at *path*."""
        try:
            return str(self._commit(sha).tree[path].id) if path else str(self._commit(sha).tree_id)
        except KeyError:
            return None

    def _collect(self, node: object, path: str, files: dict[str, bytes]) -> None:
        if isinstance(node, pygit2.Blob):
            files[path] = node.data
        elif isinstance(node, pygit2.Tree):
            for entry in node:
                self._collect(entry, f"{path}/{entry.name}".lstrip("/"), files)

    def _commit(self, sha: str) -> pygit2.Commit:
        return self.repo[sha].peel(pygit2.Commit)

    def changed_tree(self, base: str | None, changes: Mapping[str, bytes | str | None]) -> str:
        """The tree of commit *base* (or an empty one) with files written, or removed by None."""
        tree = None if base is None else self._commit(base).tree
        nested: dict[str, object] = {}
        for path, content in changes.items():
            *folders, name = path.split("/")
            level = nested
            for folder in folders:
                level = cast("dict[str, object]", level.setdefault(folder, {}))
            level[name] = content.encode() if isinstance(content, str) else content
        made = self._edit(tree, nested)
        return str(made if made is not None else self.repo.TreeBuilder().write())

    def _edit(self, tree: pygit2.Tree | None, changes: dict[str, object]) -> pygit2.Oid | None:
        builder = self.repo.TreeBuilder() if tree is None else self.repo.TreeBuilder(tree)
        for name, change in changes.items():
            old = tree / name if tree is not None and name in tree else None
            if isinstance(change, dict):
                below = self._edit(old if isinstance(old, pygit2.Tree) else None, change)
                if below is not None:
                    builder.insert(name, below, FileMode.TREE)
                elif old is not None:
                    builder.remove(name)
            elif isinstance(change, bytes):
                mode = FileMode(old.filemode) if isinstance(old, pygit2.Blob) else FileMode.BLOB
                builder.insert(name, self.repo.create_blob(change), mode)
            elif old is not None:
                builder.remove(name)
        return builder.write() if len(builder) else None

    def write_commit(
        self,
        tree: str,
        parents: list[str],
        message: str,
        author: Person,
        when: datetime,
        committer: Person | None = None,
    ) -> str:
        """Write a commit object; no ref moves."""
        seconds = int(when.timestamp())
        by = committer or author
        made = self.repo.create_commit(
            None,
            pygit2.Signature(author.name, author.email, seconds, 0),
            pygit2.Signature(by.name, by.email, seconds, 0),
            message,
            pygit2.Oid(hex=tree),
            [pygit2.Oid(hex=parent) for parent in parents],
        )
        return str(made)

    def set_ref(self, name: str, sha: str | None) -> None:
        """Move, create or (None) delete a ref."""
        if sha is not None:
            self.repo.references.create(name, sha, force=True)
        elif name in self.repo.references:
            self.repo.references.delete(name)

    def merged_tree(self, ours: str, theirs: str, base: str | None = None) -> str | None:
        """The tree that merging two commits gives, or None when they conflict."""
        ancestor = base or self.merge_base(ours, theirs)
        if ancestor is None:
            index = self.repo.merge_commits(pygit2.Oid(hex=ours), pygit2.Oid(hex=theirs))
        else:
            base_tree, our_tree, their_tree = (
                self._commit(sha).tree for sha in (ancestor, ours, theirs)
            )
            index = self.repo.merge_trees(base_tree, our_tree, their_tree)
        return None if index.conflicts else str(index.write_tree(self.repo))

    def changes(self, old: str | None, new: str) -> list[Change]:
        """Files that differ between two commits (None: the empty tree), moves found."""
        tree = self._commit(new).tree
        if old is None:
            diff = tree.diff_to_tree(swap=True)
        else:
            diff = self._commit(old).tree.diff_to_tree(tree)
        diff.find_similar()
        words = {"A": "added", "D": "removed", "R": "renamed", "C": "copied"}
        return [
            Change(
                path=patch.delta.new_file.path,
                old_path=patch.delta.old_file.path,
                status=words.get(patch.delta.status_char(), "modified"),
                blob=str(patch.delta.new_file.id),
                additions=patch.line_stats[1],
                deletions=patch.line_stats[2],
                patch=(patch.data or b"").decode(errors="replace").partition("\n@@")[2],
            )
            for patch in diff
            if patch is not None
        ]
