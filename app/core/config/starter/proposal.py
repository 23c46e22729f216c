"""From what was found to stages: which family is used how, in which order, awaiting what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.core.config.starter.found import (
    Candidate,
    Contents,
    Family,
    Layout,
    Notice,
    Remark,
)
from app.core.config.starter.names import LAST, as_name, level_of
from app.core.config.starter.tags import base_of, image_tags
from app.core.paths.canonical import path_error, relative, within


@dataclass(frozen=True, slots=True)
class SetTags:
    """A `yaml-set` of *keys* in *file*, which is relative to the stage's folder."""

    file: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CopyFolder:
    """A `copy` of the freight's *source* to *to* in the stage's folder."""

    source: str
    to: str


StarterStep = SetTags | CopyFolder


@dataclass(frozen=True, slots=True)
class StarterStage:
    """A stage of the starter."""

    name: str
    warehouse: str
    folder: str
    """Empty: it has none."""
    branch: str
    """Empty: the default branch."""
    needs: tuple[str, ...]
    level: int | None
    """The place in the order that its name speaks of; None: it says nothing."""
    step: StarterStep | None
    """What brings freight there; None: the whole tree."""
    checks: tuple[str, ...] = ()
    stated: bool = False
    """The file has to say *step*: it does not follow from the layout."""

    @property
    def is_last(self) -> bool:
        """It is production: people merge what comes in."""
        return self.level == LAST


@dataclass(frozen=True, slots=True)
class StarterWarehouse:
    """A warehouse of the starter; without *path* it watches everything."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one family becomes."""

    family: Family
    warehouse: StarterWarehouse
    stages: tuple[StarterStage, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class _Member:
    """A candidate, and the step that would bring freight there."""

    candidate: Candidate
    step: StarterStep | None

    @property
    def level(self) -> int | None:
        return level_of(self.candidate.name)


@dataclass(slots=True)
class Naming:
    """How stages and warehouses are called."""

    prefixed: bool
    """Each stage's name begins with its application's."""
    warehouses: set[str] = field(default_factory=set)
    """The names that are taken."""
    stages: set[str] = field(default_factory=set)
    """The names that are taken."""

    def warehouse(self, family: Family, path: str) -> str:
        """Name a warehouse after the application, or after where its stages lie."""
        words = path.rstrip("/").rpartition("/")[2]
        if not words and self.prefixed:
            words = family.where.rstrip("/").rpartition("/")[2]
        name = as_name(words or "app", self.warehouses, "app")
        self.warehouses.add(name)
        return name

    def stage(self, name: str, warehouse: str) -> str:
        """Name a stage after its candidate."""
        made = as_name(f"{warehouse}-{name}" if self.prefixed else name, self.stages)
        self.stages.add(made)
        return made


def part(
    family: Family, contents: Contents, files: Sequence[str], naming: Naming
) -> tuple[Part | None, tuple[Remark, ...]]:
    """What *family* becomes, None where nothing can be promoted there; and why what is left out."""
    remarks: list[Remark] = []
    members, notice = _members(family, contents, files, remarks)
    source: str | None = None
    if not members and family.layout is Layout.FOLDERS:
        members, source, notice = _copied(family, remarks)
    if not members:
        return None, tuple(remarks)
    path = source or family.app
    if any(within(path, m.candidate.folder) for m in members if m.candidate.folder):
        path = ""
    warehouse = StarterWarehouse(naming.warehouse(family, family.app or path), path)
    stages = tuple(_stages(family, members, warehouse.name, naming, remarks))
    if path and source is None:
        remarks.append(Remark(Notice.WATCHED, (warehouse.name, path)))
    remarks.append(notice)
    return Part(family, warehouse, stages, tuple(remarks)), ()


def _members(
    family: Family, contents: Contents, files: Sequence[str], remarks: list[Remark]
) -> tuple[list[_Member], Remark]:
    """By tags where a file has any; else by the base that overlays name; or whole branches."""
    if family.layout is Layout.BRANCHES:
        everything = [_Member(candidate, None) for candidate in family.candidates]
        return everything, Remark(Notice.WHOLE_BRANCH, (family.where,))
    tagged: list[_Member] = []
    based: list[_Member] = []
    unset: list[Candidate] = []
    for candidate in family.candidates:
        tags = image_tags(contents[candidate.file]) if candidate.file in contents else None
        if tags is None and candidate.file:
            remarks.append(Remark(Notice.UNREAD, (candidate.file,)))
        elif tags:
            tagged.append(
                _Member(candidate, SetTags(relative(candidate.file, candidate.folder), tags))
            )
        else:
            unset.append(candidate)
            based += _based(candidate, contents, files)
    if tagged:
        remarks += [
            Remark(Notice.NOT_SET, (candidate.file or candidate.folder,)) for candidate in unset
        ]
        return tagged, Remark(Notice.TAGS, (family.where,))
    bases = tuple(dict.fromkeys(m.step.source for m in based if isinstance(m.step, CopyFolder)))
    return based, Remark(Notice.BASE, (family.where, *bases))


def _based(candidate: Candidate, contents: Contents, files: Sequence[str]) -> Iterator[_Member]:
    data = contents.get(candidate.file, b"")
    base = base_of(data, candidate.folder) if data else None
    if base is None or path_error(base) is not None:
        return
    if any(path.startswith(f"{base}/") for path in files) and not within(base, candidate.folder):
        yield _Member(candidate, CopyFolder(base, base.rpartition("/")[2]))


def _copied(family: Family, remarks: list[Remark]) -> tuple[list[_Member], str | None, Remark]:
    """The first by its name is the source of the others' folders."""
    ordered = sorted(
        (candidate for candidate in family.candidates if level_of(candidate.name) is not None),
        key=lambda candidate: (level_of(candidate.name), candidate.name),
    )
    if not ordered or len(family.candidates) < 2:
        remarks.append(Remark(Notice.NO_SOURCE, (family.where,)))
        return [], None, Remark(Notice.SOURCE, ())
    first = ordered[0]
    others = [candidate for candidate in family.candidates if candidate is not first]
    step = CopyFolder(first.folder, ".")
    return (
        [_Member(candidate, step) for candidate in others],
        first.folder,
        Remark(Notice.SOURCE, (first.folder,)),
    )


def _stages(
    family: Family,
    members: Iterable[_Member],
    warehouse: str,
    naming: Naming,
    remarks: list[Remark],
) -> Iterator[StarterStage]:
    """In their order; one level side by side, those that no name places beside production."""
    order = _Order(family, warehouse, naming)
    ranked = sorted(members, key=lambda m: m.candidate.name)
    for member in sorted((m for m in ranked if m.level is not None), key=lambda m: m.level or 0):
        order.add(member)
    known = [stage.name for stage in order.made]
    aside = [order.aside(member).name for member in ranked if member.level is None]
    if len({stage.level for stage in order.made} - {None}) > 1:
        remarks.append(Remark(Notice.ORDER, tuple(known)))
    remarks += [Remark(Notice.NO_ORDER, tuple(aside))] if aside else []
    remarks += [Remark(Notice.RENAMED, tuple(order.renamed))] if order.renamed else []
    yield from order.made


class _Order:
    """Makes the stages of one family one after the other, the first in the order first."""

    def __init__(self, family: Family, warehouse: str, naming: Naming) -> None:
        self._family = family
        self._warehouse = warehouse
        self._naming = naming
        self.made: list[StarterStage] = []
        self.renamed: list[str] = []

    def add(self, member: _Member) -> None:
        """The next one by its level."""
        self._make(member, self._before(member.level or 0))

    def aside(self, member: _Member) -> StarterStage:
        """One that no name places: beside production."""
        return self._make(member, self._before(LAST))

    def _before(self, level: int) -> list[StarterStage]:
        """The stages of the nearest level below; whole branches follow one another."""
        levels = [s.level for s in self.made if s.level is not None]
        if self._family.layout is Layout.BRANCHES:
            return [s for s in self.made if s.level is not None and s.level <= level][-1:]
        nearest = max((lower for lower in levels if lower < level), default=None)
        return [s for s in self.made if s.level is not None and s.level == nearest]

    def _make(self, member: _Member, needs: Sequence[StarterStage]) -> StarterStage:
        candidate = member.candidate
        name = self._naming.stage(candidate.name, self._warehouse)
        if candidate.name not in name:
            self.renamed += (candidate.name, name)
        upstreams = tuple(stage.name for stage in needs)
        stated = _is_stated(self._family, member.step, needs)
        self.made.append(
            StarterStage(
                name,
                self._warehouse,
                candidate.folder,
                candidate.branch,
                upstreams,
                member.level,
                member.step,
                stated=stated,
            )
        )
        return self.made[-1]


def _is_stated(family: Family, step: StarterStep | None, needs: Sequence[StarterStage]) -> bool:
    """Without it the stage would not get the same: it takes from several, or differs from one."""
    match step:
        case None:
            return False
        case CopyFolder(to="."):
            return len(needs) > 1
        case _:
            alike = len(needs) == 1 and needs[0].step == step
            return not alike or family.layout is not Layout.FOLDERS
