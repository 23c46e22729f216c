"""Which folders, files and branches may be stages: read from the names of a commit's files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.core.config.starter.found import (
    KUSTOMIZATIONS,
    VALUES,
    WORKFLOWS,
    Candidate,
    Family,
    Layout,
    Listing,
    Notice,
    Remark,
)
from app.core.config.starter.names import LAST, level_of
from app.core.paths.canonical import branch_error, join, path_error

CONTAINERS = frozenset(
    ("overlays", "overlay", "envs", "env", "environments", "environment", "stages", "stage")
)
"""Folders whose folders are stages, whatever those are called."""
_SURE = CONTAINERS - {"env", "stage", "overlay"}
PREFIXES = ("env", "envs", "environment", "environments")
"""Of branches: `env/prod`."""
_ELSEWHERE = frozenset(
    {"test", "tests", "testdata", "fixtures", "example", "examples", "docs", "doc", "vendor"}
    | {"node_modules", "third_party"}
)
"""Folders in which nothing is looked for: what lies there is run by nobody."""
_WRAPPINGS = frozenset(
    {"k8s", "kubernetes", "deploy", "deployment", "deployments", "manifests", "kustomize", "helm"}
    | {"chart", "charts", "infra", "gitops", "config", "values"}
)
"""Folders between an application and what it is run by."""
_VALUES = re.compile(
    r"\A(?:(?P<chart>[^/]*?)[-._])?values[-._](?P<env>[^/]+)\.ya?ml\Z"
    r"|\A(?P<before>[^/]+)[-._]values\.ya?ml\Z"
)
_YAML = re.compile(r"\A(?P<env>[^/]+)\.ya?ml\Z")
_SEVERAL = 2
"""So many well-known names beside each other are environments, whatever their folder is called."""


@dataclass(slots=True)
class Places:
    """What was found in a listing."""

    families: list[Family] = field(default_factory=list)
    """By where they lie."""
    remarks: list[Remark] = field(default_factory=list)
    """What was seen beside them."""
    workflows: list[str] = field(default_factory=list)
    """The files to read."""


def places(listing: Listing) -> Places:
    """Find all families of *listing*, the outermost where one lies in another."""
    gathered = Places()
    folders, values = _Gathered(), _Gathered()
    usable = [path for path in listing.files if _usable(path, gathered)]
    for path in usable:
        _look(path, folders, values, gathered)
    _named_alike(usable, folders)
    gathered.families += list(_of_folders(folders, set(usable)))
    gathered.families += list(_of_values(values, gathered))
    gathered.families.sort(key=lambda family: family.where)
    gathered.families += _of_branches(listing.branches, gathered)
    _seen_beside(listing, gathered)
    return gathered


def wanted(gathered: Places) -> Iterator[str]:
    """The files whose text is needed next."""
    yield from gathered.workflows
    for family in gathered.families:
        yield from (candidate.file for candidate in family.candidates if candidate.file)


Key = tuple[str, str]
"""Where a family lies, and what tells it from others there."""


class _Gathered:
    """Environments by family, each once, in the order of the listing."""

    def __init__(self) -> None:
        self.by_family: dict[Key, dict[str, str]] = {}

    def add(self, family: Key, name: str, place: str) -> None:
        self.by_family.setdefault(family, {}).setdefault(name, place)


def _usable(path: str, gathered: Places) -> bool:
    if path_error(path) is None:
        return True
    if any(part.lower() in CONTAINERS for part in path.split("/")):
        gathered.remarks.append(Remark(Notice.BAD_PATH, (path,)))
    return False


def _look(path: str, folders: _Gathered, values: _Gathered, gathered: Places) -> None:
    if path.startswith(WORKFLOWS) and _YAML.search(path.removeprefix(WORKFLOWS)):
        gathered.workflows.append(path)
    parts = path.split("/")
    for at, part in enumerate(parts[:-1]):
        if _is_elsewhere(part):
            return
        if part.lower() in CONTAINERS and at < len(parts) - 2:
            where = "/".join(parts[: at + 1])
            folders.add((where, ""), parts[at + 1], "/".join(parts[: at + 2]))
            return
    where, name = "/".join(parts[:-1]), parts[-1]
    if match := _VALUES.search(name):
        mark = match["chart"] or ""
        values.add((where, mark), match["env"] or match["before"], path)
    elif parts[-2:-1] == ["values"] and (match := _YAML.search(name)):
        values.add((where, ""), match["env"], path)


def _is_elsewhere(part: str) -> bool:
    return part.startswith(".") or part.lower() in _ELSEWHERE


def _named_alike(paths: Iterable[str], folders: _Gathered) -> None:
    """Folders of well-known names beside each other, one of them at the end of the way."""
    beside: dict[str, dict[str, str]] = {}
    for path in paths:
        parts = path.split("/")[:-1]
        known = (at for at, part in enumerate(parts) if level_of(part) is not None)
        at = next(known, len(parts))
        above = parts[:at]
        if at == len(parts) or any(p.lower() in CONTAINERS or _is_elsewhere(p) for p in above):
            continue
        beside.setdefault("/".join(above), {})[parts[at]] = "/".join(parts[: at + 1])
    for where, named in beside.items():
        late = any((level_of(name) or 0) >= LAST for name in named)
        if len(named) >= _SEVERAL and late:
            for name, folder in named.items():
                folders.add((where, ""), name, folder)


def _of_folders(gathered: _Gathered, files: set[str]) -> Iterator[Family]:
    for (where, _), named in gathered.by_family.items():
        sure = where.rpartition("/")[2].lower() in _SURE
        if not sure and all(level_of(name) is None for name in named):
            continue
        members = tuple(
            Candidate(name, folder, _tagged(folder, files)) for name, folder in named.items()
        )
        parent = (
            where.rpartition("/")[0] if where.rpartition("/")[2].lower() in CONTAINERS else where
        )
        yield Family(Layout.FOLDERS, where, _unwrapped(parent), members)


def _tagged(folder: str, files: set[str]) -> str:
    for name in (*KUSTOMIZATIONS, *VALUES):
        if (path := join(folder, name)) in files:
            return path
    return ""


def _of_values(gathered: _Gathered, places: Places) -> Iterator[Family]:
    for (where, mark), named in gathered.by_family.items():
        if all(level_of(name) is None for name in named):
            continue
        if not where:
            places.remarks.append(Remark(Notice.AT_ROOT, tuple(named.values())))
            continue
        members = tuple(Candidate(name, where, path) for name, path in named.items())
        inner = where.removesuffix("/values") if where.endswith("/values") else where
        app = _unwrapped(join(inner, mark) if mark else inner)
        yield Family(Layout.VALUES, where, app, members)


def _unwrapped(folder: str) -> str:
    """The application's own folder: without what its manifests are wrapped in."""
    parts = folder.split("/") if folder else []
    while parts and parts[-1].lower() in _WRAPPINGS:
        parts.pop()
    return "/".join(parts)


def _of_branches(branches: Iterable[str], places: Places) -> list[Family]:
    named: dict[str, list[Candidate]] = {}
    for branch in branches:
        prefix, slash, name = branch.partition("/")
        if not slash or prefix.lower() not in PREFIXES:
            continue
        if branch_error(branch) is not None:
            places.remarks.append(Remark(Notice.BAD_BRANCH, (branch,)))
            continue
        named.setdefault(prefix, []).append(Candidate(name, branch=branch))
    return [
        Family(Layout.BRANCHES, f"{prefix}/", "", tuple(members))
        for prefix, members in named.items()
    ]


def _seen_beside(listing: Listing, places: Places) -> None:
    """Links, and names that are no text, in places where stages were looked for."""
    roots = {family.where for family in places.families if family.layout is not Layout.BRANCHES}
    for link in listing.links:
        where, _, name = link.rpartition("/")
        if (
            where in roots
            or where.rpartition("/")[2].lower() in CONTAINERS
            or (level_of(name) is not None and name.lower() not in _ELSEWHERE)
        ):
            places.remarks.append(Remark(Notice.LINK, (link,)))
    for name in listing.unreadable:
        if any(part.lower() in CONTAINERS for part in name.split("/")):
            places.remarks.append(Remark(Notice.NO_TEXT, (name,)))
