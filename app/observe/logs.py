"""Structured logs: one line an event, with the ids of what is being worked on."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal, TextIO

from app.core.text import sinks
from app.observe.redact import Redactor

_ids: ContextVar[Mapping[str, str]] = ContextVar("stagelock_log_ids")

_IDS = frozenset({"repository", "installation"})

_APART = "\0"

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """
    Add ids to every line that is logged inside, in this thread.

    The keys are `delivery`, `repository`, `installation`, `tick` and `promotion`; None leaves one
    out. What a line is about is its `action`, given by ``extra``: docs/observability.md lists them.
    """
    known = {**_ids.get({}), **{key: str(value) for key, value in ids.items() if value is not None}}
    mark = _ids.set(known)
    try:
        yield
    finally:
        _ids.reset(mark)


def listed(ids: Sequence[str], most: int = 10) -> str | None:
    """Ids as one value of `about`, joined by commas; beyond *most* the rest is counted."""
    if len(ids) > most:
        return f"{','.join(ids[:most])},+{len(ids) - most}"
    return ",".join(ids) or None


def fields(record: logging.LogRecord) -> dict[str, object]:
    """What a line carries beside its text: the context's ids, then what `extra` gave."""
    extra = {
        key: value for key, value in vars(record).items() if key not in _OWN and value is not None
    }
    for key in _IDS & extra.keys():  # texts everywhere, as `about` makes them
        extra[key] = str(extra[key])
    return {**_ids.get({}), **extra}


class Seldom:
    """Lets one line through every so many *seconds*, whichever thread comes first."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    def may(self) -> bool:
        """Tell whether to log now."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True


class _Formatter(logging.Formatter):
    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def _when(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _trace(self, record: logging.LogRecord) -> str:
        parts = []
        if record.exc_info:
            parts.append(self.formatException(record.exc_info))
        if record.stack_info:
            parts.append(self.formatStack(record.stack_info))
        return "\n".join(parts)


class JsonFormatter(_Formatter):
    """One JSON object a line; `action` is always there, the logger's name where none is set."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": self._when(record),
            "level": record.levelname.lower(),
            "action": record.name,
            **fields(record),
            "message": record.getMessage(),
        }
        if trace := self._trace(record):
            line["exception"] = trace
        # Redacted before encoding: JSON's escapes would hide a secret's line ends from us.
        # ASCII only: what no terminal should be sent raw is escaped as JSON has it.
        return json.dumps(_cleaned(line, self._redact))


class TextFormatter(_Formatter):
    """For people: time, level, text, then the ids as ``key=value``; line ends are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        pairs = [f"{key}={value}" for key, value in fields(record).items()]
        said = [record.getMessage(), *([""] * bool(pairs)), *pairs]
        # Apart while it is redacted: a message that ends in "token" must not take a field with it.
        clean = self._redact(_APART.join(part.replace(_APART, " ") for part in said))
        text = clean.replace(_APART, " ").replace("\n", "\\n")
        line = f"{self._when(record)} {record.levelname.lower():<7} {text}"
        trace = self._trace(record)
        return sinks.log(f"{line}\n{self._redact(trace)}" if trace else line)


def _cleaned(line: Mapping[str, object], redact: Callable[[str], str]) -> dict[str, object]:
    """The line without secrets: all its texts at once, which is several times faster."""
    texts = {k: str(v) for k, v in line.items() if not isinstance(v, bool | int | float)}
    together = _APART.join(texts.values())
    clean = redact(together)
    if clean == together:
        return {**line, **texts}
    # Something was blotted out, perhaps across two of them: each by itself.
    return {**line, **{key: redact(text) for key, text in texts.items()}}


def set_up(
    stream: TextIO, redact: Redactor, style: Literal["json", "text"], level: int = logging.INFO
) -> None:
    """
    Send everything that is logged in this process to *stream*, redacted.

    httpx and httpcore log every request with its URL; only their warnings are let through.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter(redact) if style == "json" else TextFormatter(redact))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    # What no line of ours says need not be found out: a fifth of what a line costs.
    # https://docs.python.org/3/howto/logging.html#optimization
    logging._srcfile = None  # noqa: SLF001
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for noisy in ("httpx", "httpcore", "githubkit", "hishel"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
