"""Every audit entry as a line of JSON, in a file or on standard output, for collectors."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from threading import Lock

from app.observe.logs import Seldom
from app.observe.redact import Redactor
from app.ports.audit import AuditEntry, shown
from app.settings import Settings
from app.settings.reader import STANDARD_OUTPUT

COMPLAIN_EVERY = 60.0
"""Seconds between two lines of the log that say that nothing can be written."""

log = logging.getLogger("stagelock.audit")


class AuditLines:
    """
    Appends to *where* (`STANDARD_OUTPUT`: this process's) what this process stored.

    It is told of entries once their transaction is durable, so what was undone has no line. Each is
    one line, written by one call with all lines of its transaction: processes may share a file. It
    is opened anew each time, so it may be moved away. What cannot be written is logged, counted in
    that line, and not tried again: nobody waits for it, and the database has it. A process that is
    killed right after a transaction leaves its lines out, too.
    """

    def __init__(self, where: str, redact: Callable[[str], str]) -> None:
        self._where, self._redact = where, redact
        self._lock = Lock()
        self._complaints = Seldom(COMPLAIN_EVERY)
        self._missing = 0
        self._cut = False

    def __call__(self, entries: Sequence[AuditEntry]) -> None:
        """Append them, in their order; raises nothing."""
        lines = "".join(f"{self._line(entry)}\n" for entry in entries)
        with self._lock:
            try:
                self._append(lines.encode("ascii"))
            except OSError as error:  # no room, no right, nobody reads
                self._missing += len(entries)
                self._complain(error)

    def _append(self, lines: bytes) -> None:
        if self._where == STANDARD_OUTPUT:
            self._write(1, lines)
            return
        # Only its owner may read what people asked for.
        file = os.open(self._where, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._write(file, lines)
        finally:
            os.close(file)

    def _write(self, file: int, lines: bytes) -> None:
        left = b"\n" + lines if self._cut else lines  # what was cut short keeps a line of its own
        whole = len(left)
        try:
            while left:
                left = left[os.write(file, left) :]
        finally:
            self._cut = bool(left) and (self._cut or len(left) < whole)

    def _complain(self, error: OSError) -> None:
        if not self._complaints.may():
            return
        log.error(
            "cannot append the audit to %s: %s; entries without a line so far: %d. They are in the "
            "database: stagelock events --since 1d --format json",
            "standard output" if self._where == STANDARD_OUTPUT else self._where,
            error.strerror or error,
            self._missing,
            extra={"action": "audit.unwritten", "missing": self._missing},
        )

    def _line(self, entry: AuditEntry) -> str:
        told = shown(entry)
        told["detail"] = {"repository_id": entry.repo_id, "number": entry.number, **entry.entry}
        return json.dumps(_clean(told, self._redact))


def audit_lines(settings: Settings) -> AuditLines | None:
    """What the settings ask for, without this process's secrets; None: nothing."""
    if settings.audit_log is None:
        return None
    secrets = [secret.reveal() for secret in settings.secrets()]
    return AuditLines(settings.audit_log, Redactor(secrets))


def _clean(value: object, redact: Callable[[str], str]) -> object:
    """Without secrets; before encoding, which would hide a secret's line ends."""
    match value:
        case str():
            return redact(value)
        case Mapping():
            return {redact(str(key)): _clean(part, redact) for key, part in value.items()}
        case list() | tuple():
            return [_clean(part, redact) for part in value]
        case _:
            return value
