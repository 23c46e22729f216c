"""Talking with one repository on a server: list, fetch, push by compare-and-swap."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.core.facts import RefUpdate
from app.core.names import Sha, is_sha
from app.errors import OutsideError, Rejected
from app.gitplumbing.environment import Setting, credentials, spellings
from app.gitplumbing.failures import failure
from app.gitplumbing.process import Answer, run
from app.gitplumbing.pushing import already_gone, arguments, lacks_atomic, refusal

LIST_SECONDS = 60
FETCH_SECONDS = 300
CLONE_SECONDS = 1800
PUSH_SECONDS = 120
HEADS = "refs/heads/"
_FETCH = (
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-recurse-submodules",
    "--no-show-forced-updates",
    "--filter=blob:none",
)


@dataclass(frozen=True, slots=True)
class Remote:
    """
    A repository at *url*, called *label* in messages; *token* stays out of every text.

    All methods may raise the five errors of `app/errors.py`.
    """

    url: str
    label: str
    token: str | None = field(default=None, repr=False)

    def branches(self) -> Mapping[str, Sha]:
        """Every branch's tip as the server has it now; needs no repository here."""
        # Away from any repository: one's configuration could rewrite the URL.
        own = credentials(self.url, self.token)
        listing = ("ls-remote", "--heads", self.url)
        answer = run(*listing, folder=os.sep, timeout=LIST_SECONDS, settings=own)
        self._check(answer, f"listing the branches of {self.label}")
        tips = dict(_tip(line) for line in answer.out.splitlines())
        if any(len(sha) != 40 for sha in tips.values()):
            raise Rejected(f"{self.label} uses SHA-256 object ids, which are not supported yet")
        return tips

    def fetch(self, git_dir: Path, *, timeout: float = FETCH_SECONDS) -> None:
        """Make the branches in *git_dir* those of the server, without blobs where it can filter."""
        spec = f"+{HEADS}*:{HEADS}*"
        answer = self._run(*_FETCH, "--prune", "origin", spec, git_dir=git_dir, timeout=timeout)
        self._check(answer, f"fetching {self.label}")

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

    def push(self, git_dir: Path, updates: Sequence[RefUpdate]) -> None:
        """
        Move refs of the server all or none, each only from its expected id.

        Deleting what is gone already, or moving what is there already, is done. Raises Conflict,
        Rejected (with the rule's text), Denied, Missing, or Transient (``maybe_done``).
        """
        answer = self._push(git_dir, updates, atomic=True)
        if answer.code and lacks_atomic(answer.err) and len(updates) == 1:
            answer = self._push(git_dir, updates, atomic=False)
        if answer.code == 0:
            return
        gone = already_gone(answer.err, updates)
        if gone:
            if rest := [update for update in updates if update.ref not in gone]:
                self.push(git_dir, rest)
            return
        raise self._refused(answer, updates)

    def _push(self, git_dir: Path, updates: Sequence[RefUpdate], *, atomic: bool) -> Answer:
        args = arguments(updates, atomic=atomic)
        return self._run(*args, git_dir=git_dir, timeout=PUSH_SECONDS)

    def _refused(self, answer: Answer, updates: Sequence[RefUpdate]) -> OutsideError:
        doing = f"pushing to {self.label}"
        secrets = spellings(self.token)
        found = refusal(doing, answer.out, answer.err, updates, secrets)
        return found or failure(doing, answer.err, secrets=secrets, writing=True)

    def _check(self, answer: Answer, doing: str) -> None:
        if answer.code:
            raise failure(doing, answer.err, secrets=spellings(self.token))

    def _run(
        self,
        *args: str,
        git_dir: Path,
        timeout: float,
        stdin: bytes = b"",
        settings: tuple[Setting, ...] = (),
    ) -> Answer:
        # The URL is handed over, not stored: the repository may be renamed at any time.
        origin = ("remote.origin.url", self.url)
        own = (origin, *settings, *credentials(self.url, self.token))
        return run(*args, git_dir=git_dir, stdin=stdin, timeout=timeout, settings=own)


def _tip(line: bytes) -> tuple[str, Sha]:
    sha, _, ref = line.decode("utf-8", "surrogateescape").partition("\t")
    if not is_sha(sha):
        raise Rejected(f"git listed a branch in a form that we do not know: {line[:80]!r}")
    return ref.removeprefix(HEADS), Sha(sha)
