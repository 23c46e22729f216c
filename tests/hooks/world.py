"""A bare repository with the hook installed, commits made by plumbing, and real pushes to it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.protection import Holder, LockState
from app.core.protection.commit_notes import lock_message
from app.hook.install import Wanted, install_steps

BOT, ANN, EVE = "stagelock[bot]", "ann", "eve"
ZERO = "0" * 40
PIPELINE = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - {uses: copy, with: {from: apps/web, to: web, except: [keep.yaml]}}
      - {uses: copy, with: {from: apps/web/run.sh, to: run.sh}}
  keys:
    needs: [dev]
    path: stages/keys
    steps:
      - {uses: yaml-set, with: {file: values.yaml, values: {image.tag: "${{ freight.sha }}"}}}
  e2e:
    needs: [dev]
    path: stages/e2e
    lock: e2e-env
  review:
    needs: [dev]
    path: stages/review
    via: pull-request
  guarded:
    needs: [dev]
    path: stages/guarded
    via: pull-request
    lock: guarded-env
  live:
    needs: [dev]
    branch: env/live
    path: live
  whole:
    branch: env/whole
locks: {e2e-env: {permits: 2}, guarded-env: {}}
"""
FILES = {
    "stagelock.yaml": PIPELINE,
    "README.md": "hello\n",
    "apps/web/index.html": "new\n",
    "apps/web/run.sh": "true\n",
    "stages/dev/web/index.html": "old\n",
    "stages/dev/web/deep/er/file": "old\n",
    "stages/dev/web/keep.yaml": "people's\n",
    "stages/dev/run.sh": "true\n",
    "stages/dev/people.yaml": "ours\n",
    "stages/keys/values.yaml": "image:\n  name: web\n  tag: '1.10'\n",
    "stages/e2e/web/index.html": "old\n",
    "stages/review/web/index.html": "old\n",
    "stages/guarded/web/index.html": "old\n",
}
ENV = {
    "PATH": os.environ["PATH"],
    "HOME": os.devnull,
    "LC_ALL": "C",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "C",
    "GIT_COMMITTER_EMAIL": "c@example.org",
    "GIT_AUTHOR_DATE": "@1700000000 +0000",
    "GIT_COMMITTER_DATE": "@1700000000 +0000",
}


@dataclass(frozen=True)
class Pushed:
    accepted: bool
    said: str

    @property
    def lines(self):
        """What the hook wrote, as the person who pushes sees it."""
        found = (line for line in self.said.splitlines() if line.startswith("remote: "))
        return [line.removeprefix("remote: ").rstrip() for line in found if "stagelock" in line]


class World:
    """
    A server, and a clone of it with all that its refs can reach.

    *url*: who -> the URL to push to and the client's environment (None: by path, with
    ``REMOTE_USER`` as the identity).
    """

    def __init__(self, root: Path, *, form: str = "sha1") -> None:
        self.root = root
        self.url: Callable[[str | None], tuple[str, dict[str, str]]] | None = None
        self.signers = root / "signers"
        self.server, self.clone = root / "server.git", root / "clone.git"
        self.digits = 64 if form == "sha256" else 40
        for folder in (self.server, self.clone):
            self.run(
                "init",
                "-q",
                "--bare",
                "-b",
                "main",
                "--template=",
                f"--object-format={form}",
                folder,
            )

    @classmethod
    def copied(cls, seed: Path, root: Path) -> World:
        """The server copied; the clone is shared, it only holds objects."""
        shutil.copytree(seed / "server.git", root / "server.git", symlinks=True)
        world = cls.__new__(cls)
        world.root, world.url, world.digits = root, None, 40
        world.signers = root / "signers"
        world.server, world.clone = root / "server.git", seed / "clone.git"
        return world

    def install(self, **wanted) -> None:
        for step in install_steps(str(self.server), Wanted(**wanted)):
            step.do()

    def run(self, *words, stdin: bytes = b"", env=(), code: int | None = 0):
        done = subprocess.run(
            ["git", *map(str, words)],
            input=stdin,
            capture_output=True,
            check=False,
            env=ENV | dict(env),
        )
        assert code is None or done.returncode == code, done.stderr.decode()
        return done

    def text(self, *words, stdin: bytes = b"") -> str:
        said: bytes = self.run("-C", self.clone, *words, stdin=stdin).stdout
        return said.decode().strip()

    def tip(self, ref: str = "refs/heads/main") -> str:
        file = self.server / ref
        return file.read_text().strip() if file.exists() else ""

    def commit(self, changes=(), *parents: str, message: str = "Change", tree_of=None) -> str:
        """
        A commit with *changes* made to the first parent's tree (or to *tree_of*'s).

        A change is path -> text or bytes, None (delete), or (mode, content or object id).
        """
        out = [b"commit refs/tmp/x\nmark :1\ncommitter C <c@example.org> 1700000000 +0000\n"]
        out.append(_data(message.encode()))
        base = tree_of or (parents[0] if parents else None)
        for word, parent in zip(["from", *["merge"] * 20], parents, strict=False):
            out.append(f"{word} {parent}\n".encode())
        if not parents:
            out.insert(0, b"reset refs/tmp/x\n")
        if base and (tree_of or not parents):
            out.append(b"deleteall\n")
            out.append(
                b"M 040000 " + self.text("rev-parse", f"{base}^{{tree}}").encode() + b' ""\n'
            )
        for path, change in dict(changes).items():
            out.append(_change(path, change))
        out.append(b"get-mark :1\nreset refs/tmp/x\nfrom " + b"0" * self.digits + b"\n")
        return self.text("fast-import", "--quiet", "--force", stdin=b"".join(out))

    def note(self, stage: str, promotion: str, **fences: int) -> str:
        lines = [f"Promote web 1234567 to {stage}", "", f"Stagelock-Stage: {stage}"]
        lines += [f"Stagelock-Promotion: {promotion}"]
        return "\n".join(
            lines + [f"Stagelock-Fence: {g.replace('_', '-')}={t}" for g, t in fences.items()]
        )

    def lock(self, group: str, token: int, *holders: tuple[str, str, int], onto: str = "") -> str:
        """A commit that says who holds *group*: (promotion, stage, token)."""
        state = LockState(token, tuple(Holder(*h) for h in holders))
        said = lock_message(group, state, "", f"{token}{len(holders)}")
        return self.commit((), *([onto] if onto else []), message=said)

    def set_ref(self, ref: str, commit: str) -> None:
        """Give the server a ref behind the hook's back."""
        self.run("-C", self.server, "fetch", "-q", self.clone, commit, env=UNCHECKED)
        self.run("-C", self.server, "update-ref", ref, commit)

    def _by_path(self, who: str | None):
        return self.server, {} if who is None else {"REMOTE_USER": who}

    def push(self, *refspecs: str, who: str | None = EVE, options=(), env=(), how=()) -> Pushed:
        target, said = self.url(who) if self.url else self._by_path(who)
        extra = [word for option in options for word in ("-o", option)]
        done = self.run(
            *("-C", self.clone, "push", "-q", *how, *extra, target, *refspecs),
            env=said | dict(env),
            code=None,
        )
        return Pushed(done.returncode == 0, done.stderr.decode("utf-8", "surrogateescape"))


UNCHECKED = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "uploadpack.allowAnySHA1InWant",
    "GIT_CONFIG_VALUE_0": "true",
}


def seed(root: Path, form: str = "sha1") -> World:
    """A server in the middle of its life, with the hook installed."""
    world = World(root, form=form)
    base = world.commit(FILES)
    main = world.commit({"apps/web/index.html": "newer\n"}, base)
    world.set_ref("refs/heads/main", main)
    live = world.commit({"live/web/index.html": "old\n", "other": "x\n"})
    world.set_ref("refs/heads/env/live", world.commit({"other": "y\n"}, live))
    whole = world.commit({"index.html": "old\n", ".github/x": "people's\n"})
    world.set_ref("refs/heads/env/whole", world.commit({"index.html": "newer\n"}, whole))
    for stage in ("review", "guarded"):
        change = {f"stages/{stage}/web/index.html": "newer\n"}
        head = world.commit(change, main, message=world.note(stage, f"p-{stage}"))
        world.set_ref(f"refs/heads/stagelock/{stage}", head)
    world.set_ref("refs/stagelock/locks/e2e-env", world.lock("e2e-env", 7, ("p-e2e", "e2e", 7)))
    free = world.lock("guarded-env", 3)
    world.set_ref("refs/stagelock/locks/guarded-env", free)
    world.install(promoter=BOT, breakglass=(ANN,))
    return world


def _data(raw: bytes) -> bytes:
    return b"data %d\n" % len(raw) + raw + b"\n"


def _change(path, change) -> bytes:
    raw = path if isinstance(path, bytes) else path.encode()
    quoted = b'"' + b"".join(_escaped(byte) for byte in raw) + b'"'
    if change is None:
        return b"D " + quoted + b"\n"
    mode, content = change if isinstance(change, tuple) else ("100644", change)
    if mode in ("160000", "040000"):
        return f"M {mode} {content} ".encode() + quoted + b"\n"
    data = content if isinstance(content, bytes) else content.encode()
    return f"M {mode} inline ".encode() + quoted + b"\n" + _data(data)


def _escaped(byte: int) -> bytes:
    return bytes([byte]) if 0x20 <= byte < 0x7F and byte not in b'"\\' else b"\\%03o" % byte


def hook(world, data: bytes, **env):
    """Start the installed hook as receive-pack does, with any bytes."""
    return subprocess.run(
        [world.server / "hooks" / "pre-receive"],
        input=data,
        check=False,
        capture_output=True,
        cwd=world.server,
        env=ENV | {"GIT_DIR": ".", "REMOTE_USER": EVE} | env,
        timeout=60,
    )


def line(old, new, ref: bytes) -> bytes:
    return f"{old} {new} ".encode() + ref + b"\n"
