"""Talking with one repository on a server: list, fetch, push by compare-and-swap."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.core.model.facts import RefUpdate
from app.core.model.names import Sha, is_sha
from app.errors import Conflict, OutsideError, Rejected
from app.gitplumbing.environment import FILES, Setting, credentials, spellings
from app.gitplumbing.failures import failure, unaccepted
from app.gitplumbing.process import GitAnswer, run
from app.gitplumbing.pushing import arguments, lacks_atomic, refusal

LIST_SECONDS = 60
FETCH_SECONDS = 300
CLONE_SECONDS = 1800
PUSH_SECONDS = 60
HEADS = "refs/heads/"
LOCKS = "refs/stagelock/locks/"
_PLAIN_FETCH = (
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-recurse-submodules",
    "--no-show-forced-updates",
)
# By default git looks only along the paths that changed for what the server has. A folder that was
# copied from elsewhere looks new then: its blobs would be fetched, and sent back. All of the tip's
# trees are looked at instead: https://git-scm.com/docs/git-config (pack.useSparse).
_WHOLE: tuple[Setting, ...] = (("pack.useSparse", "false"),)
_FETCH = (*_PLAIN_FETCH, "--filter=blob:none")


@dataclass(slots=True)
class Remote:
    """A repository on a server. All methods may raise the five errors of `app/errors.py`."""

    url: str
    label: str
    """What messages call it."""
    token: str | None = field(default=None, repr=False)
    """It stays out of every text; None: it needs none."""
    renew: Callable[[str], str | None] = field(default=lambda token: token, repr=False)
    """
    It is handed a token that the server no longer takes, and what it answers is tried once: tokens
    live for an hour, and may end in the middle of a tick. None: there is no other.
    """
    takes: Callable[[float], None] = field(default=lambda _seconds: None, repr=False)
    """It is told of what may take that many seconds by itself, before it begins."""
    way: tuple[Setting, ...] = field(default=(), repr=False)
    """How the server is reached: `way_out`."""
    _ended: list[str] = field(default_factory=list, repr=False)

    def branches(self) -> Mapping[str, Sha]:
        """Every branch's tip as the server has it now; needs no repository here."""
        refs = self._refs(f"{HEADS}*")
        tips = {r.removeprefix(HEADS): s for r, s in refs.items() if r.startswith(HEADS)}
        if any(len(sha) != 40 for sha in tips.values()):
            raise Rejected(f"{self.label} uses SHA-256 object ids, which are not supported yet")
        return tips

    def fetch(self, git_dir: Path, *, timeout: float = FETCH_SECONDS) -> None:
        """
        Make the branches and locks' refs in *git_dir* those of the server, without blobs where it
        can filter.
        """
        specs = [f"+{refs}*:{refs}*" for refs in (HEADS, LOCKS)]
        answer = self._run(*_FETCH, "--prune", "origin", *specs, git_dir=git_dir, timeout=timeout)
        self._check(answer, f"fetching {self.label}")

    def fetch_root(self, git_dir: Path, branch: str) -> None:
        """
        Bring only the tip of *branch* and its root tree, where the server can filter so.

        https://git-scm.com/docs/git-rev-list (``--filter=tree:<depth>``)
        """
        answer = self._run(
            *_PLAIN_FETCH,
            "--depth=1",
            "--filter=tree:1",
            "origin",
            f"+{HEADS}{branch}:{HEADS}{branch}",
            git_dir=git_dir,
            timeout=FETCH_SECONDS,
        )
        self._check(answer, f"looking at {branch} of {self.label}")

    def fetch_objects(self, git_dir: Path, wanted: Iterable[Sha]) -> None:
        """Fetch the objects *wanted* in one request; Missing where the server lacks one."""
        lines = "".join(f"{sha}\n" for sha in wanted).encode()
        # As git's own lazy fetches do: https://git-scm.com/docs/partial-clone
        noop = (("fetch.negotiationAlgorithm", "noop"),)
        answer = self._run(
            *_FETCH,
            "--stdin",
            "origin",
            git_dir=git_dir,
            stdin=lines,
            timeout=FETCH_SECONDS,
            settings=noop,
        )
        self._check(answer, f"fetching objects of {self.label}")

    def fetch_commit(self, git_dir: Path, sha: Sha) -> None:
        """
        Fetch a commit by its id, and of what leads to it only what is not here.

        GitHub gives what a pull request's head has, also of a fork:
        https://docs.github.com/pull-requests (``refs/pull/<number>/head``)
        """
        answer = self._run(*_FETCH, "origin", sha, git_dir=git_dir, timeout=FETCH_SECONDS)
        self._check(answer, f"fetching {sha[:7]} of {self.label}")

    def push(self, git_dir: Path, updates: Sequence[RefUpdate]) -> None:
        """
        Move refs of the server all or none, each only from its expected id.

        Deleting what is gone already, or moving what is there already, is done. Raises Conflict,
        Rejected (with the rule's text), Denied, Missing, or Transient (``maybe_done``). Whatever
        has to be tried twice on the way, nothing of it runs for longer than `PUSH_SECONDS`.
        """
        self._push_until(git_dir, updates, time.monotonic() + PUSH_SECONDS)

    def _push_until(self, git_dir: Path, updates: Sequence[RefUpdate], until: float) -> None:
        if not updates:
            return
        answer = self._push(git_dir, updates, until, atomic=True)
        if answer.code and lacks_atomic(answer.err):
            if len(updates) > 1:
                raise Rejected(f"pushing to {self.label}: its server moves one ref at a time")
            answer = self._push(git_dir, updates, until, atomic=False)
        if answer.code == 0:
            return
        error = self._refused(answer, updates)
        if isinstance(error, Conflict) and (rest := self._not_gone(updates)) != list(updates):
            self._push_until(git_dir, rest, until)
            return
        raise error

    def _not_gone(self, updates: Sequence[RefUpdate]) -> list[RefUpdate]:
        """Leave out deletions of what is not there any more: git calls those stale."""
        doomed = [update.ref for update in updates if update.new is None]
        there = self._refs(*doomed) if doomed else {}
        return [update for update in updates if update.new is not None or update.ref in there]

    def _refs(self, *patterns: str) -> Mapping[str, Sha]:
        # Away from any repository: one's configuration could rewrite the URL.
        listing = ("ls-remote", "--refs", self.url, *patterns)
        answer = self._signed(
            lambda own: run(
                *listing, folder=os.sep, timeout=LIST_SECONDS, settings=(*self._local(), *own)
            )
        )
        self._check(answer, f"listing the branches of {self.label}")
        return dict(tip for line in answer.out.splitlines() if (tip := _tip(line)))

    def _push(
        self, git_dir: Path, updates: Sequence[RefUpdate], until: float, *, atomic: bool
    ) -> GitAnswer:
        args = arguments(updates, atomic=atomic)
        return self._run(*args, git_dir=git_dir, until=until, settings=_WHOLE)

    def _refused(self, answer: GitAnswer, updates: Sequence[RefUpdate]) -> OutsideError:
        doing = f"pushing to {self.label}"
        secrets = self._secrets()
        outside_error = refusal(doing, answer.out, answer.err, updates, secrets)
        return outside_error or failure(doing, answer.err, secrets=secrets, writing=True)

    def _check(self, answer: GitAnswer, doing: str) -> None:
        if answer.code:
            raise failure(doing, answer.err, secrets=self._secrets())

    def _secrets(self) -> tuple[str, ...]:
        proxies = tuple(value for _, value in self.way if "@" in value)
        tokens = (self.token, *self._ended)
        return (*proxies, *(text for token in tokens for text in spellings(token)))

    def _run(
        self,
        *args: str,
        git_dir: Path,
        timeout: float = PUSH_SECONDS,
        until: float | None = None,
        stdin: bytes = b"",
        settings: tuple[Setting, ...] = (),
    ) -> GitAnswer:
        # The URL is handed over, not stored: the repository may be renamed at any time.
        origin = ("remote.origin.url", self.url)
        return self._signed(
            lambda own: run(
                *args,
                git_dir=git_dir,
                stdin=stdin,
                timeout=timeout if until is None else max(until - time.monotonic(), 0.0),
                settings=(origin, *self._local(), *settings, *own),
            )
        )

    def _local(self) -> tuple[Setting, ...]:
        """Files are read where we ourselves were given a folder, and nowhere else."""
        return () if self.url.startswith(("http://", "https://")) else (FILES,)

    def _signed(self, call: Callable[[tuple[Setting, ...]], GitAnswer]) -> GitAnswer:
        """Make *call* with our credentials, and once more if others are to be had."""
        answer = call((*self.way, *credentials(self.url, self.token)))
        if answer.code == 0 or self.token is None or not unaccepted(answer.err):
            return answer
        fresh = self.renew(self.token)
        if fresh == self.token:
            return answer
        self._ended.append(self.token)
        self.token = fresh
        return call((*self.way, *credentials(self.url, self.token)))


def _tip(line: bytes) -> tuple[str, Sha] | None:
    """Read a line of ls-remote; None for a ref whose name is no text, which nobody can ask for."""
    try:
        sha, _, ref = line.decode().partition("\t")
    except UnicodeDecodeError:
        return None
    if not is_sha(sha):
        raise Rejected(f"git listed a branch in a form that we do not know: {line[:80]!r}")
    return ref, Sha(sha)
