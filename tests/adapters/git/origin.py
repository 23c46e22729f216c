"""A bare repository to be fetched from and pushed to, filled with the git command line."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from app.core.model.names import Sha

ENV = {
    "PATH": os.environ["PATH"],
    "HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "LC_ALL": "C",
}
LINK, SUBMODULE = "120000", "160000"


@dataclass
class Origin:
    path: Path
    clock: int = 1_700_000_000

    @classmethod
    def make(cls, path, *options):
        path.parent.mkdir(parents=True, exist_ok=True)
        made = cls(path)
        subprocess.run(
            ["git", "init", "-q", "--bare", "-b", "main", *options, str(path)], check=True, env=ENV
        )
        for key in ("uploadpack.allowFilter", "http.receivepack", "receive.advertisePushOptions"):
            made.git("config", key, "true")
        return made

    def git(self, *args, stdin=b""):
        done = subprocess.run(
            ["git", "--git-dir", str(self.path), *args],
            input=stdin, capture_output=True, check=True, env=ENV,
        )  # fmt: skip
        return done.stdout.decode().strip()

    def commit(self, files, branch="main", *, parents=None, message="change", author=None):
        """
        Add a commit to *branch*: path -> bytes, (mode, bytes or id), or None to delete.

        *parents*: ids instead of the branch's tip; [] for a root commit.
        """
        self.clock += 60
        ref = f"refs/heads/{branch}"
        if parents is None:
            parents = [tip] if (tip := self.tip(branch)) else []
        who = f"{author or 'Ann <ann@example.org>'} {self.clock} +0000"
        text = message.encode()
        lines = [b"commit " + ref.encode()]
        lines += [b"author " + who.encode(), b"committer " + who.encode()]
        lines += [b"data %d\n%s" % (len(text), text)]
        if parents:
            lines += [b"from " + parents[0].encode()]
            lines += [b"merge " + p.encode() for p in parents[1:]]
        for path, what in files.items():
            lines.append(_change(path, what))
        if not parents:
            lines.insert(0, b"reset " + ref.encode() + b"\n")
        self.git("fast-import", "--quiet", "--force", stdin=b"\n".join(lines) + b"\n")
        return self.tip(branch)

    def tip(self, branch="main"):
        found = self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
        return Sha(found) if found else None

    def files(self, commit="main"):
        """path -> text of a commit."""
        listed = self.git("ls-tree", "-r", "-z", "--name-only", commit)
        return {p: self.git("show", f"{commit}:{p}") for p in listed.split("\0") if p}

    def hook(self, text):
        script = self.path / "hooks" / "pre-receive"
        script.write_text("#!/bin/sh\n" + text)
        script.chmod(0o755)


def _change(path, what):
    raw = path if isinstance(path, bytes) else path.encode()
    quoted = b'"' + b"".join(_quoted(byte) for byte in raw) + b'"'
    if what is None:
        return b"D " + quoted
    mode, data = what if isinstance(what, tuple) else ("100644", what)
    if mode == SUBMODULE:
        return b"M %s %s %s" % (mode.encode(), data.encode(), quoted)
    return b"M %s inline %s\ndata %d\n%s" % (mode.encode(), quoted, len(data), data)


def _quoted(byte):
    return bytes([byte]) if 32 <= byte < 127 and byte not in b'"\\' else b"\\%03o" % byte
