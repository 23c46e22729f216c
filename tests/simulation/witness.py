"""Shows the world to the oracle: every push, merge, grant and verdict of the App, as it happens."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from app.core.records import Promotion, Records
from tests.oracle import content, judge
from tests.oracle.evidence import Seen
from tests.oracle.lines import Line
from tests.oracle.moment import Moment
from tests.oracle.pipeline import Plan, read
from tests.oracle.shown import owing
from tests.simulation.github import OWN_APP

if TYPE_CHECKING:
    from tests.simulation.world import World

PATIENCE = 4
"""So many undisturbed looks in a row, and what is owed must be there."""


class _Runs(dict):
    """Checks of others, by commit, as the oracle reads them; looked up when it does."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def get(self, sha, default=()):
        return [
            Seen(run.id, run.name, run.suite, run.conclusion, run.completed_at)
            for run in self._world.forge.at.get(sha, ())
            if run.app_id != OWN_APP
        ] or default


class Witness:
    """Remembers what the values of one moment cannot say: lines, times, which checks ran when."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lines: dict[str, Line] = {}
        self._pushed: dict[str, datetime] = {}
        self._landings: dict[str, list[datetime]] = {}
        self._plans: dict[str, Plan | None] = {}
        self._held: dict[tuple[str, str, str], object] = {}
        self._known: set[object] = set()
        self._under_grant: set[int] = set()
        self._owed: Counter[str] = Counter()
        world.server.pushed.insert(0, self._moved)
        world.forge.merging.append(self._merging)

    # --- what happens ---

    def _moved(self, branch: str, old: str | None, new: str | None) -> None:
        if new is None:
            self._lines.pop(branch, None)
            return
        server = self._world.server
        self._pushed.setdefault(new, self._world.now)
        if branch.startswith("stagelock/"):
            return
        line = self._lines.get(branch)
        if line is None:
            line = Line(lambda sha: server.objects.fact(sha).parents, server.objects.is_ancestor)
            self._lines[branch] = line
        line.push(new)

    def begins(self, row: Promotion, commit: str) -> None:
        """An attempt to push *commit* to *row*'s stage begins."""
        moment = self._moment(self._world.records())
        changed = self._world.server.changed(commit)
        self._judge(content.written(moment, row, commit, changed))
        self._judge(judge.entering(moment, row, self._landings.get(row.stage, ())))

    def lands(self, row: Promotion) -> None:
        """A push of *row*'s commit to its stage's branch takes effect."""
        self._landings.setdefault(row.stage, []).append(self._world.now)

    def _merging(self, number: int, actor: str) -> None:
        """Somebody merges a pull request."""
        if not actor.endswith("[bot]"):
            return
        world = self._world
        records = world.records()
        moment = self._moment(records)
        row = next(row for row in reversed(records.promotions) if row.pull == number)
        reviews = {r.user: r.state for r in world.forge.reviewed.get(number, ())}
        head = moment.runs.get(world.forge.pulls[number].head_sha, ())
        merge = [judge.merging(head, reviews, spot.merge) for spot in moment.spots(row)]
        self._judge(min(merge, key=len, default=[]))
        self._judge(judge.entering(moment, row, self._landings.get(row.stage, ())))
        self.lands(row)

    # --- after every step ---

    def after(self, records: Records) -> None:
        moment = self._moment(records)
        for freight in records.freights:
            if self._new(freight.id):
                self._judge(judge.minted(moment, freight, self.changed(moment, freight.id)))
        for row in records.promotions:
            if row.state == "verified" and self._new((row.id, row.verified_at)):
                self._judge(judge.verified(moment, row))
        for request in records.requests:
            if request.state != "held" or not self._new((request.id, request.granted_at)):
                continue
            if not request.out_of_turn:
                kept = frozenset(self._under_grant)
                self._judge(judge.granted(moment, request, kept))
        for row, _, running in moment.landed_jobs():
            if row.state == "verifying":
                self._under_grant.update(run.id for run in running)
        self._judge(judge.states(moment))
        self._patience(moment)

    def changed(self, moment: Moment, freight) -> list[str]:
        """What the freight's commit changed against what it follows on its branch's line."""
        house = moment.plan.houses.get(freight.warehouse)
        return self._changed(house.branch, freight.sha) if house else []

    def _changed(self, branch: str, sha: str) -> list[str]:
        objects = self._world.server.objects
        line = self._lines[branch]
        before = line.before(sha) if line.place(sha) is not None else None
        parent = before or next(iter(objects.fact(sha).parents), None)
        old, new = objects.tree_of(parent), objects.tree_of(sha)
        return [path.decode() for path in objects.trees.changes(old, new)]

    def _patience(self, moment: Moment) -> None:
        world = self._world
        if not world.clean or world.faults.limited_until > world.now.timestamp():
            self._owed.clear()
            return
        owed = dict(owing(moment, self._titles, lambda sha: self._changed("main", sha)))
        self._owed = Counter({key: self._owed[key] + 1 for key in owed})
        for key, words in owed.items():
            if self._owed[key] > PATIENCE:
                self._judge([words])

    def _titles(self, sha: str) -> list[tuple[str, str]]:
        runs = self._world.forge.at.get(sha, ())
        return [(run.name, run.title) for run in runs if run.app_id == OWN_APP]

    def _new(self, key: object) -> bool:
        if key in self._known:
            return False
        self._known.add(key)
        return True

    def _judge(self, wrong: list[str]) -> None:
        for words in wrong:
            self._world.law.wrong(words)

    # --- what is so ---

    def _moment(self, records: Records) -> Moment:
        server = self._world.server
        return Moment(
            now=self._world.now,
            plan=self._in_force(),
            plans=self._plan_at,
            lines=self._lines,
            tips=server.tips,
            runs=_Runs(self._world),
            pushed=self._pushed,
            records=records,
            at=self._at,
            holds=server.objects.is_ancestor,
        )

    def _in_force(self) -> Plan:
        """rule F43: the newest valid version along first parents."""
        server = self._world.server
        found = (self._plan_at(sha) for sha in server.line(server.tips.get("main")))
        return next(plan for plan in found if plan is not None)

    def _plan_at(self, sha: str) -> Plan | None:
        if sha not in self._plans:
            server = self._world.server
            entry = server.at(sha, "stagelock.yaml")
            self._plans[sha] = read(server.objects.blob(entry.id)) if entry else None
        return self._plans[sha]

    def _at(self, sha: str, path: str, key: str) -> object:
        if (sha, path, key) not in self._held:
            self._held[sha, path, key] = self._look(sha, path, key)
        return self._held[sha, path, key]

    def _look(self, sha: str, path: str, key: str) -> object:
        """A folder is its entries, but for `.github` (rule Y2): whole trees are folders, too."""
        objects = self._world.server.objects
        entry = objects.find(sha, path)
        if entry is None:
            return None
        if entry.is_tree:
            names = objects.trees.read(entry.id)
            return tuple(sorted((n, e) for n, e in names.items() if n != b".github"))
        if not key:
            return entry
        lines = objects.blob(entry.id).decode().splitlines()
        found = next((line for line in lines if line.startswith(f"{key}: ")), None)
        return found.partition(": ")[2].strip("'\"") if found is not None else None
