"""
Other programs, started by `os.posix_spawn`: importing `subprocess` alone would take a third of what
the hook may cost (docs/decisions/0014-own-start-of-processes.md).

Only what the hook needs: no shell, no folder of its own, bytes in and out, standard error to
nowhere. Whoever is started lives no longer than the question: where the time is up
(`OutOfTimeError` comes out of a read or a write), or anything else goes wrong, it is killed.
"""

from __future__ import annotations

import os

from app.hook.signals import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

_PIECE = 1 << 16
"""Bytes that are read at once: what a pipe holds."""
_RESTORED = (signal.SIGPIPE, signal.SIGXFSZ)
"""Signals that Python ignores, and that the programs it starts would ignore with it."""


class Process:
    """
    The program *words* (looked up on the path) with the environment *env*, started.

    *talks*: it is asked through `stdin`; if not, its standard input is empty. `stdout` is what it
    says. Use as a context, at whose end it is dead. ``FileNotFoundError``: no such program.
    """

    def __init__(self, words: tuple[str, ...], env: Mapping[str, str], *, talks: bool) -> None:
        asked, ask = os.pipe() if talks else (os.open(os.devnull, os.O_RDONLY), -1)
        hear, said = os.pipe()
        try:
            self._pid = _spawn(words, env, {0: asked, 1: said})
        except BaseException:
            for end in (ask, hear):
                if end >= 0:
                    os.close(end)
            raise
        finally:
            os.close(asked)
            os.close(said)
        self._code: int | None = None
        self.stdin = open(ask, "wb") if talks else None  # noqa: SIM115  (closed by `__exit__`)
        self.stdout = open(hear, "rb")  # noqa: SIM115

    def __enter__(self) -> Process:  # noqa: PYI034  (typing costs milliseconds here)
        return self

    def __exit__(self, *_: object) -> None:
        if self._code is None:
            os.kill(self._pid, signal.SIGKILL)
        for pipe in (self.stdin, self.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except BrokenPipeError:
                continue  # it was killed with a question in the pipe: nobody waits for it
        self.wait()

    def wait(self) -> int:
        """Wait for its end; its exit code, or the signal that ended it as a negative number."""
        if self._code is None:
            self._code = _wait(self._pid)
        return self._code


def answer(asked: Process, data: bytes = b"") -> tuple[int, bytes]:
    """
    Give *data* to *asked*, hear it out, and wait for it: (exit code, what it said).

    It may speak before it has heard everything, or not listen at all: both are done as they come,
    so that neither waits for the other.
    """
    with asked:
        said, hear = asked.stdin, asked.stdout
        out = hear.read() if said is None else _exchange(said, hear, data)
        return asked.wait(), out


def tell(words: tuple[str, ...], env: Mapping[str, str], data: bytes) -> int:
    """
    Run *words* with *data* as its input and our own output as its output; its exit code.

    A negative one: the signal that ended it.
    """
    asked, ask = os.pipe()
    try:
        pid = _spawn(words, env, {0: asked})
    except BaseException:
        os.close(ask)
        raise
    finally:
        os.close(asked)
    try:
        with open(ask, "wb") as pipe:
            pipe.write(data)
    except BrokenPipeError:
        pass  # it did not want to know
    return _wait(pid)


def _spawn(words: tuple[str, ...], env: Mapping[str, str], ends: dict[int, int]) -> int:
    """Start it with *ends* (its descriptor -> ours); Python's other files are not inherited."""
    actions: list[tuple[object, ...]] = [
        (os.POSIX_SPAWN_DUP2, ours, its) for its, ours in ends.items()
    ]
    if 1 in ends:
        actions.append((os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0))
    return os.posix_spawnp(words[0], words, env, file_actions=actions, setsigdef=_RESTORED)


def _wait(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _exchange(stdin: IO[bytes], stdout: IO[bytes], data: bytes) -> bytes:
    import select  # noqa: PLC0415  (only where something is told)

    os.set_blocking(stdin.fileno(), False)
    left, heard = memoryview(data), list[bytes]()
    while True:
        if not left:
            stdin.close()
        ready = select.select([stdout], [stdin] if left else [], [])
        if ready[1]:
            try:
                left = left[os.write(stdin.fileno(), left[:_PIECE]) :]
            except BrokenPipeError:
                left = left[:0]  # it does not want to know the rest
        if ready[0]:
            piece = os.read(stdout.fileno(), _PIECE)
            if not piece:
                return b"".join(heard)
            heard.append(piece)
