"""`stagelock hook test`: real pushes into a scratch clone, for an administrator to see it work."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.protection import Guard
from app.gitplumbing import environment
from app.gitplumbing.environment import FILES
from app.hook.guards import Default, rules
from app.hook.install import FSCK, Wanted, config, find_git_dir, install_steps
from app.hook.objects import PushedObjects
from app.hook.refs import Refs
from app.hook.selftest_key import TrialKey
from app.hook.server import HOSTS, WEB_SERVER, HookSettings, ask_config, read_config

NOBODY = "somebody-else"
STAGES = 5
"""Stages that are tried; the rules are the same for all."""


class TrialError(Exception):
    """There is nothing to try: the text says why."""


@dataclass(frozen=True, slots=True)
class Case:
    """One push: a ref becomes a commit on the default branch's tip, with one file changed."""

    said: str
    """What the case shows."""
    who: str | None
    """None: the server does not say."""
    ref: bytes
    path: str | None
    """None: nothing is changed, but the root has a name twice."""
    wanted: str
    """`accept` or `refuse`."""
    content: bytes | None = b"changed by stagelock hook test\n"
    stage: str | None = None
    """The commit says that it promotes to that one; None: it does not."""
    signed: bool = False
    """The commit is signed."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case."""

    said: str
    wanted: str
    accepted: bool
    lines: tuple[str, ...]
    """What the hook said."""

    @property
    def as_wanted(self) -> bool:
        """Tell whether the hook did what it must."""
        return self.accepted == (self.wanted == "accept")


def trial(folder: str) -> list[Result]:
    """Push a table of cases into a scratch clone of *folder*; ``TrialError``."""
    git_dir = find_git_dir(folder)
    with tempfile.TemporaryDirectory(prefix="stagelock-") as scratch:
        return list(_Trial(git_dir, Path(scratch)).results())


class _Trial:
    def __init__(self, git_dir: Path, scratch: Path) -> None:
        self._clone, self._index = scratch / "clone.git", scratch / "index"
        self._env = environment(os.environ, settings=(FILES,))
        self._git("clone", "--mirror", "--quiet", str(git_dir), str(self._clone))
        self._in = f"--git-dir={self._clone}"
        self._server: HookSettings = read_config(ask_config(os.environ | {"GIT_DIR": str(git_dir)}))
        with PushedObjects(os.environ | {"GIT_DIR": str(self._clone)}) as objects:
            self._default: Default = Refs(str(self._clone), "").default(objects)
            self._rules = rules(objects, self._default, str(self._clone), keep=False)
            self._guards = self._rules.guards
        self._promoter = self._server.promoter or "the-promoter"  # by signature
        self._variable = self._server.identity or WEB_SERVER
        self._key = TrialKey(scratch) if self._server.signers else None
        signers = self._key.public if self._key else None
        fsck = config(git_dir, FSCK) == ["true"]
        wanted = Wanted(self._promoter, self._variable, signers=signers, fsck=fsck)
        for step in install_steps(str(self._clone), wanted):
            step.do()

    def results(self) -> Iterator[Result]:
        if not self._guards:
            why = self._rules.unguarded or "there is no stagelock.yaml on the default branch"
            raise TrialError(f"no outputs are protected: {why}")
        if self._server.promoter is None and self._server.signers is None:
            message = "who promotes is not known: git config stagelock.promoter NAME"
            raise TrialError(f"every promotion is refused: {message}")
        for case in self._cases():
            yield self._push(case)

    def _cases(self) -> Iterator[Case]:
        main, default = NOBODY, self._default.ref
        for guard in self._guards[:STAGES]:
            yield from self._stage(guard)
        stage = self._guards[0].stage
        ours = f"refs/heads/stagelock/{stage}".encode()
        yield Case(f"somebody pushes stagelock/{stage}", main, ours, "x", "refuse")
        yield Case("somebody moves a lock's ref", main, b"refs/stagelock/locks/x", "x", "refuse")
        yield Case("somebody pushes a branch", main, b"refs/heads/hook-test", "x", "accept")
        free = "stagelock-hook-test.txt"
        yield Case("somebody changes another file", main, default, free, "accept")
        yield Case("somebody pushes a folder with a name twice", main, default, None, "refuse")
        file = "stagelock.yaml"
        said = "somebody breaks stagelock.yaml"
        yield Case(said, main, default, file, "refuse", b"stages: [\n")

    def _stage(self, guard: Guard) -> Iterator[Case]:
        path, key, _ = guard.outputs[0]
        if key is not None or guard.ref != self._default.ref:
            return
        target = f"{path}/stagelock-hook-test" if path else "stagelock-hook-test"
        what = f"{path} of stage {guard.stage}"
        yield Case(f"somebody writes {what}", NOBODY, guard.ref, target, "refuse")
        if not guard.groups:
            yield Case(
                f"{self._promoter} writes {what}", self._promoter, guard.ref, target, "accept"
            )
        if self._key and not guard.groups:
            said = f"commit writes {what}, and the server does not say who pushes"
            for signed, how, wanted in ((True, "a signed", "accept"), (False, "an", "refuse")):
                words = f"{how} {'' if signed else 'unsigned '}{said}"
                yield Case(words, None, guard.ref, target, wanted, stage=guard.stage, signed=signed)

    def _push(self, case: Case) -> Result:
        tip = self._text("rev-parse", self._default.ref.decode())
        commit = self._commit(tip, case)
        names = {*HOSTS, WEB_SERVER, self._variable}
        env = {k: v for k, v in self._env.items() if k not in names}
        done = subprocess.run(
            [
                *("git", self._in, "push", "--quiet", str(self._clone)),
                f"{commit}:{case.ref.decode()}",
            ],
            env=env | ({self._variable: case.who} if case.who is not None else {}),
            capture_output=True,
            check=False,
        )
        said = [
            line.removeprefix("remote: ").rstrip()
            for line in done.stderr.decode("utf-8", "replace").splitlines()
            if line.startswith("remote: ")
        ]
        if done.returncode == 0:
            self._undo(case.ref, tip)
        return Result(case.said, case.wanted, done.returncode == 0, tuple(said))

    def _commit(self, tip: str, case: Case) -> str:
        """A commit on *tip* with one file changed, made without a checkout."""
        tree = self._doubled(tip) if case.path is None else self._changed(tip, case)
        who = {f"GIT_{r}_{k}": "t@t" for r in ("AUTHOR", "COMMITTER") for k in ("NAME", "EMAIL")}
        said = "Try the hook"
        if case.stage is not None:
            branch = self._default.branch
            said += f"\n\nStagelock-Stage: {case.stage}\nStagelock-Branch: {branch}"
        made = self._text("commit-tree", tree, "-p", tip, "-m", said, extra=who)
        if self._key is None or not case.signed:
            return made
        raw = self._git(self._in, "cat-file", "commit", made)
        signed = self._key.signed(raw)
        return self._text("hash-object", "-t", "commit", "-w", "--stdin", stdin=signed)

    def _doubled(self, tip: str) -> str:
        """The root tree of *tip* with its first name twice, which git takes if it is not asked."""
        raw = self._git(self._in, "cat-file", "tree", f"{tip}^{{tree}}")
        first = raw[: raw.index(b"\0") + 1 + len(tip) // 2]
        words = ("hash-object", "--literally", "-t", "tree", "-w", "--stdin")
        return self._text(*words, stdin=first + raw)

    def _changed(self, tip: str, case: Case) -> str:
        blob = self._text("hash-object", "-w", "--stdin", stdin=case.content or b"")
        index = {"GIT_INDEX_FILE": str(self._index)}
        self._git(self._in, "read-tree", tip, extra=index)
        entry = f"100644,{blob},{case.path}"
        self._git(self._in, "update-index", "--add", "--replace", "--cacheinfo", entry, extra=index)
        return self._text("write-tree", extra=index)

    def _undo(self, ref: bytes, tip: str) -> None:
        name = ref.decode()
        words = (
            ("update-ref", name, tip) if ref == self._default.ref else ("update-ref", "-d", name)
        )
        self._git(self._in, *words)

    def _text(self, *words: str, stdin: bytes = b"", extra: dict[str, str] | None = None) -> str:
        return self._git(self._in, *words, stdin=stdin, extra=extra).decode().strip()

    def _git(self, *words: str, stdin: bytes = b"", extra: dict[str, str] | None = None) -> bytes:
        done = subprocess.run(
            ["git", *words],
            input=stdin,
            capture_output=True,
            check=False,
            env=self._env | (extra or {}),
        )
        if done.returncode != 0:
            raise TrialError(f"git {words[-1]}: {done.stderr.decode('utf-8', 'replace').strip()}")
        return done.stdout
