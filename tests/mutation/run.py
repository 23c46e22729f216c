"""A copy of the tree with all mutants in it: a sample of them, and who survives."""

from __future__ import annotations

import ast
import difflib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from multiprocessing import Pool
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.conftest import RAM, roomy

ROOT = Path(__file__).parents[2]
COPIED = (
    "app", "tests", "docs", "hooks", "manifests",
    "app.yml", "Makefile", "pyproject.toml", "README.md",
)  # fmt: skip
CRITICAL = (
    "app.core.gates.", "app.core.evidence.", "app.core.locks.",
    "app.core.planning.locking.", "app.core.planning.lock_queue.", "app.core.planning.revocation.",
    "app.sql.locks.",
)  # fmt: skip
TOO_LONG = frozenset({-9, -24})
"""The signals that end what takes too long (`trying.py`)."""


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test noticed: *key* names its function and the changed line."""

    name: str
    key: str

    @property
    def is_critical(self) -> bool:
        """It is in gates, evidence or locks."""
        return self.name.startswith(CRITICAL)


class Mutants:
    """
    The mutants of the tree as it is now, in a copy that goes away with it.

    In the folder *kept* it stays: what is asked for again there is not tried again, until a file
    of the tree changes.
    """

    def __init__(self, jobs: int, kept: Path | None = None) -> None:
        self._jobs, self._kept = jobs, kept
        self._leave = ExitStack()

    def __enter__(self) -> Self:
        place = self._kept
        if place is None:
            room = str(RAM) if roomy(RAM) else None
            made = tempfile.TemporaryDirectory(prefix="stagelock-mutants-", dir=room)
            place = Path(self._leave.enter_context(made))
        self._tree = place / "tree"
        self._made = place / f"{_digest()}.json"
        if not self._made.exists():
            shutil.rmtree(place, ignore_errors=True)
            self._make()
        self._spans = json.loads(self._made.read_text())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._leave.close()

    def sample(self, size: int) -> Sequence[str]:
        """The same ones on every machine as long as their functions are the same."""
        names = sorted(self._all(), key=lambda name: hashlib.sha256(name.encode()).digest())
        return names[:size]

    def whole(self) -> Sequence[str]:
        """All mutants of gates, evidence and locks."""
        return [name for name in self._all() if name.startswith(CRITICAL)]

    def run(self, names: Sequence[str]) -> Mapping[str, bool]:
        """Tell of each mutant whether a test killed it."""
        before = self._tried()
        wanted = [(name, self._lines(name)) for name in names if name not in before]
        if wanted:
            (self._tree / "wanted.json").write_text(json.dumps([self._jobs, wanted]))
            self._pytest()
        codes = self._tried()
        return {name: codes[name] == 1 or codes[name] in TOO_LONG for name in names}

    def left_out(self) -> Sequence[str]:
        """The tests that judge no mutant: they fail without any."""
        reached = self._tree / "reached.json"
        return json.loads(reached.read_text())["failed"] if reached.exists() else ()

    def changed(self, name: str) -> Survivor:
        """The mutant with its one changed line."""
        module, _, function = name.rpartition(".")
        original = re.sub(r"__mutmut_\d+$", "__mutmut_orig", function)
        before, after = self._body(module, original), self._body(module, function)
        lines = difflib.unified_diff(before, after, lineterm="", n=0)
        change = " | ".join(
            f"{line[0]} {line[1:].strip()}" for line in lines if line[:2] not in ("--", "++", "@@")
        )
        plain = re.sub(r"^x[_ǁ]|__mutmut_\d+$", "", function).replace("ǁ", ".")
        return Survivor(name, f"{module}:{plain}: {change}")

    def _all(self) -> Sequence[str]:
        return [name for name in self._spans if not name.endswith("__mutmut_orig")]

    def _make(self) -> None:
        for part in COPIED:
            source, target = ROOT / part, self._tree / part
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, target)
        spans = {}
        with Pool(self._jobs) as pool:
            for path, code, lines in pool.imap_unordered(_mutated, _modules()):
                (self._tree / path).write_text(code)
                module = path.removesuffix(".py").replace("/", ".")
                spans.update({f"{module}.{name}": span for name, span in lines.items()})
        self._made.write_text(json.dumps(spans))

    def _pytest(self) -> None:
        program = [
            *(sys.executable, "-m", "pytest", "-q", "--timeout=0", "-p", "tests.mutation.trying"),
            *_settings()["pytest_add_cli_args"],
            *_settings()["pytest_add_cli_args_test_selection"],
        ]
        with (self._tree / "pytest.log").open("w") as log:
            told = {**os.environ, "CI": "true"}  # the examples that are drawn are always the same
            done = subprocess.run(
                program, cwd=self._tree, env=told, stdout=log, stderr=log, check=False
            )
        if done.returncode:
            said = (self._tree / "pytest.log").read_text()
            message = f"the tests fail without any mutant ({done.returncode}):\n{said[-3000:]}"
            raise RuntimeError(message)

    def _tried(self) -> Mapping[str, int]:
        path = self._tree / "tried.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return {name: code for name, code, _ in map(json.loads, lines)}

    def _lines(self, name: str) -> Sequence[str]:
        """Where the statements stand that the mutant changes: ``PATH:LINE`` of the original's."""
        module, _, function = name.rpartition(".")
        original = re.sub(r"__mutmut_\d+$", "__mutmut_orig", function)
        before, after = self._body(module, original), self._body(module, function)
        matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
        changed = {
            line
            for what, start, end, _, _ in matcher.get_opcodes()
            if what != "equal"
            for line in range(start, max(end, start + 1))
        }
        start, _ = self._spans[f"{module}.{original}"]
        path = _path(module)
        return [f"{path}:{start + line}" for line in sorted(_of_statements(before, changed))]

    def _body(self, module: str, function: str) -> list[str]:
        """The lines of one function of a file that mutmut wrote, without its name."""
        start, end = self._spans[f"{module}.{function}"]
        lines = _read(self._tree / _path(module)).splitlines()[start - 1 : end]
        return [line.replace(function, "f") for line in lines]


@cache
def _read(path: Path) -> str:
    return path.read_text()


def _path(module: str) -> str:
    return module.replace(".", "/") + ".py"


def _of_statements(function: Sequence[str], changed: Collection[int]) -> Collection[int]:
    """All lines of the statements on *changed* lines, without those of the statements in them."""
    tree = ast.parse(textwrap.dedent("\n".join(function)))
    inner: dict[int, ast.stmt] = {}
    for node in ast.walk(tree):  # from the outside to the inside
        if isinstance(node, ast.stmt):
            inner.update(
                dict.fromkeys(range(node.lineno - 1, node.end_lineno or node.lineno), node)
            )
    if any(isinstance(inner.get(line), ast.FunctionDef | None) for line in changed):
        return range(len(function))  # its signature: whoever calls it
    statements = {inner[line] for line in changed}
    return [line for line, statement in inner.items() if statement in statements]


def _settings() -> Mapping[str, Sequence[str]]:
    found: Mapping[str, Sequence[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())[
        "tool"
    ]["mutmut"]
    return found


def _modules() -> Sequence[str]:
    """Those that are mutated; what is only an empty package has no mutants."""
    found = (path for glob in _settings()["only_mutate"] for path in ROOT.glob(glob))
    return sorted({str(path.relative_to(ROOT)) for path in found})


def _mutated(path: str) -> tuple[str, str, Mapping[str, tuple[int, int]]]:
    """The module with all its mutants, and where each of them stands in it."""
    from mutmut.mutation.file_mutation import mutate_file_contents

    made = mutate_file_contents(path, (ROOT / path).read_text())
    lines = made.line_span_by_function_name.items()
    return path, made.code, {name: (span.start, span.end) for name, span in lines}


def _digest() -> str:
    """What the tree is now."""
    found = hashlib.sha256()
    for part in COPIED:
        source = ROOT / part
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if path.is_file() and "__pycache__" not in path.parts:
                found.update(str(path.relative_to(ROOT)).encode() + b"\0")
                found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def told(text: str) -> frozenset[str]:
    """The keys of `survivors.txt`: each line that is not indented; below it, indented, its reason."""
    return frozenset(_keys(text.splitlines()))


def _keys(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if line and not line.startswith((" ", "#")):
            yield line
