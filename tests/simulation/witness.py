"""Shows the world to the oracle: every push, merge, grant and verdict of the App, as it happens."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from app.core.model.names import Sha
from app.core.model.records import Promotion, Records
from tests.oracle import content, endings, judge, leave, rollbacks
from tests.oracle.evidence import Seen
from tests.oracle.moment import Moment, taken_back
from tests.oracle.organizations import Shared
from tests.oracle.pipeline import Plan, read
from tests.oracle.shown import owing
from tests.simulation.accounts import TEAMS
from tests.simulation.doorlaws import AtDoors
from tests.simulation.github import OWN_APP
from tests.simulation.hearing import Hearing
from tests.simulation.holding import Holding
from tests.simulation.neighbours import ACCOUNT
from tests.simulation.seen_lines import SeenLines
from tests.simulation.servicelaws import AtServices
from tests.simulation.startlaws import Starts

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
            if run.app_id != OWN_APP and (run.conclusion or self._world.forge.goes_on(run))
        ] or default


class Witness:
    """Remembers what the values of one moment cannot say: lines, times, which checks ran when."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.lines = SeenLines(world)
        self._pushed: dict[str, datetime] = {}
        self._landings: dict[str, list[datetime]] = {}
        self._plans: dict[str, Plan | None] = {}
        self._held: dict[tuple[str, str, str], object] = {}
        self._known: set[object] = set()
        self._under_grant: set[int] = set()
        self._told: set[int] = set()
        self._owed: Counter[str] = Counter()
        self._drops: list[tuple[str, str | None]] = []
        self._files: list[Plan] = []
        self._began: dict[str, int] = {}
        self._hearing = Hearing(world)
        self.holding = Holding(world)
        self.starts = Starts(world, lambda: self._moment(world.records()))
        self.doors = AtDoors(world, lambda: self._moment(world.records()))
        self.services = AtServices(world, lambda: self._moment(world.records()))
        world.server.pushed.insert(0, self._moved)
        world.forge.merging.append(self._merging)

    # --- what happens ---

    def _moved(self, branch: str, old: str | None, new: str | None) -> None:
        server = self._world.server
        if branch.startswith("stagelock/"):
            if new is not None:
                self._pushed.setdefault(new, self._world.now)
            return
        if old is not None and (new is None or not server.objects.is_ancestor(Sha(old), Sha(new))):
            self._drops.append((old, new))
        if new is None:
            return
        self._pushed.setdefault(new, self._world.now)
        if branch == "main":
            self._filed(new)

    def _filed(self, new: str) -> None:
        """The file that is in force from now on, if it is another one."""
        plan = self._in_force() if self._plan_at(new) or self._files else None
        if plan is not None and (not self._files or self._files[-1] is not plan):
            self._files.append(plan)

    def _past(self, moment: Moment, row: Promotion) -> endings.Past:
        """By what was seen when, and not by times: the App's clock may be off."""
        under, since = moment.plans(row.config), self._files[self._began[row.id] :]
        return endings.Past(self._left, [*([under] if under else []), *since])

    def _left(self, sha: str) -> bool:
        """Whether the commit was ever taken off a branch by what people pushed."""
        holds = self._world.server.objects.is_ancestor
        return any(
            holds(Sha(sha), Sha(old)) and not (new is not None and holds(Sha(sha), Sha(new)))
            for old, new in self._drops
        )

    def begins(self, row: Promotion, commit: str) -> None:
        """An attempt to push *commit* to *row*'s stage begins."""
        moment = self._moment(self._world.records())
        changed = self._world.server.changed(Sha(commit))
        self._judge(content.written(moment, row, commit, changed))
        self.services.begins(row)
        self._judge(judge.entering(moment, row, self._landings.get(row.stage, ())))

    def lands(self, row: Promotion) -> None:
        """A push of *row*'s commit to its stage's branch takes effect."""
        if not rollbacks.goes_back(row):  # rule F18: nothing waits after one
            self._landings.setdefault(row.stage, []).append(self._world.now)

    def _merging(self, number: int, actor: str) -> None:
        """Somebody merges a pull request."""
        if not actor.endswith("[bot]"):
            return
        world = self._world
        records = world.records()
        moment = self._moment(records)
        row = next(
            promotion for promotion in reversed(records.promotions) if promotion.pull == number
        )
        reviews = {r.user: r.state for r in world.forge.reviewed.get(number, ())}
        head = moment.runs.get(world.forge.pulls[number].head_sha, ())
        merge = [judge.merging(head, reviews, spot.merge) for spot in moment.spots(row)]
        self._judge(min(merge, key=len, default=[]))
        self.services.begins(row)
        self._judge(judge.entering(moment, row, self._landings.get(row.stage, ())))
        self.lands(row)

    # --- after every step ---

    def after(self, records: Records) -> None:
        self.lines.after()
        self._hearing.after(records)
        moment = self._moment(records)
        for freight in records.freights:
            if self._new(freight.id):
                self._judge(judge.minted(moment, freight, self.changes(freight.id)))
        for row in records.promotions:
            self._began.setdefault(row.id, max(len(self._files) - 1, 0))
            if row.state == "verified" and self._new((row.id, row.verified_at)):
                self._judge(judge.verified(moment, row))
            elif row.state == "cancelled" and self._new((row.id, row.ended_at)):
                past = self._past(moment, row)
                self._judge(endings.ended(moment, row, past, self._over(row.pull)))
                if taken_back(row):
                    self._judge(leave.ended(moment, row, self._hearing.spent))
        self._closings(records)
        self.services.after(moment)
        self.holding.after(moment)
        self._given_back(moment)
        for request in records.requests:
            if request.state != "held" or not self._new((request.id, request.granted_at)):
                continue
            if not request.out_of_turn:
                told = frozenset(self._under_grant | self._told) - self.doors.invited(moment)
                self._judge(judge.granted(moment, request, told))
        for row, _, running in moment.landed_jobs():
            if row.state == "verifying":
                self._under_grant.update(run.id for run in running)
        if self._world.clean:
            self._told = set(self._world.arrived)
        self._judge(judge.states(moment))
        self._patience(moment)

    def _given_back(self, moment: Moment) -> None:
        rows = {
            promotion.id: promotion
            for promotion in moment.records.promotions
            if taken_back(promotion)
        }
        for request in moment.records.requests:
            row = rows.get(request.promotion)
            if row is not None and request.ended_at and self._new(("ended", request.id)):
                self._judge(leave.gives_back(moment, row, request))

    def _over(self, number: int | None) -> endings.Closed | None:
        pull = self._world.forge.pulls.get(number or 0)
        if pull is None or pull.state == "open":
            return None
        return endings.Closed(pull.actor, pull.merged, pull.base_ref)

    def _closings(self, records: Records) -> None:
        """Pull requests that we closed since the last undisturbed look."""
        if not self._world.clean:
            return
        for number, pull in self._world.forge.pulls.items():
            over = self._over(number)
            if over is None or over.merged or not over.actor.endswith("[bot]"):
                continue
            row = next((r for r in reversed(records.promotions) if r.pull == number), None)
            if row is not None and self._new(("closed", number, pull.closed_at)):
                here = [r for r in records.promotions if r.stage == row.stage]
                self._judge(endings.closed(row, number, here[-1]))

    def changes(self, freight) -> list[str]:
        """What the freight's commit changed against what it follows on its branch's line."""
        house = self._in_force().houses.get(freight.warehouse)
        return self._changed(house.branch, freight.sha) if house else []

    def _changed(self, branch: str, sha: str) -> list[str]:
        objects = self._world.server.objects
        line = self.lines.by_branch[branch]
        before = line.before(sha) if line.place(sha) is not None else None
        parent = Sha(before) if before else next(iter(objects.fact(Sha(sha)).parents), None)
        old, new = objects.tree_of(parent), objects.tree_of(Sha(sha))
        return [path.decode() for path in objects.trees.changes(old, new)]

    def _patience(self, moment: Moment) -> None:
        world = self._world
        resting = max(world.faults.limited_until, world.faults.refused_until)
        if not world.clean or world.sweep_due is not None or resting > world.now.timestamp():
            self._owed.clear()
            return
        owed = dict(owing(moment, self._titles, lambda sha: self._changed("main", sha)))
        owed |= dict(self.holding.owing(moment)) | dict(self.doors.owing(moment))
        owed |= dict(self.services.owing(moment))
        if world.organization is not None:
            owed |= world.organization.owing()
        self._owed = Counter({key: self._owed[key] + 1 for key in owed})
        for key, words in owed.items():
            if self._owed[key] > PATIENCE:
                self._judge([words])

    def _holds(self, ancestor: str, tip: str) -> bool:
        return self._world.server.objects.is_ancestor(Sha(ancestor), Sha(tip))

    def _titles(self, sha: str) -> list[tuple[str, str]]:
        runs = self._world.forge.at.get(Sha(sha), ())
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

    def moment(self) -> Moment:
        """What is so now."""
        return self._moment(self._world.records())

    def _moment(self, records: Records) -> Moment:
        server, there = self._world.server, self._world.organization
        shared = there.shared if there is not None else None
        made = Moment(
            roles=self.holding.roles,
            teams=TEAMS,
            reviews=lambda number: self._world.forge.reviewed.get(number or 0, ()),
            authors=lambda stage, freight: self.holding.authors(made, stage, freight),
            now=self._world.now + self._world.off,
            apart=2 * self._world.off,
            words=self._hearing.words(),
            first=self._hearing.first,
            begun=self._hearing.begun,
            open_pulls=[n for n, p in self._world.forge.pulls.items() if p.state == "open"],
            green=self._green,
            plan=self._in_force() if shared is None else self._in_force().beside(shared),
            shared=shared or Shared(),
            plans=self._plan_at,
            lines=self.lines.by_branch,
            tips=server.tips,
            runs=_Runs(self._world),
            started=self.starts.began(),
            pushed=self._pushed,
            records=records,
            at=self.at,
            holds=self._holds,
            outside=self.services.now(),
        )
        return made

    def _green(self, number: int) -> bool:
        """What the newest `stagelock / plan` says on the pull request's head."""
        runs = self._world.forge.at.get(self._world.forge.pulls[number].head_sha, ())
        mine = [r for r in runs if (r.app_id, r.name) == (OWN_APP, "stagelock / plan")]
        return bool(mine) and mine[-1].conclusion == "success"

    def _in_force(self) -> Plan:
        """rule F43: the newest valid version along first parents."""
        server = self._world.server
        found = (self._plan_at(sha) for sha in server.line(server.tips.get("main")))
        return next(plan for plan in found if plan is not None)

    def _plan_at(self, sha: str) -> Plan | None:
        if sha not in self._plans:
            server = self._world.server
            entry = server.at(Sha(sha), "stagelock.yaml")
            self._plans[sha] = read(server.objects.blob(entry.id), ACCOUNT) if entry else None
        return self._plans[sha]

    def at(self, sha: str, path: str, key: str) -> object:
        """What lies there, as a value that can be compared."""
        if (sha, path, key) not in self._held:
            self._held[sha, path, key] = self._look(sha, path, key)
        return self._held[sha, path, key]

    def _look(self, sha: str, path: str, key: str) -> object:
        """A folder is its entries, but for `.github` (rule Y2): whole trees are folders, too."""
        objects = self._world.server.objects
        entry = objects.find(Sha(sha), path)
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
