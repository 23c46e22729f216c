"""
The product with one of its safeguards taken out: each time some seed, or a named test, must fail.

A mutation is a patch of the product's text in a copy of the tree: the product itself has no switch
for it. One that no longer applies is a failure too: it is to be written anew.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.simulation.by_tests import NAMED, Patch

ROOT = Path(__file__).parents[2]


MUTATIONS = {
    # An outdated worker's writes are stored.
    "fencing": Patch(
        "app/sql/fence.py",
        (("        raise lost(claim)\n", "        return\n"),),
    ),
    # A push replaces whatever is there by then.
    "expected-tip": Patch(
        "app/engine/writing.py",
        (
            (
                'f"refs/heads/{last.branch}", last.commit, last.expected)',
                'f"refs/heads/{last.branch}", last.commit, desk.git.fetch().get(last.branch))',
            ),
        ),
    ),
    # What promotions write is watched like anything else.
    "output-guard": Patch(
        "app/core/paths.py",
        (('            ("outputs of stage ", self.outputs),\n', ""),),
    ),
    # What is going to be pushed is not stored before.
    "push-intent": Patch(
        "app/engine/writing.py",
        (("    rows = desk.begin(rows)\n", ""),),
    ),
    # A skipped check passes, whatever it was skipped for.
    "skipped": Patch(
        "app/core/conclusions.py",
        (("passed = _skipped(run, place, own_app)\n", "passed = True\n"),),
    ),
    # Hand edits are replaced where they are to be waited for.
    "hand-edits": Patch(
        "app/core/gates.py",
        (('return GateAnswer("drift", "wait", Reason.DRIFT, names, event=event)', "return None"),),
    ),
    # A push in doubt is repeated, whatever the gates say by then.
    "gates-again": Patch(
        "app/core/clearance.py",
        (("    if missing is not None:\n", '    if missing is not None and row.state != "writing":\n'),),
        ("tests/core/test_plan_doubt.py", "a_gate_that_closed_stops"),
    ),
    **NAMED,
}  # fmt: skip


def hunt(name: str, seeds: int, jobs: int) -> int:
    """Play until each mutation is caught and say at which seed; 1 where one is not."""
    missed = 0
    for each in MUTATIONS if name == "all" else [name]:
        begun = time.monotonic()
        caught = _caught(MUTATIONS[each], seeds, jobs)
        took = f"{time.monotonic() - begun:.0f} s"
        missed += caught is None
        by = f"{seeds} seeds" if MUTATIONS[each].test is None else " -k ".join(MUTATIONS[each].test)
        words = f"caught by {caught}" if caught else f"NOT caught by {by}"
        print(f"{each}: {words} ({took})", flush=True)  # noqa: T201
    return int(missed > 0)


def _caught(patch: Patch, seeds: int, jobs: int) -> str | None:
    with tempfile.TemporaryDirectory(prefix="stagelock-mutated-") as place:
        tree = Path(place)
        for part in ("app", "tests"):
            ignored = shutil.ignore_patterns("__pycache__", "data")
            shutil.copytree(ROOT / part, tree / part, ignore=ignored)
        file = tree / patch.file
        file.write_text(patched(file.read_text(), patch))
        if patch.test is not None:
            return _tested(tree, *patch.test)
        order = ["--seeds", str(seeds), "--jobs", str(jobs), "--short"]
        done = _run(tree, "tests.simulation", *order)
    found = re.findall(r"^seed \d+: .*", done.stdout, re.MULTILINE)
    if not found and done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return found[0] if found else None


def _tested(tree: Path, file: str, name: str) -> str | None:
    """The test that fails in *tree*; None: all that have *name* in theirs pass."""
    shutil.copy(ROOT / "pyproject.toml", tree)
    done = _run(tree, "pytest", "-p", "no:xdist", "-p", "no:cacheprovider", "-qx", file, "-k", name)
    found = re.findall(r"^FAILED \S+::(\S+)", done.stdout, re.MULTILINE)
    if not found and done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return found[0] if found else None


def _run(tree: Path, module: str, *order: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *order],
        cwd=tree, capture_output=True, text=True, check=False,
    )  # fmt: skip


def patched(text: str, patch: Patch) -> str:
    """*text* with the patch applied; ``ValueError`` where it does not apply."""
    for old, new in patch.edits:
        if text.count(old) != 1:
            message = f"{patch.file} does not hold once: {old!r}"
            raise ValueError(message)
        text = text.replace(old, new)
    return text
