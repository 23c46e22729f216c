"""
What Stagelock has behind it in a repository: its Git side by `git fast-import`, its rows by bulk
inserts.

Twenty stages in a chain on one branch, a folder each; every stage awaits a check, every fourth has
a lock. All of them are at the newest freight, verified.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert

from app.core.config import parse
from app.core.model.lock_requests import LockRequest
from app.core.model.names import FreightId, PromotionId, Repo, Sha, StageName, WarehouseName
from app.core.model.records import Freight, Promotion
from app.core.model.repository_change import RepoRecord
from app.core.model.run_records import RunRecord
from app.core.paths.watch_rules import digest
from app.core.state.lines import Tip
from app.sql.database.rows import to_row
from app.sql.schema.line_tables import (
    line_commits,
    line_fires,
    line_looks,
    line_mints,
    line_tips,
    lines,
)
from app.sql.schema.lock_tables import counters, lock_groups, lock_request_groups, lock_requests
from app.sql.schema.tables import configs, freights, promotions, runs, stages
from benchmarks import gitserver
from benchmarks.gitserver import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sqlalchemy import Table

    from app.sql.store.store import SqlStore


STAGES = 20
LOCKED = 4
BULK = 5_000
REPO = Repo(1, "acme", "web", 1)
WEB = WarehouseName("web")
AT = datetime(2024, 1, 1, tzinfo=UTC)
APP, CI = 7, 9
RECENT = 10
"""Every so many-th check run was written in the last days: GitHub still shows it as it was."""


def stage(number: int) -> StageName:
    """The name of a stage."""
    return StageName(f"s{number}")


def group(number: int) -> str:
    """The lock group of a stage, "" where it has none."""
    return "" if number % LOCKED else f"env{number}"


def document() -> str:
    """Their `stagelock.yaml`."""
    text = ["version: 1", "warehouses: {web: {paths: [apps/web]}}", "stages:"]
    for n in range(STAGES):
        source = (
            f"needs: [s{n - 1}]" if n else "steps: [{uses: copy, with: {from: apps/web, to: web}}]"
        )
        lock = f", lock: {group(n)}" if group(n) else ""
        text.append(f"  s{n}: {{path: stages/s{n}, verify: {{checks: [e2e]}}, {source}{lock}}}")
    text.append("locks:")
    text += [f"  {group(n)}: {{permits: 1}}" for n in range(STAGES) if group(n)]
    return "\n".join(text) + "\n"


@dataclass(frozen=True)
class Past:
    """What lies behind: so many promotions a stage, commits, and freights among these."""

    promotions: int
    commits: int
    freights: int

    @property
    def name(self) -> str:
        """As the table says it."""
        return (
            f"{self.promotions:,} promotions a stage, {self.commits:,} commits, "
            f"{self.freights:,} freights"
        )

    @property
    def apart(self) -> int:
        """Every so many-th commit changes what is watched."""
        return self.commits // self.freights


class History:
    """The commits of *past* in the bare repository at *bare*, a push each."""

    def __init__(self, bare: Path, past: Past) -> None:
        self.bare, self.past = bare, past
        gitserver.bare(bare)
        git(
            bare,
            "fast-import",
            "--quiet",
            "--export-marks=marks",
            stdin="".join(self._stream()).encode(),
        )
        found = dict(line.split() for line in (bare / "marks").read_text().splitlines())
        self.line = [Sha(found[f":{n}"]) for n in range(1, past.commits + 1)]
        """Oldest first."""

    def _stream(self) -> Iterator[str]:
        newest = self.past.freights - 1
        for n in range(self.past.commits):
            yield (
                f"commit refs/heads/main\nmark :{n + 1}\n"
                f"committer A <a@example.org> {1_700_000_000 + n} +0000\ndata 6\nChange\n"
            )
            if n == 0:
                yield file_line("stagelock.yaml", document())
                for s in range(STAGES):
                    yield file_line(f"stages/s{s}/web/v.txt", f"{newest}\n")
            if n % self.past.apart == 0:
                yield file_line("apps/web/v.txt", f"{min(n // self.past.apart, newest)}\n")
            else:
                yield file_line(f"notes/n{n % 100}.txt", f"{n}\n")

    def freight(self, number: int) -> FreightId:
        """The freights from the oldest on."""
        return FreightId(WEB, self.line[number * self.past.apart])

    def push(self, text: str) -> Sha:
        """Somebody changes what is watched."""
        stream = (
            "commit refs/heads/main\ncommitter B <b@example.org> 1800000000 +0000\ndata 6\nChange\n"
            f"from refs/heads/main^0\n{file_line('apps/web/v.txt', text)}"
        )
        git(self.bare, "fast-import", "--quiet", "--force", stdin=stream.encode())
        return Sha(git(self.bare, "rev-parse", "main"))

    def foxtrot(self) -> None:
        """Somebody commits on an older main, pulls by merge and pushes."""
        tree = git(self.bare, "rev-parse", "main^{tree}")
        who = "committer C <c@example.org> 1800000001 +0000\ndata 6\nChange\n"
        stream = (
            f"commit refs/heads/side\nmark :1\n{who}from refs/heads/main~3\n"
            f"{file_line('notes/c.txt', 'c')}"
            f"commit refs/heads/main\n{who}from :1\nmerge refs/heads/main^0\n"
            f'M 040000 {tree} ""\n{file_line("notes/c.txt", "c")}'
        )
        git(self.bare, "fast-import", "--quiet", "--force", stdin=stream.encode())
        git(self.bare, "update-ref", "-d", "refs/heads/side")


def file_line(path: str, text: str) -> str:
    """A file of a commit, as `git fast-import` reads it."""
    return f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n"


class Filled:
    """The rows of all that happened in *history*, put into *store*."""

    def __init__(self, store: SqlStore, history: History, now: datetime) -> None:
        self._store, self._of, self._now = store, history, now
        self._past = history.past
        self._wrote = f"040000:{git(history.bare, 'rev-parse', 'main:stages/s0/web')}"
        store.repos.add(RepoRecord(1, REPO.owner, REPO.name, 1, "main", comments_since=now))
        self._bulk(configs, [{"repo_id": 1, "in_force": history.line[0]}])
        self._bulk(freights, map(self._freight, range(self._past.freights)))
        numbers = range(self._past.promotions)
        each = ((s, n) for n in numbers for s in range(STAGES))
        self._bulk(promotions, (self._promotion(s, n) for s, n in each))
        self._bulk(stages, ({"repo_id": 1, "stage": stage(s)} for s in range(STAGES)))
        self._bulk(runs, (self._run(s, n) for s in range(STAGES) for n in numbers[1::2]))
        locked = [(s, n) for s in range(0, STAGES, LOCKED) for n in numbers[1::2]]
        self._bulk(lock_requests, itertools.starmap(self._request, enumerate(locked, 1)))
        self._bulk(lock_request_groups, itertools.starmap(self._asked, enumerate(locked, 1)))
        self._bulk(counters, [{"name": "lock-seq", "value": len(locked)}])
        names = [group(s) for s in range(0, STAGES, LOCKED)]
        token = len(locked)
        groups = ({"scope": "repo-1", "name": name, "last_token": token} for name in names)
        self._bulk(lock_groups, groups)
        self._line()

    def _bulk(self, table: Table, rows: Iterable[dict[str, object]]) -> None:
        left = iter(rows)
        while part := list(itertools.islice(left, BULK)):
            with self._store.database.write("fill the store") as connection:
                connection.execute(insert(table), part)

    def _freight(self, number: int) -> dict[str, object]:
        made = Freight(self._of.freight(number), AT + timedelta(seconds=number))
        name = made.id
        return {"repo_id": 1, **to_row(made), "warehouse": name.warehouse, "sha": name.sha}

    def _freight_of(self, number: int) -> FreightId:
        """Of a stage's promotions, two a freight, the last one of the newest freight."""
        pairs = self._past.promotions // 2
        return self._of.freight(self._past.freights - pairs + number // 2)

    def _promotion(self, s: int, number: int) -> dict[str, object]:
        """Every second one failed before it landed, and was tried anew: clean-up may have it."""
        freight, at = self._freight_of(number), AT + timedelta(seconds=number)
        name = PromotionId(f"{stage(s)}-{number}")
        row = Promotion(name, stage(s), freight, "failed", self._of.line[0], at, at, ended_at=at)
        if number % 2:
            held = self._wrote if number == self._past.promotions - 1 else f"040000:{number:040x}"
            written = ((f"stages/{stage(s)}/web", held),)
            row = replace(
                row,
                state="verified",
                reason="verified",
                attempt=2,
                landed=freight.sha,
                landed_at=at,
                verified_at=at,
                written=written,
                pure=written,
            )
        return {"repo_id": 1, **to_row(row, "number"), "mark": f"{number:016x}"}

    def _run(self, s: int, number: int) -> dict[str, object]:
        at = self._now - timedelta(days=2 if number // 2 % RECENT == 0 else 25)
        name, about = f"stagelock / {stage(s)}", f"{stage(s)}-{number}"
        sha = self._freight_of(number).sha
        made = RunRecord(name, sha, 1, f"{stage(s)}:{about}:1", number, "completed", "a.b", at, at)
        return {"repo_id": 1, **to_row(made)}

    def _request(self, seq: int, of: tuple[int, int]) -> dict[str, object]:
        s, number = of
        at, name = AT + timedelta(seconds=number), PromotionId(f"{stage(s)}-{number}")
        made = LockRequest(
            seq,
            1,
            "acme/web",
            stage(s),
            name,
            self._freight_of(number),
            (),
            seq,
            "released",
            at,
            granted_at=at,
            ended_at=at,
        )
        return to_row(made, "groups", "tokens")

    def _asked(self, seq: int, of: tuple[int, int]) -> dict[str, object]:
        name = group(of[0])
        return {"request_id": seq, "scope": "repo-1", "name": name, "place": 0, "token": seq}

    def _line(self) -> None:
        line, key = self._of.line, {"repo_id": 1, "branch": "main"}
        pipeline = parse(document().encode(), "main").pipeline
        assert pipeline is not None
        rules = digest(pipeline, pipeline.warehouses[WEB], "main")
        spans = ((0, len(line) - 1),)
        self._bulk(lines, [{**key, "version": 1}])
        self._bulk(line_commits, ({**key, "place": n, "sha": sha} for n, sha in enumerate(line)))
        tips = (Tip(sha, line[n - 1] if n else None, AT, n) for n, sha in enumerate(line))
        self._bulk(line_tips, ({**key, **to_row(tip)} for tip in tips))
        look = {**key, "warehouse": WEB, "rules": rules, "spans": spans}
        self._bulk(line_looks, [look])
        fires = range(0, len(line), self._past.apart)
        for table in (line_fires, line_mints):
            self._bulk(table, ({**key, "warehouse": WEB, "place": n} for n in fires))
