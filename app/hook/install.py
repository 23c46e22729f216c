"""
Installing the hook into a repository, and taking it out again: a list of steps, then the steps.

Doing it twice changes nothing; a hook that was there before is kept and asked after ours.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.hook.cache import FILE, FORCE, NEWEST
from app.hook.host import variable
from app.hook.launcher import is_ours, launcher, write_executable
from app.hook.main import BEFORE
from app.hook.signers import SignersError, normalised

OPTIONS = "receive.advertisePushOptions"
FSCK = "receive.fsckObjects"
PROTECT = "stagelock.protect-config"
IDENTITY = "stagelock.identity"
SIGNERS = Path("stagelock", "signers")
_SWITCHED = {OPTIONS: "stagelock.advertised", FSCK: "stagelock.fsck"}
"""What is set where we switched a setting of git's on: `--uninstall` switches it off again."""


class InstallError(Exception):
    """It cannot be installed there; the text says why, and what to do."""


class NoRepository(InstallError):
    """The folder that was named is none: the question was wrong."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change, in words, and the way to make it."""

    said: str
    do: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the administrator asked for; None and () leave settings as they are."""

    promoter: str | None = None
    identity: str | None = None
    breakglass: tuple[str, ...] = ()
    file: str | None = None
    signers: str | None = None
    fsck: bool = True
    """Git looks through what is pushed, and refuses broken objects before the hook is asked."""
    editors: tuple[str, ...] | None = None
    """Who may change `stagelock.yaml` beside the promoter."""


def install_steps(folder: str, wanted: Wanted) -> list[Step]:
    """List the steps that install the hook into the repository *folder*; ``InstallError``."""
    git_dir = find_git_dir(folder)
    hook = _place(git_dir, wanted.file)
    steps = _hook_steps(hook)
    for key in (OPTIONS, FSCK) if wanted.fsck else (OPTIONS,):
        steps += _switch_on(git_dir, key)
    identity = wanted.identity or known_identity(folder, wanted.file)
    for key, value in (("stagelock.promoter", wanted.promoter), (IDENTITY, identity)):
        if value is not None and config(git_dir, key) != [value]:
            steps.append(_setting(git_dir, key, value))
    if wanted.signers is not None:
        kept = git_dir / SIGNERS
        steps += _signers_steps(wanted.signers, kept)
        if config(git_dir, "stagelock.signers") != [str(kept)]:
            steps.append(_setting(git_dir, "stagelock.signers", str(kept)))
    steps += _protecting(git_dir, wanted.editors)
    users = " ".join(wanted.breakglass)
    if users and config(git_dir, "stagelock.breakglass") != [users]:
        steps.append(_setting(git_dir, "stagelock.breakglass", users))
    return steps


def uninstall_steps(folder: str, file: str | None = None) -> list[Step]:
    """List the steps that leave the repository as it was; the audit file stays."""
    git_dir = find_git_dir(folder)
    hook = _place(git_dir, file)
    steps = []
    if is_ours(hook):
        steps.append(Step(f"remove {hook}", hook.unlink))
    before = hook.with_name(hook.name + BEFORE)
    if before.exists():
        steps.append(Step(f"put back {hook} from {before.name}", lambda: _move(before, hook)))
    names = [
        "promoter",
        "identity",
        "breakglass",
        "signers",
        "budget",
        "overtime",
        "protect-config",
    ]
    keys = [f"stagelock.{name}" for name in names]
    for key, mark in _SWITCHED.items():
        keys += [key, mark] if config(git_dir, mark) else []
    steps += [_setting(git_dir, key, None) for key in keys if config(git_dir, key)]
    for known in (*(git_dir / name for name in (FILE, FORCE, NEWEST)), git_dir / SIGNERS):
        if known.exists():
            steps.append(Step(f"remove {known}", known.unlink))
    return steps


def everywhere_steps(folder: str, signers: str | None = None) -> list[Step]:
    """List the steps that install it into *folder*, for `core.hooksPath`."""
    steps = _hook_steps(Path(folder).resolve() / "pre-receive", everywhere=True)
    return steps + (_signers_steps(signers, everywhere_signers(folder)) if signers else [])


def everywhere_signers(folder: str) -> Path:
    """Where the allowed signers of an installation for all repositories are kept."""
    return Path(folder).resolve() / SIGNERS.name


def find_git_dir(folder: str) -> Path:
    """Find the repository's own folder; ``NoRepository`` where *folder* is none."""
    done = _git("-C", folder, "rev-parse", "--absolute-git-dir")
    if done.returncode != 0:
        raise NoRepository(f"{folder} is not a Git repository: name the one on the server")
    return Path(os.fsdecode(done.stdout).strip())


def hooks_folder(git_dir: Path) -> Path:
    """Where git looks for the repository's hooks."""
    done = _git("-C", str(git_dir), "rev-parse", "--git-path", "hooks")
    return (git_dir / os.fsdecode(done.stdout).strip()).resolve()


def config(git_dir: Path, key: str) -> list[str]:
    """The values that the repository itself sets for *key*."""
    done = _git("-C", str(git_dir), "config", "--local", "--get-all", key)
    return os.fsdecode(done.stdout).splitlines()


def is_open(folder: str) -> bool:
    """Tell whether whoever may push may change `stagelock.yaml`, and so what is protected."""
    return not config(find_git_dir(folder), PROTECT)


def has_identity(folder: str) -> bool:
    """Tell whether the one variable that says who pushes is named, here or for the machine."""
    return _is_set(folder, IDENTITY)


def has_promoter(folder: str) -> bool:
    """Tell whether anybody is known who promotes, by name or by signature, likewise."""
    return _is_set(folder, "stagelock.promoter") or _is_set(folder, "stagelock.signers")


def _is_set(folder: str, key: str) -> bool:
    git_dir = find_git_dir(folder)
    done = _git("-C", str(git_dir), "config", "--get", key)
    return done.returncode == 0 and done.stdout.strip() != b""


def known_identity(folder: str, file: str | None) -> str | None:
    """Name the host's variable where none is named yet and the host can be told; else None."""
    if has_identity(folder):
        return None
    git_dir = find_git_dir(folder)
    listed = _git("-C", str(git_dir), "config", "--local", "--name-only", "--list").stdout
    return variable(git_dir, file, frozenset(os.fsdecode(listed).splitlines()))


def _protecting(git_dir: Path, editors: tuple[str, ...] | None) -> list[Step]:
    if editors is None or config(git_dir, PROTECT) == [" ".join(editors)]:
        return []
    return [_setting(git_dir, PROTECT, " ".join(editors))]


def _switch_on(git_dir: Path, key: str) -> list[Step]:
    there = config(git_dir, key)
    if there == ["true"]:
        return []
    mark = [] if there else [_setting(git_dir, _SWITCHED[key], "true")]
    return [*mark, _setting(git_dir, key, "true")]


def _signers_steps(source: str, kept: Path) -> list[Step]:
    """Copy the allowed signers: what the hook trusts changes only by another installation."""
    try:
        content = normalised(Path(source).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InstallError(f"{source} cannot be read: it must hold public keys") from error
    except SignersError as error:
        raise InstallError(f"{source}: {error}") from error
    if kept.is_file() and kept.read_text(encoding="utf-8") == content:
        return []

    def do() -> None:
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(content, encoding="utf-8")

    count = len(content.splitlines())
    return [Step(f"write {kept} ({count} key{'s' * (count > 1)})", do)]


def _place(git_dir: Path, file: str | None) -> Path:
    if file is not None:
        return git_dir / file
    hooks, used = git_dir / "hooks", hooks_folder(git_dir)
    if used != hooks.resolve():
        raise InstallError(
            f"core.hooksPath points at {used}, so git runs no hook of this repository: install "
            f"there, for all repositories, with: stagelock hook install --global {used}"
        )
    # Gitea and Forgejo: their own pre-receive runs what is in this folder, and is rewritten.
    several = hooks / "pre-receive.d"
    return several / "stagelock" if several.is_dir() else hooks / "pre-receive"


def _hook_steps(hook: Path, *, everywhere: bool = False) -> list[Step]:
    content = launcher(everywhere=everywhere).encode()
    if hook.exists() and hook.read_bytes() == content and os.access(hook, os.X_OK):
        return []
    steps = []
    if hook.exists() and not is_ours(hook):
        before = hook.with_name(hook.name + BEFORE)
        if before.exists():
            raise InstallError(f"{before} is in the way: two hooks were here before; merge them")
        ran = "asked after ours" if os.access(hook, os.X_OK) else "not executable: never asked"
        said = f"keep the hook that is there as {before.name} ({ran})"
        steps.append(Step(said, lambda: _move(hook, before)))
    steps.append(Step(f"write {hook}", lambda: write_executable(hook, content)))
    return steps


def _move(source: Path, target: Path) -> None:
    source.replace(target)


def _setting(git_dir: Path, key: str, value: str | None) -> Step:
    words: Sequence[str] = (key, value) if value is not None else ("--unset-all", key)
    said = f"set {key} = {value}" if value is not None else f"unset {key}"

    def do() -> None:
        how = ["--replace-all"] if value is not None else []
        done = _git("-C", str(git_dir), "config", "--local", *how, *words)
        if done.returncode != 0:
            raise InstallError(f"{said}: {os.fsdecode(done.stderr).strip()}")

    return Step(said, do)


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return subprocess.run(["git", *words], capture_output=True, check=False, env=env)
