"""
Twenty stages promote to one branch at once: one writer, against eight processes that retry.

What the retrying side does is the kind variant: fresh clones without blobs, checked out only where
they change something, so that a clone costs as little as it can.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.model.facts import Identity, RefUpdate
from app.core.model.names import FreightId, Repo, StageName, WarehouseName
from app.core.model.pipeline import Stage
from app.core.model.renders import Rendered, RenderRequest
from app.core.model.steps import Copy, Output
from app.git.mirror import Mirrors
from benchmarks.gitserver import git, seed, serving
from benchmarks.harness import Row, Series, measure, more

if TYPE_CHECKING:
    from collections.abc import Callable

PROCESSES, USUAL, PATIENT = 8, 5, 50
REPO = Repo(1, "acme", "web", 1)
BOT = Identity("Stagelock", "bot@example.org")
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
REF = "refs/heads/main"


def source(number: int) -> str:
    """What stage *number* copies."""
    return f"apps/app0/part{number % 20}"


def target(number: int) -> str:
    """Where it writes."""
    return f"stages/s{number}"


def stage(number: int) -> Stage:
    """One of the stages."""
    to = target(number)
    steps, outputs = (Copy(source(number), to),), (Output(to),)
    web = WarehouseName("web")
    return Stage(StageName(f"s{number}"), web, path=to, steps=steps, outputs=outputs)


def together(mirrors: Mirrors, stages: list[Stage]) -> None:
    """As we do it: a commit for each promotion, on top of one another, and one push."""
    with mirrors.open(REPO) as mirror:
        expected = tip = mirror.fetch()["main"]
        for one in stages:
            request = RenderRequest(one.name, FreightId(one.freight, expected), tip)
            found = mirror.render(request, one, lambda _: True)
            assert isinstance(found, Rendered)
            tip = mirror.commit(found.tree, [tip], f"Promote to {one.name}\n", BOT, WHEN)
        mirror.push([RefUpdate(REF, tip, expected)])


def apart(folder: Path, url: str, count: int, tries: int) -> int:
    """Each on its own, eight at a time; how many gave up after *tries* pushes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with ThreadPoolExecutor(PROCESSES) as pool:
        landed = list(pool.map(partial(alone, folder, url, tries), range(count)))
    return landed.count(False)


def alone(folder: Path, url: str, tries: int, number: int) -> bool:
    """One promotion as a script does it; whether it landed."""
    clone, to = folder / str(number), target(number)
    git(folder, "clone", "-q", "--filter=blob:none", "--sparse", url, str(clone))
    git(clone, "sparse-checkout", "set", source(number), to)
    shutil.copytree(clone / source(number), clone / to)
    git(clone, "add", "-A", to)
    git(clone, "commit", "-q", "-m", f"Promote to s{number}")
    for _ in range(tries):
        try:
            git(clone, "push", "-q", "origin", "HEAD:main")
        except subprocess.CalledProcessError:
            git(clone, "pull", "-q", "--rebase", "origin", "main")
        else:
            return True
    return False


def rows(*, tiny: bool) -> list[Row]:
    """Let all of them promote at once, in each way, from the same start."""
    files, count, rounds = (1_000, 2, 1) if tiny else (10_000, 20, 3)
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "server") as base:
        folder = Path(name)
        bare, url = folder / "server" / "acme" / "web.git", f"{base}/acme/web.git"
        seed(bare, files)
        start = git(bare, "rev-parse", "main")
        mirrors = Mirrors(folder / "mirrors", lambda _: url, lambda _: None)
        stages = [stage(number) for number in range(count)]
        given_up: dict[str, list[float]] = {}

        def retrying(tries: int) -> None:
            lost = apart(folder / "clones", url, count, tries)
            given_up.setdefault(f"{tries} tries", []).append(lost)

        variants: dict[str, Callable[[], None]] = {
            "stagelock": lambda: together(mirrors, stages),
            f"{PROCESSES} processes, {PATIENT} tries": lambda: retrying(PATIENT),
            f"{PROCESSES} processes, {USUAL} tries": lambda: retrying(USUAL),
        }
        found = measure(variants, rounds=rounds, before=lambda: git(bare, "update-ref", REF, start))
        git(bare, "update-ref", REF, start)
        together(mirrors, stages)
        there = git(bare, "ls-tree", "--name-only", "main:stages").split()
    ours, patient, _ = (rate(series, count) for series in found.values())
    what = f"{count} stages promoting to one branch at once, {files:,} files"
    usual = given_up[f"{USUAL} tries"]
    nobody = Series("stagelock", "given up", (float(count - len(there)),))
    return [
        more(what, ours, patient, 120),
        Row(
            f"given up of {count}, the usual {USUAL} tries",
            nobody,
            Series(f"{PROCESSES} processes, {USUAL} tries", "given up", tuple(usual)),
            nobody.median,
            "given up",
            "none",
            met=len(there) == count,
        ),
    ]


def rate(series: Series, count: int) -> Series:
    """Promotions a second."""
    values = tuple(count / (took / 1000) for took in series.values)
    return Series(series.name, "promotions/s", values, series.cpu)
