"""One object store, opened with pygit2: what every reader and writer of it shares."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime
from typing import cast

import pygit2
from pygit2.enums import MergeFlag, ObjectType, SortMode

from app.core.model.facts import Commit, Identity
from app.core.model.names import Sha
from app.core.yamledit.editor import Document
from app.errors import Missing, OutsideError, Rejected
from app.git.described import described
from app.git.signing import Signer
from app.git.trees import FILE, Entry, Trees
from app.gitplumbing import Broken

Supply = Callable[[Sequence[Sha]], None]
"""Brings objects that the store lacks, all in one request; raises Missing where it cannot."""

REMEMBERED = 20_000
"""How many commits, and how many answers about two of them, are worth remembering."""
DOCUMENTS = 16
_NOT_IN_NAMES = re.compile(r"[<>\x00-\x1f\x7f]")


class Objects:
    """
    Commits, trees and blobs of one store; blobs that are not there are asked of *supply*.

    Belongs to one thread. Raises Missing for commits that are not there, Rejected for what cannot
    be read, and Broken where *is_damaged* (asked only then) says that the store is at fault. With a
    *signer* every commit that is written here is signed.
    """

    def __init__(
        self,
        repo: pygit2.Repository,
        supply: Supply,
        signer: Signer | None = None,
        is_damaged: Callable[[], bool] = lambda: False,
    ) -> None:
        self._repo = repo
        self._supply = supply
        self._signer = signer
        self._is_damaged = is_damaged
        self.trees = Trees(repo, self._tree)
        self._facts: dict[Sha, Commit] = {}
        self._documents: dict[tuple[Sha, bool], Document] = {}
        self._reaches: dict[tuple[Sha, Sha], bool] = {}

    def has(self, sha: Sha) -> bool:
        """Tell whether the object is in the store."""
        return sha in self._repo

    def named(self, prefix: str) -> Sha | None:
        """The one object whose id begins with *prefix*, if it is a commit; None: there is none."""
        try:
            there: object = self._repo.get(prefix)
        except ValueError:  # several begin so
            return None
        return Sha(str(there.id)) if isinstance(there, pygit2.Commit) else None

    def commit(self, sha: Sha) -> pygit2.Commit:
        """Look a commit up."""
        self.raw(sha)
        try:
            target: object = self._repo[sha]
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise Rejected(f"commit {sha} cannot be read: {error}") from error
        if not isinstance(target, pygit2.Commit):
            raise Missing(f"{sha} is no commit")
        return target

    def _unread(self, what: str, sha: Sha, why: object) -> OutsideError:
        """
        Tell what it means that an object cannot be read.

        People's trees may name what is nowhere, or call a file a folder: git takes that. Only where
        it says itself that the store is damaged the store is to blame.
        """
        if self._is_damaged():
            return Broken(f"{what} {sha} cannot be read: the mirror is damaged")
        return Rejected(f"{what} {sha} cannot be read: {why}")

    def _whole(self, what: str, sha: Sha, kind: int) -> bytes:
        """An object's bytes; one that is not here is asked of the server first."""
        try:
            kind_read, raw = self._read(sha)
        except Missing as error:
            if self._is_damaged():
                raise self._unread(what, sha, error) from error
            raise  # nobody has it, whoever named it
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise self._unread(what, sha, error) from error
        if kind_read != kind:
            raise Rejected(f"{what} {sha} cannot be read: it is something else")
        return bytes(raw)

    def _read(self, sha: Sha) -> tuple[int, bytes]:
        try:
            return self._repo.read(sha)
        except KeyError:  # nearly all are here: to ask first is to look each of them up twice
            self._supply([sha])
            return self._repo.read(sha)

    def _tree(self, sha: Sha) -> bytes:
        return self._whole("folder", sha, ObjectType.TREE)

    def raw(self, sha: Sha) -> bytes:
        """A commit's own bytes, also where libgit2 makes nothing of them."""
        try:
            kind, data = self._repo.read(sha)
        except KeyError as error:
            raise Missing(f"commit {sha} is not in the mirror") from error
        except (ValueError, pygit2.GitError) as error:
            raise self._unread("commit", sha, error) from error
        if kind != ObjectType.COMMIT:
            raise Missing(f"{sha} is no commit")
        return bytes(data)

    def fact(self, sha: Sha) -> Commit:
        """What a commit says; a tick asks the same ones again and again, and they never change."""
        commit = self._facts.get(sha)
        if commit is None:
            commit = described(sha, self.raw(sha))
            if len(self._facts) >= REMEMBERED:
                self._facts.clear()
            self._facts[sha] = commit
        return commit

    def tree_of(self, commit: Sha | None) -> Sha | None:
        """The root tree of *commit*; None for None."""
        return self.fact(commit).tree if commit else None

    def find(self, commit: Sha, path: str) -> Entry | None:
        """The entry at *path* in *commit*."""
        return self.trees.find(self.fact(commit).tree, path.encode())

    def supply(self, wanted: Iterable[Sha]) -> None:
        """Bring those of *wanted* that are not there, in one request."""
        absent = [sha for sha in dict.fromkeys(wanted) if sha not in self._repo]
        if absent:
            self._supply(absent)

    def blob(self, sha: Sha) -> bytes:
        """A blob's bytes, brought if need be."""
        return self._whole("file", sha, ObjectType.BLOB)

    def document(self, sha: Sha, *, json: bool) -> Document:
        """The file of which keys are asked, read once however many they are."""
        key = sha, json
        if key not in self._documents:
            if len(self._documents) >= DOCUMENTS:
                self._documents.clear()
            self._documents[key] = Document(self.blob(sha), json=json)
        return self._documents[key]

    def write_blob(self, data: bytes) -> Sha:
        """Write a blob."""
        return Sha(str(self._repo.create_blob(data)))

    def merge_blobs(self, triples: Sequence[tuple[Sha, Sha, Sha]]) -> list[Sha | None]:
        """
        Merge texts three-way, each (base, ours, theirs), all of them present; None: a conflict.

        Each stands as a file of its own in small trees that are merged, so that libgit2 handles
        bytes (its merge of single files gives text) and recognises no renames.
        """
        trees = [
            self.trees.write({b"%d" % n: Entry(FILE, blob) for n, blob in enumerate(blobs)})
            for blobs in zip(*triples, strict=True)
        ]
        made = self._repo.merge_trees(trees[0], trees[1], trees[2], flags=MergeFlag(0))
        torn = {e.path for sides in made.conflicts or () for e in sides if e is not None}
        names = [str(n) for n in range(len(triples))]
        return [None if name in torn else Sha(str(made[name].id)) for name in names]

    def write_commit(
        self, tree: Sha, parents: Sequence[Sha], message: str, author: Identity, when: datetime
    ) -> Sha:
        """Write a commit; author and committer are one, the time is UTC in whole seconds."""
        name = _NOT_IN_NAMES.sub("", author.name).strip() or "unknown"
        email = _NOT_IN_NAMES.sub("", author.email).strip() or "unknown"
        who = pygit2.Signature(name, email, int(when.timestamp()), 0)
        text = message.encode("utf-8", "replace").decode().replace("\0", "")
        if self._signer is None:
            made = self._repo.create_commit(None, who, who, text, tree, list(parents))
        else:
            made = self._repo.create_commit_string(who, who, text, tree, list(parents))
            content = cast("str", made)  # pygit2 itself says that it were an id
            signature = self._signer.sign(content.encode())
            made = self._repo.create_commit_with_signature(content, signature)
        return Sha(str(made))

    def is_signed(self, sha: Sha) -> bool:
        """Tell whether our key signed the commit: it signs the same content the same way again."""
        signature, content = self.commit(sha).gpg_signature
        if self._signer is None or signature is None or content is None:
            return False
        return self._signer.sign(content).encode() == signature.strip()

    def is_ancestor(self, ancestor: Sha, tip: Sha) -> bool:
        """Tell whether *ancestor* is reachable from *tip*; what is not there is not."""
        if ancestor == tip:
            return self.has(tip)
        is_above = self._reaches.get((ancestor, tip))
        if is_above is None:
            if not (self.has(ancestor) and self.has(tip)):
                return False
            try:
                is_above = self._repo.descendant_of(tip, ancestor)
            except (KeyError, ValueError, pygit2.GitError):
                is_above = self._walked(ancestor, tip)
            if len(self._reaches) >= REMEMBERED:
                self._reaches.clear()
            self._reaches[ancestor, tip] = is_above
        return is_above

    def _walked(self, ancestor: Sha, tip: Sha) -> bool:
        """The same by our own reading: libgit2 stops at a commit that it cannot parse."""
        seen, todo = {tip}, [tip]
        while todo:
            for parent in self.fact(todo.pop()).parents:
                if parent == ancestor:
                    return True
                if parent not in seen:
                    seen.add(parent)
                    todo.append(parent)
        return False

    def beyond(self, base: Sha, tips: Sequence[Sha]) -> Sequence[Sha]:
        """The commits that *tips* hold, and *base* does not."""
        try:
            walker = self._repo.walk(None, SortMode.NONE)
            for tip in tips:
                walker.push(tip)
            walker.hide(base)
            return [Sha(str(commit.id)) for commit in walker]
        except (KeyError, ValueError, pygit2.GitError):  # libgit2 cannot parse one of them
            below = self._reached([base], ())
            return list(self._reached(tips, below))

    def _reached(self, tips: Sequence[Sha], but: Container[Sha]) -> dict[Sha, None]:
        """What *tips* hold, but for *but* and what is below."""
        reached = dict.fromkeys(tip for tip in tips if tip not in but)
        todo = list(reached)
        while todo:
            new = [p for p in self.fact(todo.pop()).parents if p not in but and p not in reached]
            reached.update(dict.fromkeys(new))
            todo += new
        return reached

    def merge_base(self, sha: Sha, other: Sha) -> Sha | None:
        """The best common ancestor."""
        if not (self.has(sha) and self.has(other)):
            raise Missing(f"{other if self.has(sha) else sha} is not in the mirror")
        try:
            base = self._repo.merge_base(sha, other)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise Rejected(f"{sha} and {other} cannot be compared: {error}") from error
        return Sha(str(base)) if base else None
