"""The whole starter: the families that go into one file together, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.core.config.check import ParseResult, parse
from app.core.config.starter.found import Contents, Family, Layout, Listing, Notice, Remark
from app.core.config.starter.places import Places
from app.core.config.starter.proposal import CopyFolder, Naming, Part, part
from app.core.config.starter.verification import verified
from app.core.config.starter.workflows import Job, e2e_jobs
from app.core.model.pipeline import Problem
from app.core.paths.canonical import within

TOO_LARGE = frozenset({"too-large", "too-many-outputs"})
Write = Callable[[Sequence[Part]], str]
"""How parts are written as a file: the words are another room's."""


@dataclass(frozen=True, slots=True)
class Starter:
    """A file that lints clean, what it was made of, and everything that is to be said about it."""

    text: str
    parts: tuple[Part, ...]
    checked: ParseResult
    jobs: tuple[Job, ...]
    remarks: tuple[Remark, ...]


def starter(
    listing: Listing, places: Places, contents: Contents, default_branch: str, write: Write
) -> Starter:
    """
    The starter for what was *places*; *contents* are the files that `wanted` names.

    The result lints clean: what would not is left out, and said.
    """
    remarks = list(places.remarks)
    jobs = _jobs(places.workflows, contents, remarks)
    parts = _fitting(_usable(listing, places.families, contents, remarks))
    parts, kept = _clean(parts, jobs, default_branch, write, remarks)
    text = write(parts)
    remarks += [remark for part in parts for remark in part.remarks]
    remarks += kept
    return Starter(text, parts, parse(text.encode(), default_branch), jobs, tuple(remarks))


def _jobs(workflows: Sequence[str], contents: Contents, remarks: list[Remark]) -> tuple[Job, ...]:
    jobs_found: list[Job] = []
    for file in workflows:
        jobs = e2e_jobs(file, contents[file]) if file in contents else None
        if jobs is None:
            remarks.append(Remark(Notice.UNREAD, (file,)))
        else:
            jobs_found += jobs
    return tuple(jobs_found)


def _usable(
    listing: Listing, families: Sequence[Family], contents: Contents, remarks: list[Remark]
) -> list[tuple[Family, Part]]:
    """The families of which something can be made; the surest kind of those alone."""
    of_files = [family for family in families if family.layout is not Layout.BRANCHES]
    tried = [
        (family, *part(family, contents, listing.files, Naming(prefixed=False)))
        for family in of_files
    ]
    made = [(family, proposed) for family, proposed, _ in tried if proposed is not None]
    remarks += [remark for _, _, said in tried for remark in said]
    sure = [(family, proposed) for family, proposed in made if not _copies(proposed)]
    chosen = sure or made
    others = [family for family, proposed in made if (family, proposed) not in chosen]
    branches = [family for family in families if family.layout is Layout.BRANCHES]
    if not chosen:
        tried = [
            (family, *part(family, contents, listing.files, Naming(prefixed=False)))
            for family in branches
        ]
        chosen = [(family, proposed) for family, proposed, _ in tried if proposed is not None]
    else:
        others += branches
    remarks += [Remark(Notice.OTHERS, (family.where,)) for family in others]
    outermost = _outermost(chosen, remarks)
    if len(outermost) < 2:
        return outermost
    naming = Naming(prefixed=True)
    again = [(family, part(family, contents, listing.files, naming)[0]) for family, _ in outermost]
    return [(family, proposed) for family, proposed in again if proposed is not None]


def _copies(part: Part) -> bool:
    return any(isinstance(s.step, CopyFolder) and s.step.to == "." for s in part.stages)


def _outermost(
    chosen: Sequence[tuple[Family, Part]], remarks: list[Remark]
) -> list[tuple[Family, Part]]:
    kept: list[tuple[Family, Part]] = []
    for family, inner in chosen:
        folders = [s.folder for s in inner.stages if s.folder]
        taken = [s.folder for _, other in kept for s in other.stages if s.folder]
        if any(within(a, b) or within(b, a) for a in folders for b in taken):
            remarks.append(Remark(Notice.INSIDE, (family.where,)))
        else:
            kept.append((family, inner))
    return kept


def _fitting(chosen: Sequence[tuple[Family, Part]]) -> tuple[Part, ...]:
    """A warehouse that watches a stage's folder has nothing left to watch there: it watches all."""
    folders = [s.folder for _, part in chosen for s in part.stages if s.folder]

    def fit(part: Part) -> Part:
        hidden = any(within(part.warehouse.path, folder) for folder in folders)
        return replace(part, warehouse=replace(part.warehouse, path="")) if hidden else part

    return tuple(fit(part) for _, part in chosen)


def _clean(
    parts: tuple[Part, ...],
    jobs: Sequence[Job],
    default_branch: str,
    write: Write,
    remarks: list[Remark],
) -> tuple[tuple[Part, ...], tuple[Remark, ...]]:
    """Leave out what would not lint clean: stages that no name places first, then families."""

    def problem(of: Sequence[Part]) -> Problem | None:
        checked, _ = verified(of, jobs, default_branch)
        return next(iter(parse(write(checked).encode(), default_branch).problems), None)

    wrong = problem(parts)
    if wrong is None:
        return verified(parts, jobs, default_branch)
    if wrong.code in TOO_LARGE:
        parts = _only_placed(parts, remarks)
    kept: tuple[Part, ...] = ()
    for added in parts:
        if why := problem((*kept, added)):
            remarks.append(Remark(Notice.NOT_CLEAN, (added.family.where, why.message)))
        else:
            kept = (*kept, added)
    return verified(kept, jobs, default_branch)


def _only_placed(parts: Sequence[Part], remarks: list[Remark]) -> tuple[Part, ...]:
    placed = [_placed(part) for part in parts]
    left = sum(len(part.stages) for part in parts) - sum(len(part.stages) for part in placed)
    remarks += [Remark(Notice.TOO_MANY, (str(left),))] if left else []
    return tuple(part for part in placed if part.stages)


def _placed(part: Part) -> Part:
    remarks = tuple(r for r in part.remarks if r.notice is not Notice.NO_ORDER)
    return replace(
        part, stages=tuple(s for s in part.stages if s.level is not None), remarks=remarks
    )
