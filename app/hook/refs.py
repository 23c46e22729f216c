"""
Names of refs on the server: its default branch, symbolic refs, namespaces.

A name is looked up as it is written, never as git looks up what people type: for a branch that is
not there, git would take a tag of the name `refs/heads/...`, which anybody may push.
https://git-scm.com/docs/gitrevisions#Documentation/gitrevisions.txt-emltrefnamegtemegemmasterememheadsmasterememrefsheadsmasterem
"""

from __future__ import annotations

import errno
import os

from app.core.protection import Update
from app.hook.guards import Default
from app.hook.objects import BrokenError, PushedObjects
from app.hook.processes import Process, answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    Ref = tuple[bytes, bytes]

_SYMBOLIC, _REFS = b"ref:", b"refs/"
_HOPS = 5
"""Symbolic refs that are followed, as many as git does."""
_HEX = b"0123456789abcdef"
_ELSEWHERE = b"refs/heads/.invalid"
"""What HEAD names where refs are not kept in files (https://git-scm.com/docs/reftable)."""
_LIST = ("git", "for-each-ref", "--format=%(refname) %(objectname) %(symref)")


class Refs:
    """The refs of the repository at *git_dir*, as they were before the push."""

    def __init__(self, git_dir: str, namespace: str) -> None:
        self._dir = os.fsencode(git_dir)
        # https://git-scm.com/docs/gitnamespaces: hooks see names without the prefix
        self._prefix = b"".join(
            b"refs/namespaces/" + os.fsencode(part) + b"/" for part in namespace.split("/") if part
        )
        self._shared = self._common()
        self._packed: bytes | None = None
        self._tables: dict[bytes, Ref] | None = None
        self._tabled = self._target(self._file(self._dir, b"HEAD")) == _ELSEWHERE

    def tip(self, objects: PushedObjects, ref: bytes) -> tuple[str, bytes] | None:
        """The (id, raw commit) that *ref* points at; None: there is no such branch."""
        name = self._prefix + ref
        for _ in range(_HOPS):
            points, target = self._look(objects, name)
            if not target:
                return objects.commit(points) if points else None
            name = target
        raise BrokenError(f"{ref.decode('ascii', 'replace')} leads to no branch")

    def default(self, objects: PushedObjects) -> Default:
        """The default branch: what HEAD names, whether it has been made or not."""
        head = self._target(self._file(self._dir, self._prefix + b"HEAD"))
        if self._tabled:
            head = _symbolic_head(objects.env)
        if not head:
            return Default(b"no branch", None)  # detached: no branch is the default one
        ref = head.removeprefix(self._prefix)
        tip = self.tip(objects, ref)
        return Default(ref, tip[0] if tip else None)

    def followed(self, objects: PushedObjects, update: Update) -> Update:
        """*update* under the name that it really moves: a symbolic ref moves its target."""
        ref = update.ref
        for _ in range(_HOPS):
            target = b"" if b".." in ref else self._names(objects, self._prefix + ref)
            if not target:
                break
            ref = target.removeprefix(self._prefix)
        return update._replace(ref=ref)

    def _look(self, objects: PushedObjects, name: bytes) -> Ref:
        """What *name* points at: an id, or another name; neither: there is no such ref."""
        if self._tabled:
            return self._listed(objects).get(name, (b"", b""))
        content = self._file(self._shared, name)
        if target := self._target(content):
            return b"", target
        points = content or self._pack(name)
        if points and (len(points) not in (40, 64) or points.translate(None, _HEX)):
            raise BrokenError(f"{name.decode('ascii', 'replace')} cannot be read")
        return points, b""

    def _names(self, objects: PushedObjects, name: bytes) -> bytes:
        """The other name that *name* stands for; empty: it stands for itself."""
        if self._tabled:
            return self._listed(objects).get(name, (b"", b""))[1]
        return self._target(self._file(self._shared, name))

    def _listed(self, objects: PushedObjects) -> dict[bytes, Ref]:
        """All refs, where git keeps them in another way than in files."""
        if self._tables is None:
            code, out = answer(Process(_LIST, objects.env, talks=False))
            if code != 0:
                raise BrokenError("git for-each-ref cannot list the refs")
            rows = (line.split(b" ") for line in out.splitlines())
            self._tables = {name: (points, target) for name, points, target in rows}
        return self._tables

    def _pack(self, name: bytes) -> bytes:
        """The id of *name* among the packed refs: lines `ID NAME`, and some that name nothing."""
        if self._packed is None:
            self._packed = b"\n" + self._file(self._shared, b"packed-refs", None) + b"\n"
        end = self._packed.find(b" " + name + b"\n")
        return self._packed[self._packed.rfind(b"\n", 0, end) + 1 : end] if end >= 0 else b""

    def _common(self) -> bytes:
        """The folder of the refs: another one than that of HEAD in a linked working tree."""
        return os.path.normpath(os.path.join(self._dir, self._file(self._dir, b"commondir")))

    def _target(self, content: bytes) -> bytes:
        """The name in the file of a symbolic ref, read as git reads it; empty: it is none."""
        return content[len(_SYMBOLIC) :].strip() if content.startswith(_SYMBOLIC) else b""

    def _file(self, folder: bytes, name: bytes, most: int | None = 4096) -> bytes:
        """
        The beginning of a file; nothing where there is none: refs may be packed, or not there.

        ``BrokenError`` where it is there and cannot be read: that is not the same.
        """
        path = os.path.join(folder, name)
        try:
            if os.path.islink(path) and (target := os.readlink(path)).startswith(_REFS):
                return _SYMBOLIC + target  # as git wrote HEAD in its first years
            with open(path, "rb") as file:
                return file.read(most).strip()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
            return b""
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:  # no file can have it, a packed ref may
                return b""
            raise BrokenError(f"{ascii(name)[2:-1]} cannot be read") from error


def _symbolic_head(env: dict[str, str]) -> bytes:
    _, out = answer(Process(("git", "symbolic-ref", "-q", "HEAD"), env, talks=False))
    return out.strip()
