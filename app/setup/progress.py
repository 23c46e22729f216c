"""How far set-up has come: one private file, changed by one process at a time."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.settings import kept, private


class Trouble(StrEnum):
    """What became of the code that GitHub gave last."""

    NONE = ""
    SILENT = "silent"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Answers:
    """Where this server runs and who will own the App."""

    public_url: str
    github_url: str
    organisation: str
    """Empty: the person's own account."""


@dataclass(frozen=True, slots=True)
class Progress:
    """
    What a start again needs to go on. Of what opens something there are only hashes (SHA-256).
    """

    key: str
    """It signs."""
    token: str = ""
    """The hash of the one-time address's token; "": it was used."""
    session: str = ""
    """The hash of the session of the browser that used it."""
    state: str = ""
    """The hash of the state that GitHub is to bring back."""
    answers: Answers | None = None
    code: str = field(default="", repr=False)
    """GitHub's, as long as it has not been turned into an App."""
    trouble: Trouble = Trouble.NONE
    said: str = ""
    """GitHub's words for *trouble*."""


class Book:
    """The file. `private.Exposed` where others may read it; what is damaged counts as not there."""

    def __init__(self, data_dir: Path) -> None:
        folder = kept.folder(data_dir)
        self._file = folder / "setup.json"
        self._lock = folder / "setup.lock"
        self._asking = folder / "asking.lock"

    def is_there(self) -> bool:
        """Whether set-up has begun and not ended."""
        return self._file.exists()

    def read(self) -> Progress | None:
        """What was written last."""
        content = private.read(self._file)
        return None if content is None else _read(content)

    def write(self, progress: Progress) -> None:
        """Remember *progress*; OSError."""
        private.write(self._file, json.dumps(asdict(progress)).encode())

    def close(self) -> None:
        """Forget all of it."""
        self._file.unlink(missing_ok=True)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else reads and writes meanwhile."""
        with _held(self._lock, fcntl.LOCK_EX):
            yield

    @contextmanager
    def asking(self) -> Iterator[bool]:
        """Hold the right to ask GitHub; False where somebody else has it. It ends with us."""
        try:
            with _held(self._asking, fcntl.LOCK_EX | fcntl.LOCK_NB):
                yield True
        except BlockingIOError:
            yield False


@contextmanager
def _held(file: Path, how: int) -> Iterator[None]:
    private.folder_of(file)
    number = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, how)
        yield
    finally:
        os.close(number)


def _read(content: bytes) -> Progress | None:
    try:
        data: dict[str, Any] = json.loads(content)
        values = {field.name: data[field.name] for field in fields(Progress)}
        answers = values.pop("answers")
        trouble = Trouble(values.pop("trouble"))
        said = None if answers is None else Answers(**answers)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return Progress(answers=said, trouble=trouble, **values)
