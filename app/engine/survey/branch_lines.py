"""
The lines of one repository's branches: rows, what git adds to them, and what warehouses watch.

What a process has read of the rows it keeps, and reads anew only what another has changed: a look
at rest costs one look at a number.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.core.model.names import Sha, WarehouseName
from app.core.model.snapshot import BEGINNING, Line
from app.core.state.lines import BranchLine, Change, Landed
from app.core.state.looked_at import Looked
from app.engine.survey.commit_graph import (
    Parents,
    Step,
    Watches,
    covering,
    deepened,
    fires,
    later,
    step,
)
from app.ports import GitRepo, Lines
from app.ports.lines import LookChange, Minted
from app.ports.store import Claim

LOOKS = 1000
"""How many commits a tick compares with what was there before them; the next one goes on."""
START = 500
"""How much of a line that is new to us is read at once: people name commits of it."""
KEPT = 64

Never = Callable[[Sequence[Sha]], Collection[Sha]]
"""Those of some commits that make no freight, whatever they changed."""


@dataclass(slots=True)
class Course:
    """A branch's line as it is stored at *version*, and its warehouses' looks by rules."""

    version: int
    line: BranchLine
    looks: dict[WarehouseName, tuple[str, Looked]] = field(default_factory=dict)
    covers: set[WarehouseName] = field(default_factory=set)
    """The warehouses whose freights were looked for on it."""


class Courses:
    """What this process knows of lines, of the repositories that it looked at last."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, str], Course] = OrderedDict()

    def get(self, lines: Lines, repo_id: int, branch: str) -> Course:
        """The branch's rows."""
        key = repo_id, branch
        known = self._known.get(key)
        if known is None or known.version != lines.version(repo_id, branch):
            stored = lines.load(repo_id, branch)
            looks = {n: (k.rules, Looked(k.spans, k.fires)) for n, k in stored.looks.items()}
            known = Course(stored.version, BranchLine(stored.at, stored.tips), looks)
        self._known[key] = known
        self._known.move_to_end(key)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return known

    def drop(self, repo_id: int, branch: str) -> None:
        """What we know may not be what is stored."""
        self._known.pop((repo_id, branch), None)


class LineReader:
    """Reads, extends and stores the lines of one repository in one tick."""

    def __init__(
        self, git: GitRepo, lines: Lines, courses: Courses, claim: Claim, repo_id: int
    ) -> None:
        self._git = git
        self._graph = Parents(git)
        self._lines = lines
        self._courses = courses
        self._claim = claim
        self._repo_id = repo_id
        self._read: dict[str, Course] = {}
        self.left = LOOKS

    def advance(
        self,
        branch: str,
        landed: Landed,
        now: datetime,
        pushed: Iterable[Sha] = (),
        warehouse: WarehouseName | None = None,
        freights: Callable[[], Iterable[Sha]] = tuple,
    ) -> Sha | None:
        """
        Bring the branch's line up to its tip, and return that; None: there is no such branch.

        *pushed*: what we may have moved the branch to without seeing it there. *freights* of the
        warehouse that are not on the line are looked for once.
        """
        tip = self._git.heads().get(branch)
        if tip is None:
            return None
        course = self._course(branch)
        line, bottom = course.line, course.line.bottom
        new = line.tip is None
        changes: list[Change] = []
        if line.tip != tip:
            heard = [h.sha for h in self._lines.heard(self._repo_id) if h.branch == branch]
            changes = line.pass_by(self._graph, (*heard, *pushed), tip, now)
        looks = []
        for above in [change.above for change in changes if change.above is not None]:
            new, course.covers = new or above < bottom, set()
            looks = [_cut(name, *look, above) for name, look in course.looks.items()]
        if new:
            changes += deepened(self._graph, line, START, landed)
        unlooked = warehouse is not None and warehouse not in course.covers
        if unlooked:
            changes += covering(self._graph, line, freights(), landed)
        self._store(branch, course, changes, looks)
        course.covers |= {warehouse} if warehouse is not None else set()
        return tip

    def _course(self, branch: str) -> Course:
        """Nobody else changes the rows while this tick has its claim."""
        if branch not in self._read:
            self._read[branch] = self._courses.get(self._lines, self._repo_id, branch)
        return self._read[branch]

    def forget_heard(self) -> None:
        """What deliveries told has been taken in."""
        forget_heard(self._lines, self._claim, self._repo_id)

    def look(
        self,
        branch: str,
        warehouse: WarehouseName,
        rules: str,
        watches: Watches,
        *,
        floor: int,
        count: int,
        never: Never,
        landed: Landed,
    ) -> bool:
        """
        Look for the newest *count* commits above *floor* that fire; False: the tick's limit came
        first. Those that *never* names are no such commits.
        """
        course = self._course(branch)
        anew = not _same(course, warehouse, rules)
        if anew:
            course.looks[warehouse] = (rules, Looked())
        line, looked = course.line, course.looks[warehouse][1]
        fired: list[int] = []
        changes: list[Change] = []
        shas = self._firing(line, looked, floor, never)
        done = len(shas) >= count
        while not done and self.left:
            place = looked.low(line.top) - 1
            if place <= line.bottom:  # what was there before it, too, is to be known
                change = line.deepen(self._graph, landed)
                if not change and place < line.bottom:
                    break
                changes.append(change)
            if place <= floor:
                break
            self.left -= 1
            sha = line.at[place]
            fresh = fires(self._git, watches, step(self._graph, line, sha))
            looked.add(place, fires=fresh)
            fired += [place] if fresh else []
            shas += [sha] if fresh and sha not in never([sha]) else []
            done = len(shas) >= count
        new = LookChange(warehouse, rules, tuple(looked.spans), fired, anew)
        self._store(branch, course, changes, [new])
        return done or self.left > 0

    def shown(
        self,
        branch: str,
        warehouse: WarehouseName,
        rules: str,
        *,
        floor: int,
        never: Never,
        minted_low: int,
    ) -> Line:
        """The line as a decision sees it; of what fires that above *floor*."""
        course = self._course(branch)
        line = course.line
        same = _same(course, warehouse, rules)
        looked = course.looks[warehouse][1] if same else Looked()
        low = looked.low(line.top)
        ended = low == line.bottom and not self._graph.parents(line.at[low])
        return Line(
            places=line.places,
            at=line.at,
            top=line.top,
            firing=tuple(self._firing(line, looked, floor, never)),
            low=BEGINNING if ended else max(low, floor + 1),
            heads=line.seen,
            minted_low=minted_low,
        )

    def line(self, branch: str) -> BranchLine:
        """The branch's line, as far as it was read."""
        return self._course(branch).line

    def minted(
        self, branch: str, warehouse: WarehouseName, floor: int, count: int
    ) -> Sequence[Minted]:
        """The newest *count* freights above *floor*, newest first."""
        return self._lines.minted(self._repo_id, branch, warehouse, floor, count)

    def beyond(self, parents: Sequence[Sha]) -> Sequence[Sha]:
        """The commits that only the others of a merge's *parents* hold."""
        return self._git.beyond(parents[0], parents[1:])

    def unplaced(self, branch: str, warehouse: WarehouseName) -> Sequence[Sha]:
        """The commits of the warehouse's freights that are not on the line."""
        return self._lines.unplaced(self._repo_id, branch, warehouse)

    def holds(self, branch: str, tip: Sha, commit: Sha) -> bool:
        """The commit is on the branch's line up to *tip*; False: it is not, or nobody looked."""
        course = self._read.get(branch)
        return course is not None and course.line.tip == tip and commit in course.line.places

    def after(self, branch: str, sha: Sha, landed: Landed) -> Iterator[Sha]:
        """What came onto the line, which is at its tip, after *sha*, the nearest first."""
        course = self._course(branch)
        line = course.line
        if line.tip is None or not self._graph.is_ancestor(sha, line.tip):
            return iter(())
        self._store(branch, course, covering(self._graph, line, (sha,), landed), ())
        return later(self._graph, line, sha)

    def down(self, branch: str, sha: Sha, landed: Landed) -> Iterator[Step]:
        """*sha* of the branch's line, and what was there before it, the newest first."""
        course = self._course(branch)
        line = course.line
        while sha in line.places:
            if line.before(sha) is None:
                self._store(branch, course, [line.deepen(self._graph, landed)], ())
            here = step(self._graph, line, sha)
            yield here
            if here.before is None:
                return
            sha = here.before

    @staticmethod
    def _firing(line: BranchLine, looked: Looked, floor: int, never: Never) -> list[Sha]:
        shas = [line.at[place] for place in looked.firing(line.top, floor)]
        ours = never(shas) if shas else ()
        return [sha for sha in shas if sha not in ours]

    def _store(
        self,
        branch: str,
        course: Course,
        changes: Sequence[Change],
        looks: Sequence[LookChange],
    ) -> None:
        changes = [change for change in changes if change]
        if not changes and not looks:
            return
        try:
            course.version = self._lines.save(self._claim, self._repo_id, branch, changes, looks)
        except BaseException:
            self._courses.drop(self._repo_id, branch)
            self._read.pop(branch, None)
            raise


def forget_heard(lines: Lines, claim: Claim, repo_id: int) -> None:
    """What deliveries told of the repository's branches is of no more use."""
    heard = lines.heard(repo_id)
    if heard:
        lines.forget_heard(claim, repo_id, heard[-1].number)


def _same(course: Course, warehouse: WarehouseName, rules: str) -> bool:
    """What was looked at was looked at under *rules*: edited, they begin anew."""
    known = course.looks.get(warehouse)
    return known is not None and known[0] == rules


def _cut(warehouse: WarehouseName, rules: str, looked: Looked, above: int) -> LookChange:
    looked.cut(above)
    return LookChange(warehouse, rules, tuple(looked.spans))
