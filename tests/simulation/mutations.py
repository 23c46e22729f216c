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
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.simulation.by_tests import NAMED
from tests.simulation.by_tests_doors import OF_DOORS
from tests.simulation.by_tests_jobs import OF_JOBS
from tests.simulation.by_tests_people import OF_PEOPLE
from tests.simulation.by_tests_runs import OF_RUNS
from tests.simulation.by_tests_services import OF_SERVICES
from tests.simulation.mutations_locks import OF_LOCKS
from tests.simulation.patching import Patch

ROOT = Path(__file__).parents[2]


MUTATIONS = {
    # An outdated worker's writes are stored.
    "fencing": Patch(
        "app/sql/queue/fence.py",
        (("        raise lost(claim)\n", "        return\n"),),
        seed=2,
    ),
    # A push replaces whatever is there by then.
    "expected-tip": Patch(
        "app/engine/actions/commits.py",
        (
            (
                'f"refs/heads/{last.branch}", last.commit, last.expected)',
                'f"refs/heads/{last.branch}", last.commit, desk.git.fetch().get(last.branch))',
            ),
        ),
        seed=2,
    ),
    # What promotions write is watched like anything else.
    "output-guard": Patch(
        "app/core/paths/watch_rules.py",
        (("            (OUTPUTS, self.outputs),\n", ""),),
        seed=7,
    ),
    # What is going to be pushed is not stored before.
    "push-intent": Patch(
        "app/engine/actions/commits.py",
        (("    promotions = desk.begin(promotions)\n", ""),),
        seed=50,
    ),
    # A skipped check passes, whatever it was skipped for.
    "skipped": Patch(
        "app/core/evidence/attempts.py",
        (("passed = _skipped(run, place, own_app)\n", "passed = True\n"),),
        ("tests/core/test_verify.py", "skipped_behind_a_failed_check"),
    ),
    # Hand edits are replaced where they are to be waited for.
    "hand-edits": Patch(
        "app/core/gates/hand_edits.py",
        (('return GateAnswer(NAME, "wait", Reason.DRIFT, names, since)', "return None"),),
        seed=56,
    ),
    # A push in doubt is repeated, whatever the gates say by then.
    "gates-again": Patch(
        "app/core/gates/clearance.py",
        (("    if missing is not None:\n", '    if missing is not None and promotion.state != "writing":\n'),),
        seed=133,
    ),
    # Blocked freight enters stages like any other.
    "blocked": Patch("app/core/gates/entry.py", (("    block.GATE,\n", ""),), seed=42),
    # A window is not asked before a repeated push.
    "window-again": Patch(
        "app/core/gates/clearance.py",
        (
            (
                "    if missing is not None:\n",
                '    if missing is not None and (missing.gate, promotion.state) != ("windows", "writing"):\n',
            ),
        ),
        seed=133,
    ),
    # What a person cancelled goes on.
    "cancelled": Patch(
        "app/core/planning/cancelling.py",
        (('    if order is None or promotion.state == "writing":\n', "    if True:\n"),),
        seed=5,
    ),
    # A push in doubt that a person cancelled is repeated.
    "cancelled-again": Patch(
        "app/core/planning/advance.py",
        (
            (
                "    if word is not None:\n        return _give_up(",
                "    if False:\n        return _give_up(",
            ),
        ),
        seed=121,
    ),
    # What was cancelled gives its lock back while its job may run.
    "cancelled-job": Patch(
        "app/core/planning/locking.py",
        (("    if not running:\n", "    if not running or promotion.reason == Reason.CANCELLED:\n"),),
        seed=0,
    ),
    # A rollback is stored without the hold that follows it.
    "rolled-back-unheld": Patch(
        "app/sql/store/history.py",
        (
            (
                "order, key)\n            holds.put(connection, repo_id, hold)\n",
                "order, key)\n",
            ),
        ),
        seed=8,
    ),
    **OF_LOCKS,
    **NAMED,
    **OF_PEOPLE,
    **OF_RUNS,
    **OF_DOORS,
    **OF_SERVICES,
    **OF_JOBS,
}  # fmt: skip


def hunt(name: str, seeds: int, jobs: int) -> int:
    """Play until each mutation is caught and say at which seed; 1 where one is not."""
    names = MUTATIONS if name == "all" else [name]
    with ThreadPoolExecutor(jobs) as pool:
        caught = list(pool.map(partial(_told, seeds=seeds), names))
    return int(not all(caught))


def _told(name: str, seeds: int) -> bool:
    begun, patch = time.monotonic(), MUTATIONS[name]
    caught = _caught(patch, seeds)
    took = f"{time.monotonic() - begun:.0f} s"
    by = f"{seeds} seeds" if patch.test is None else " -k ".join(patch.test)
    words = f"caught by {caught}" if caught else f"NOT caught by {by}"
    print(f"{name}: {words} ({took})", flush=True)  # noqa: T201
    return caught is not None


def _caught(patch: Patch, seeds: int) -> str | None:
    with tempfile.TemporaryDirectory(prefix="stagelock-mutated-") as place:
        tree = Path(place)
        for part in ("app", "tests"):
            ignored = shutil.ignore_patterns("data")  # what is compiled goes along: its times stay
            shutil.copytree(ROOT / part, tree / part, ignore=ignored)
        file = tree / patch.file
        file.write_text(patched(file.read_text(), patch))
        if patch.test is not None:
            return _tested(tree, *patch.test)
        known = ("--from", str(patch.seed), "--seeds", "1")
        found = _played(tree, *known) if patch.seed is not None else None
        if found is None and (found := _played(tree, "--seeds", str(seeds))):
            found += f"; NOT by seed {patch.seed}: name this one in the table"
        return found


def _played(tree: Path, *order: str) -> str | None:
    """The first seed that fails in *tree*."""
    done = _run(tree, "tests.simulation", *order, "--jobs", "1", "--short")
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
