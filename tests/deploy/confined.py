"""
Start a command as systemd or a container runtime would start it, as far as a test can.

A file system that is read-only but for what is named, other folders hidden, an unprivileged user
without capabilities that can gain none, a filter of system calls, and the environment that is named,
nothing else. Linux, and root, are needed: `why_not` says what is missing.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.processes import Running

ROOT = Path(__file__).parents[2]
TOOLS = ("unshare", "setpriv", "mount", "mknod", "systemd-analyze")
NEW = "/mnt"
OWN = ("/mnt", "/opt", "/run", "/dev")
"""What is its own in each room."""
LOADER = Path(__file__).with_name("syscalls.py")


@cache
def why_not() -> str:
    """Why nothing can be confined here; "" where it can."""
    if os.geteuid() != 0:
        return "only root may make file systems read-only for one process"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"these programs are missing: {', '.join(missing)}"
    tried = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "none", "/mnt"],
        capture_output=True,
        check=False,
    )
    return "" if tried.returncode == 0 else "this machine lets nobody mount anything"


@dataclass(frozen=True, slots=True)
class Room:
    """
    Where a command runs.

    *writable*: place inside -> folder of the test; *hidden*: empty there; *scratch*: empty and
    writable; *shared*: places of this machine, of those that are a room's own, that are there, too;
    *installed*: the virtual environment that is at /opt/stagelock (None: nothing is); *secrets*: file
    inside -> its text, for its user alone. *calls*: names, or sets of names (`@system-service`), of
    the system calls that it may use; none: all.
    """

    user: int
    environ: Mapping[str, str]
    writable: Mapping[str, Path] = field(default_factory=dict)
    hidden: Sequence[str] = ()
    scratch: Sequence[str] = ("/tmp",)  # inside of it
    shared: Sequence[Path] = ()
    installed: Path | None = Path(sys.prefix)
    secrets: Mapping[str, str] = field(default_factory=dict)
    calls: Sequence[str] = ()
    families: Sequence[str] = ()
    umask: str = "022"

    def script(self, command: Sequence[str]) -> str:
        """What makes the room, a root of its own, and becomes *command* in it."""
        lines = ["set -e", f"mount -t tmpfs -o mode=755 none {NEW}"]
        for place in sorted(Path("/").iterdir()):
            if place.is_symlink():
                lines.append(f"cp -P {place} {NEW}{place}")
            elif place.is_dir() and str(place) not in OWN and not self._kept_out(place):
                lines.append(f"mkdir {NEW}{place}; mount --rbind {place} {NEW}{place}")
        lines.append("".join(f"mkdir -p {NEW}{place}; " for place in OWN))
        bare = "mkdir -p {0}; mount -t tmpfs -o mode=755 none {0}"
        lines += [bare.format(f"{NEW}{place}") for place in self._empty()]
        lines += [f"chmod 1777 {NEW}{place}" for place in self.scratch]
        for inside, source in self._made_of():
            lines.append(f"mkdir -p {NEW}{inside}; mount --rbind {source} {NEW}{inside}")
        self._devices(lines)
        self._secrets(lines)
        lines.append(f"exec chroot {NEW} sh -c {shlex.quote(self._inside(command))}")
        return "\n".join(lines)

    def _inside(self, command: Sequence[str]) -> str:
        kept = "|".join([*self.writable, *self.scratch, "/dev/*", "/proc*", "/sys*"])
        return (
            f"for at in $(cut -d' ' -f5 /proc/self/mountinfo); do case $at in {kept}) ;; "
            "*) mount -o remount,bind,ro $at 2>/dev/null || :;; esac; done\n"  # some are covered
            f"umask {self.umask}; cd /\n{shlex.join(['exec', *self._becomes(command)])}"
        )

    def _kept_out(self, place: Path) -> bool:
        return str(place) in (*self.hidden, *self.scratch)

    def _empty(self) -> list[str]:
        below = {str(Path(place).parent) for place in self.writable}
        return [*self.hidden, *self.scratch, *sorted(below - {"/"})]

    def _made_of(self) -> list[tuple[str, Path]]:
        """What it is made of, where that would be hidden, and what it may write."""
        empty = (*self._empty(), *OWN)
        needed = [str(ROOT), sys.prefix, sys.base_prefix]
        unseen = [one for one in needed if any(one.startswith(f"{place}/") for place in empty)]
        found = [(one, Path(one)) for one in dict.fromkeys(unseen)]
        ours = [] if self.installed is None else [("/opt/stagelock", self.installed)]
        return [*found, *((str(one), one) for one in self.shared), *ours, *self.writable.items()]

    @staticmethod
    def _devices(lines: list[str]) -> None:
        lines.append(f"mkdir -m 1777 {NEW}/dev/shm; ln -s /proc/self/fd {NEW}/dev/fd")
        for minor, name in ((3, "null"), (5, "zero"), (7, "full"), (8, "random"), (9, "urandom")):
            lines.append(f"mknod -m 666 {NEW}/dev/{name} c 1 {minor}")

    def _secrets(self, lines: list[str]) -> None:
        made = "mkdir -p {0}; chmod 500 {0}; chown {1} {0}"
        folders = {f"{NEW}{Path(file).parent}" for file in self.secrets}
        lines += [made.format(folder, self.user) for folder in sorted(folders)]
        for number, file in enumerate(self.secrets):
            lines.append(f'printf %s "$SECRET_{number}" > {NEW}{file}; unset SECRET_{number}')
            lines.append(f"chmod 400 {NEW}{file}; chown {self.user} {NEW}{file}")

    def _becomes(self, command: Sequence[str]) -> list[str]:
        user = str(self.user)
        held = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--no-new-privs"]
        held += ["--bounding-set", "-all", "--inh-caps", "-all"]
        clean = ["env", "-i", *(f"{name}={value}" for name, value in self.environ.items())]
        if not self.calls:
            return [*held, *clean, *command]
        rules = json.dumps({"calls": allowed(tuple(self.calls)), "families": list(self.families)})
        return [*held, *clean, sys.executable, "-I", str(LOADER), rules, *command]


class Confined(Running):
    """A command in a `Room`; otherwise a `Running`."""

    def __init__(self, room: Room, command: Sequence[str]) -> None:
        secrets = {f"SECRET_{n}": text for n, text in enumerate(room.secrets.values())}
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", room.script(command)],
            env={"PATH": os.environ["PATH"], **secrets},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self._readers: list[threading.Thread] = []
        self.hear()


@cache
def allowed(sets: tuple[str, ...]) -> list[str]:
    """The system calls of systemd's *sets*, as this machine's systemd knows them."""
    found: set[str] = set()
    todo = list(sets)
    while todo:
        one = todo.pop()
        if not one.startswith("@"):
            found.add(one)
            continue
        command = ["systemd-analyze", "syscall-filter", one]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        lines = [line.strip() for line in text.splitlines()[1:]]
        todo += [line for line in lines if line and not line.startswith("#")]
    return sorted(found)


def owned(folder: Path, user: int) -> Path:
    """*folder*, made for that user alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chown(folder, user, user)
    return folder


Start = Callable[[Room, Sequence[str]], Confined]
