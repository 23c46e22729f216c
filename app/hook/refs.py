"""Names of refs on the server: its default branch, symbolic refs, namespaces."""

from __future__ import annotations

import os

from app.core.protection import Update
from app.hook.guards import Default
from app.hook.objects import Objects
from app.hook.processes import Process, answer

_SYMBOLIC = b"ref: "
_HOPS = 5
"""Symbolic refs that are followed, as many as git does."""


class Refs:
    """The refs of the repository at *git_dir*, as they were before the push."""

    def __init__(self, git_dir: str, namespace: str) -> None:
        self._dir = os.fsencode(git_dir)
        # https://git-scm.com/docs/gitnamespaces: hooks see names without the prefix
        self._prefix = b"".join(
            b"refs/namespaces/" + os.fsencode(part) + b"/" for part in namespace.split("/") if part
        )

    def tip(self, objects: Objects, ref: bytes) -> tuple[str, bytes] | None:
        """The (id, raw commit) that *ref* points at; None: there is no such branch."""
        return objects.commit(self._prefix + ref)

    def default(self, objects: Objects) -> Default:
        """The default branch: what HEAD names, whether it has been made or not."""
        head = self._file(b"HEAD")
        if head == b"ref: refs/heads/.invalid":  # the reftable format keeps HEAD elsewhere
            head = _SYMBOLIC + _symbolic_head(objects.env)
        ref = head[len(_SYMBOLIC) :].strip().removeprefix(self._prefix)
        if not head.startswith(_SYMBOLIC):
            return Default(b"no branch", None)  # detached: no branch is the default one
        found = self.tip(objects, ref)
        return Default(ref, found[0] if found else None)

    def followed(self, update: Update) -> Update:
        """*update* under the name that it really moves: a symbolic ref moves its target."""
        ref = update.ref
        for _ in range(_HOPS):
            content = self._file(ref) if b".." not in ref else b""
            if not content.startswith(_SYMBOLIC):
                break
            ref = content[len(_SYMBOLIC) :].strip().removeprefix(self._prefix)
        return update._replace(ref=ref)

    def _file(self, ref: bytes) -> bytes:
        """The beginning of a loose ref's file; nothing for refs that are packed or not there."""
        try:
            with open(os.path.join(self._dir, self._prefix + ref), "rb") as file:
                return file.read(4096).strip()
        except (OSError, ValueError):
            return b""


def _symbolic_head(env: dict[str, str]) -> bytes:
    _, out = answer(Process(("git", "symbolic-ref", "-q", "HEAD"), env, talks=False))
    return out.strip()
