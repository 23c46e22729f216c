"""
Invariant 10 over whole flows: the hook stands before every repository of the sandbox.

It is installed as for all repositories of a server (`core.hooksPath`), and refuses as it does
there. Each push of the App that it lets in is judged once more as if somebody else made it; each
merge of our pull requests, which the sandbox makes without a push, is judged as the web's push. A
commit of ours that reaches a branch unseen by it is wrong, too: so it cannot be missing unnoticed.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from app.core.protection import Update, violations
from app.hook.facts import Gatherer
from app.hook.launcher import launcher
from app.hook.objects import PushedObjects
from app.hook.refs import Refs
from app.hook.server import HookSettings
from app.sandbox.github.git_store import ZERO, GitStore
from app.sandbox.github.hub import Hub, Watcher
from app.sandbox.github.model import Pull, Repo

BOT, OTHER = "stagelock[bot]", "mallory"
# `update` is the sandbox's own; hooks that a test puts into a repository are asked after ours.
PRE_RECEIVE = """\
#!/bin/sh
input=$(cat; echo .); input=${{input%.}}
printf %s "$input" | {folder}/judge; first=$?; second=-
if [ $first = 0 ] && [ "$GITHUB_USER_LOGIN" = '{bot}' ]; then
    printf %s "$input" | GITHUB_USER_LOGIN={other} REMOTE_USER={other} {folder}/judge 2>/dev/null
    second=$?
fi
file=$(mktemp {folder}/pushes/XXXXXXXX) || exit 1
printf '%s %s %s\\n%s\\n%s' "$GITHUB_USER_LOGIN" $first $second "$PWD" "$input" > "$file"
[ $first = 0 ] || exit 1
[ ! -x hooks/pre-receive ] || printf %s "$input" | hooks/pre-receive
"""
# A machine that is busy with other tests takes longer than the seconds that a server allows.
CONFIG = """\
[core]
    hooksPath = {folder}
[stagelock]
    promoter = "{bot}"
    budget = 60
"""
UPDATE = '#!/bin/sh\n[ ! -x hooks/update ] || exec hooks/update "$@"\n'


class Hooked:
    """The hook in one sandbox, and what it said to whom. Is told of refs that move (`Watcher`)."""

    def __init__(self, hub: Hub, root: Path) -> None:
        self._hub, self._folder = hub, root / "hooks"
        self._next: Watcher | None = hub.watcher
        self._wrong: list[str] = []
        self._ours: set[str] = set()
        (self._folder / "pushes").mkdir(parents=True)
        script = PRE_RECEIVE.format(folder=self._folder, bot=BOT, other=OTHER)
        for name, text in (
            ("judge", launcher()),
            ("pre-receive", script),
            ("update", UPDATE),
        ):
            file = self._folder / name
            file.write_text(text)
            file.chmod(file.stat().st_mode | stat.S_IXUSR)
        home = hub.root / ".gitconfig"  # the HOME of the sandbox's git
        home.write_text(CONFIG.format(folder=self._folder, bot=BOT))
        hub.watcher = self

    def pushed(self, repo: Repo, branch: str, before: str, after: str) -> None:
        """A branch moved; if that was a merge of a pull request of ours, judge it."""
        closed = self._hub.pulls_of(repo, "closed")
        merged = [p for p in closed if p.merge_sha == after and p.base == branch]
        for pull in merged:
            if pull.head.startswith("stagelock/"):
                self._judge(repo, pull, before, after)
        if not merged and self._hub.git(repo).commit(after).committer.name == BOT:
            self._ours.add(after)
        if self._next is not None:
            self._next.pushed(repo, branch, before, after)

    def _judge(self, repo: Repo, pull: Pull, before: str, after: str) -> None:
        update = Update(f"refs/heads/{pull.base}".encode(), before, after)
        who = pull.merged_by.login if pull.merged_by else "nobody"
        folder = os.fspath(repo.path)
        with PushedObjects(os.environ | {"GIT_DIR": folder}) as objects:
            refs = Before(folder, update)
            gatherer = Gatherer(objects, refs, folder, HookSettings(promoter=BOT), keep=False)
            found = violations(gatherer.push([update], who))
        if {one.code for one in found} == {"held"} and not self._green(repo, pull):
            return  # out of turn: nobody was told that it may be merged
        self._wrong += [f"the merge of #{pull.number} by {who}: {one}" for one in found]

    def _green(self, repo: Repo, pull: Pull) -> bool:
        runs = [r for r in self._hub.runs_of(repo, pull.head_sha) if r.name == "stagelock / plan"]
        return bool(runs) and runs[-1].conclusion == "success"

    def wrong(self) -> list[str]:
        """What contradicts the invariant, in words; to be asked at the end."""
        seen: set[str] = set()
        for file in sorted((self._folder / "pushes").iterdir()):
            head, folder, moved = file.read_text().split("\n", 2)
            who, first, second = head.rsplit(" ", 2)
            lines = [line.split(" ", 2) for line in moved.splitlines()]
            if who == BOT:
                seen |= {new for _, new, _ in lines}
                if first != "0":
                    self._wrong.append(f"our push was refused:\n{moved}")
            if second == "0" and not makes_nothing(GitStore(Path(folder)), lines):
                self._wrong.append(f"our push would be let in from anybody:\n{moved}")
        unseen = sorted(self._ours - seen)
        return self._wrong + [f"the hook was not asked about our {sha}" for sha in unseen]


def makes_nothing(git: GitStore, lines: list[list[str]]) -> bool:
    """An empty branch of a stage with a folder on it may be made by anybody."""
    return all(old == ZERO and not git.files(new) for old, new, _ in lines)


class Before(Refs):
    """The refs as they were before *moved* moved."""

    def __init__(self, git_dir: str, moved: Update) -> None:
        super().__init__(git_dir, "")
        self._moved = moved

    def tip(self, objects: PushedObjects, ref: bytes) -> tuple[str, bytes] | None:
        if ref != self._moved.ref:
            return super().tip(objects, ref)
        old = self._moved.old
        return objects.commit(old.encode()) if old not in (None, ZERO) else None
