"""mutmut in a copy of the tree: which mutants there are, a sample of them, and who survives."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
COPIED = (
    "app", "tests", "docs", "hooks", "manifests",
    "app.yml", "Makefile", "pyproject.toml", "README.md",
)  # fmt: skip
CRITICAL = (
    "app.core.gates.", "app.core.evidence.promotion_evidence.", "app.core.evidence.judge.", "app.core.planning.revocation.",
    "app.core.locks.queue.", "app.core.planning.locking.", "app.sql.locks.locks.", "app.sql.locks.transaction.",
)  # fmt: skip
KILLED = frozenset({1, 3, 24, 36, -24, 152, 255})
"""mutmut's exit codes: a test failed (1, 3), or the time was over."""


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
    """The mutants of the tree as it is now, in a copy that goes away with it."""

    def __init__(self, jobs: int) -> None:
        self._jobs = str(jobs)

    def __enter__(self) -> Self:
        self._place = tempfile.TemporaryDirectory(prefix="stagelock-mutants-")
        self._tree = Path(self._place.name)
        for part in COPIED:
            source, target = ROOT / part, self._tree / part
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, target)
        self._mutmut("app.core.model.names.*")  # nothing of it is mutated: only makes the mutants
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._place.cleanup()

    def all(self) -> Sequence[str]:
        """Every mutant's name, sorted."""
        return sorted(name for meta in self._metas() for name in meta["exit_code_by_key"])

    def sample(self, size: int) -> Sequence[str]:
        """The same ones on every machine as long as their functions are the same."""
        names = sorted(self.all(), key=lambda name: hashlib.sha256(name.encode()).digest())
        return names[:size]

    def whole(self) -> Sequence[str]:
        """All mutants of gates, evidence and locks."""
        return [name for name in self.all() if name.startswith(CRITICAL)]

    def run(self, names: Sequence[str]) -> Mapping[str, bool]:
        """Tell of each mutant whether a test killed it."""
        self._mutmut(*names)
        codes: dict[str, int | None] = {}
        for meta in self._metas():
            codes.update(meta["exit_code_by_key"])
        return {name: codes[name] in KILLED for name in names}

    def changed(self, name: str) -> Survivor:
        """The mutant with its one changed line."""
        module, _, function = name.rpartition(".")
        path = self._tree / "mutants" / (module.replace(".", "/") + ".py")
        text = path.read_text()
        original = re.sub(r"__mutmut_\d+$", "__mutmut_orig", function)
        lines = difflib.unified_diff(_body(text, original), _body(text, function), lineterm="", n=0)
        change = " | ".join(
            f"{line[0]} {line[1:].strip()}" for line in lines if line[:2] not in ("--", "++", "@@")
        )
        plain = re.sub(r"^x[_ǁ]|__mutmut_\d+$", "", function).replace("ǁ", ".")
        return Survivor(name, f"{module}:{plain}: {change}")

    def _mutmut(self, *names: str) -> None:
        program = [sys.executable, "-m", "mutmut", "run", "--max-children", self._jobs, *names]
        with (self._tree / "mutmut.log").open("w") as log:
            done = subprocess.run(program, cwd=self._tree, stdout=log, stderr=log, check=False)
        said = (self._tree / "mutmut.log").read_text().replace("\r", "\n")
        if not list((self._tree / "mutants").rglob("*.meta")) or "Failed to run" in said:
            message = f"mutmut failed ({done.returncode}):\n{said[-3000:]}"
            raise RuntimeError(message)

    def _metas(self) -> Iterator[Mapping[str, Mapping[str, int | None]]]:
        for file in sorted((self._tree / "mutants").rglob("*.py.meta")):
            yield json.loads(file.read_text())


def _body(text: str, function: str) -> list[str]:
    """The lines of one function of a file that mutmut wrote, without its name."""
    found = re.search(
        rf"^( *)(?:async )?def {re.escape(function)}\(.*?(?=^\1\S|\Z)",
        text,
        re.MULTILINE | re.DOTALL,
    )
    if found is None:
        message = f"there is no {function}"
        raise ValueError(message)
    return [line.replace(function, "") for line in found[0].splitlines()]


def told(text: str) -> frozenset[str]:
    """The keys of `survivors.txt`: each line that is not indented; below it, indented, its reason."""
    return frozenset(_keys(text.splitlines()))


def _keys(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if line and not line.startswith((" ", "#")):
            yield line
