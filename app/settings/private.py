"""Files that only their owner may read: written whole or not at all, refused if others may."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
MOST = 1 << 20
"""Bytes of such a file."""


class Exposed(Exception):
    """Others may read it, or it is not ours; the text is a sentence with what to do."""


def read(file: Path) -> bytes | None:
    """The content of *file*, None where there is none; `Exposed`."""
    folder = file.parent
    try:
        _judge(folder, folder.lstat(), kind=stat.S_ISDIR, mode="0700")
        number = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Exposed(f"{file} cannot be read: {error.strerror}") from error
    with os.fdopen(number, "rb") as opened:
        _judge(file, os.fstat(number), kind=stat.S_ISREG, mode="0600")
        return opened.read(MOST)


def write(file: Path, content: bytes) -> None:
    """Put *content* in the place of *file*, at once; `Exposed`, OSError."""
    made = _beside(file, content)
    try:
        made.replace(file)
    except OSError:
        made.unlink()
        raise
    _keep_names(file.parent)


def write_first(file: Path, content: bytes) -> bool:
    """As `write`, where there is no *file* yet; False: there is, and it stays as it was."""
    made = _beside(file, content)
    try:
        os.link(made, file)
    except FileExistsError:
        return False
    finally:
        made.unlink()
    _keep_names(file.parent)
    return True


def folder_of(file: Path) -> Path:
    """The folder of *file*, made (0700) where it is not there; `Exposed`, OSError."""
    folder = file.parent
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _judge(folder, folder.lstat(), kind=stat.S_ISDIR, mode="0700")
    return folder


def _beside(file: Path, content: bytes) -> Path:
    """A new file in the folder of *file* that has *content* for sure."""
    made = folder_of(file) / f".{file.name}.{secrets.token_hex(8)}"
    number = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(number, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(number)
    except OSError:
        made.unlink()
        raise
    return made


def _keep_names(folder: Path) -> None:
    """A name is there for sure once its folder has been written."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _judge(path: Path, facts: os.stat_result, *, kind: Callable[[int], bool], mode: str) -> None:
    if not kind(facts.st_mode):
        raise Exposed(f"{path} is not what we made there: move it away")
    if facts.st_uid != os.geteuid() and os.geteuid() != 0:
        raise Exposed(f"{path} is another user's: give it to the user that the server runs as")
    if facts.st_mode & _OTHERS:
        raise Exposed(
            f"{path} can be read by others than its owner, and holds secrets: "
            f"`chmod {mode} {path}`, and make a new key and webhook secret if others did"
        )
