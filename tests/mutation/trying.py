"""
Try mutants in a copy of the tree: a plugin for pytest, given by ``-p tests.mutation.trying``.

The tests are collected once. Then each mutant has a process of its own, forked from there, in which
the tests run that reach the mutant's function, until one fails. Which functions each test reaches,
and how long it takes, is found out before in the same way, by the code as it is.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import shutil
import signal
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Self

import coverage
import mutmut.mutation.trampoline
import pytest

TREE = Path.cwd()
WANTED, TRIED, REACHED = (TREE / name for name in ("wanted.json", "tried.jsonl", "reached.json"))
SECONDS = 10
"""Processor time that a mutant has. Its tests take less without it, so who needs more is found."""
PATIENCE = 120
"""The same by the clock, for what waits and computes nothing."""
SHARE = float(os.environ.get("SHARE", "8"))
"""So many seconds of tests a mutant has, the fast ones before the slow ones."""
HANDFUL = 5
"""As many tests may fail without any mutant, as one that goes by time on a busy machine does."""


class Reach:
    """Which tests reach a line, how long each of them takes, and which have killed mutants."""

    def __init__(
        self,
        seconds: Mapping[str, float],
        lines: Mapping[str, Sequence[str]],
        left_out: Collection[str] = (),
    ) -> None:
        self._seconds, self._lines, self._left_out = seconds, lines, frozenset(left_out)
        self._kills: dict[str, Counter[str]] = defaultdict(Counter)

    def chosen(self, mutant: str, lines: Iterable[str]) -> Sequence[str]:
        """
        The tests for what stands on any of *lines*: as many as its time allows, one at least.

        First those that killed others of its function or module: that changes no answer, only when
        it is found.
        """
        reaching = {test for line in lines for test in self._lines.get(line, ())} - self._left_out
        chosen: list[str] = []
        left = SHARE
        for test in sorted(reaching, key=lambda test: (self._seconds[test], test)):
            left -= self._seconds[test]
            if left < 0 and chosen:
                break
            chosen.append(test)
        here, near = self._kills[_function(mutant)], self._kills[_module(mutant)]
        return sorted(
            chosen,
            key=lambda test: (-here[test], -near[test], -near[_file(test)], self._seconds[test]),
        )

    def killed(self, mutant: str, test: str) -> None:
        """Learn that *test* has killed *mutant*."""
        self._kills[_function(mutant)][test] += 1
        self._kills[_module(mutant)].update((test, _file(test)))


def _function(mutant: str) -> str:
    return mutant.partition("__mutmut_")[0]


def _module(mutant: str) -> str:
    return mutant.rpartition(".")[0]


def _file(test: str) -> str:
    return test.partition("::")[0]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Instead of the tests: the mutants that are wanted."""
    jobs, wanted = json.loads(WANTED.read_text())
    gc.collect()
    gc.freeze()  # what is not looked at is not copied for each process
    if not REACHED.exists():
        with Trials(1, lambda *_: None) as trials:
            trials.start("stats", lambda _: _measured(session), seconds=3600)
    reached = json.loads(REACHED.read_text())
    left_out = reached["failed"]
    if len(left_out) > HANDFUL:
        message = f"without any mutant: {left_out}"
        raise session.Failed(message)
    reach = Reach(reached["seconds"], reached["lines"], left_out)
    items = {item.nodeid: item for item in session.items}

    def ended(name: str, code: int, said: str) -> None:
        if said:
            reach.killed(name, said)
        with TRIED.open("a") as file:
            file.write(json.dumps([name, code, said]) + "\n")

    with Trials(jobs, ended) as trials:
        for name, lines in wanted:
            tests = [items[test] for test in reach.chosen(name, lines)]
            trials.start(name, partial(_killed, session, tests))
    return True


class Trials:
    """Processes forked from here, a few at once; each has a folder for what it makes."""

    def __init__(self, jobs: int, ended: Callable[[str, int, str], None]) -> None:
        self._jobs, self._ended = jobs, ended
        self._running: dict[int, tuple[str, Path, float]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._running:
            self._wait()

    def start(self, name: str, work: Callable[[Path], int], seconds: int = SECONDS) -> None:
        """Let *work*, whose answer is the code, be done as soon as there is room."""
        while len(self._running) >= self._jobs:
            self._wait()
        place = Path(tempfile.mkdtemp(prefix="mutant-", dir=TREE.parent))
        child = os.fork()
        if not child:
            code = 2
            try:
                _alone(name, place, seconds)
                code = work(place / "said")
            finally:
                os._exit(code)
        self._running[child] = (name, place, time.monotonic() + max(PATIENCE, seconds))

    def _wait(self) -> None:
        while True:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child:
                break
            for late, (_, _, until) in self._running.items():
                if time.monotonic() > until:
                    _end(late)
            time.sleep(0.002)
        name, place, _ = self._running.pop(child)
        _end(child)
        said = place / "said"
        text = said.read_text() if said.exists() else ""
        shutil.rmtree(place, ignore_errors=True)
        self._ended(name, os.waitstatus_to_exitcode(status), text)


def _end(group: int) -> None:
    """End the process and what it started."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _alone(name: str, place: Path, seconds: int) -> None:
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    os.environ["MUTANT_UNDER_TEST"] = name  # for the processes that it starts
    mutmut.mutation.trampoline.get_mutant_under_test = lambda: name
    os.environ["TMPDIR"] = tempfile.tempdir = str(place)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def _killed(session: pytest.Session, items: Sequence[pytest.Item], said: Path) -> int:
    """Run the tests until one fails: 1 if so, and it is said which; 0 if none does."""
    for item, following in zip_longest(items, items[1:]):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            said.write_text(item.nodeid)
            return 1
    return 0


def _measured(session: pytest.Session) -> int:
    seconds, failed = {}, []
    lines = coverage.Coverage(data_file=None, include=_mutated(), config_file=False)
    lines.start()
    for item, following in zip_longest(session.items, session.items[1:]):
        lines.switch_context(item.nodeid)
        begun, failures = time.process_time(), session.testsfailed
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        seconds[item.nodeid] = time.process_time() - begun
        if session.testsfailed > failures:
            failed.append(item.nodeid)
    lines.stop()
    found = {"seconds": seconds, "lines": dict(_by_line(lines.get_data())), "failed": failed}
    REACHED.write_text(json.dumps(found))
    return 0


def _mutated() -> Sequence[str]:
    settings = tomllib.loads((TREE / "pyproject.toml").read_text())["tool"]["mutmut"]
    return [str(TREE / glob) for glob in settings["only_mutate"]]


def _by_line(data: coverage.CoverageData) -> Iterator[tuple[str, Sequence[str]]]:
    for file in data.measured_files():
        path = Path(file).relative_to(TREE)
        for line, tests in data.contexts_by_lineno(file).items():
            yield f"{path}:{line}", [test for test in tests if test]
