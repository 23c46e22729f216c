"""
Calls of ours that write, whose answers are lost: which stories do so, and that they really do.

A story says with `loses` of which calls it loses the answer, and loses it by `losing`; one that
promises a call and never loses its answer fails. `test_lost_table.py` holds the stories against
the registry of calls.
"""

from __future__ import annotations

import functools
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, get_args

from app.engine.actions.push import PushKind
from app.github.endpoints import ENDPOINTS, Endpoint
from app.github.rules import RULES
from app.sandbox.github.faults import GIT, Kind
from tests.flows.harness import Flow

Write = Endpoint | PushKind
"""A call of the API that changes something, or a push, by what it is for."""

PUSHES: tuple[PushKind, ...] = get_args(PushKind)
WRITES: tuple[Write, ...] = (*(c for c in (*ENDPOINTS, *RULES) if c.method != "GET"), *PUSHES)
STORIES: dict[Write, list[str]] = defaultdict(list)
"""Call -> the stories in which its answer is lost."""
_lost: set[Write] = set()

P = ParamSpec("P")


def named(call: Write) -> str:
    """How a call is called in the name of a test."""
    if isinstance(call, str):
        return f"the push of a {call}"
    return call.name if call in ENDPOINTS else f"{call.method.lower()}_ruleset"


def loses(*calls: Write) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """
    Say that a test loses the answer to each of *calls*; with a parameter ``call``, to that one.

    It fails where it did not.
    """

    def marked(test: Callable[P, None]) -> Callable[P, None]:
        for call in calls:
            STORIES[call].append(test.__name__)

        @functools.wraps(test)
        def run(*args: P.args, **given: P.kwargs) -> None:
            _lost.clear()
            test(*args, **given)
            wanted = {given["call"]} if "call" in given else set(calls)
            assert wanted <= _lost, f"no answer was lost to {set(map(str, wanted - _lost))}"

        return run

    return marked


@contextmanager
def losing(flow: Flow, call: Write, times: int = 50, kind: Kind = "lost") -> Iterator[None]:
    """The next *times* answers to *call* are lost (`error`: nothing was done either)."""
    with _pushes(), _struck(flow, call, times, kind):
        yield


@contextmanager
def _struck(flow: Flow, call: Write, times: int, kind: Kind) -> Iterator[None]:
    method, path = (GIT, r"/git-receive-pack$") if isinstance(call, str) else where(call)
    fault = flow.world.faults.add(method, path, kind, times=times)
    try:
        yield
    finally:
        flow.world.faults.clear()
    if fault.hits and not isinstance(call, str):
        was_lost(call)


def where(call: Endpoint) -> tuple[str, str]:
    """Its method, and an expression for its whole path."""
    return call.method, "^" + re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(call.path)) + "$"


def was_lost(call: Write) -> None:
    """An answer to it was lost by other means."""
    _lost.add(call)


@contextmanager
def _pushes() -> Iterator[None]:
    """What a push was for stands in its line of the log."""

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told: Any = record.__dict__
            if told.get("action") == "push.failed" and told.get("outcome") == "unanswered":
                was_lost(told["kind"])

    handler, log = Noting(), logging.getLogger("stagelock.push")
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
