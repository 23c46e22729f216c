"""The warehouses' branches, read along first parents: what was minted, what may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.core.model import Pipeline, Warehouse
from app.core.names import FreightId, Sha, WarehouseName
from app.core.paths import PathRules, compile_rules
from app.core.records import Records
from app.core.snapshot import Line
from app.ports import GitRepo

REACH = 500
"""How far back first contact looks for freight."""
FAR = 100_000
CANDIDATES = 6
"""How many unminted commits are kept in sight where checks decide which becomes freight."""


class WatchedPaths:
    """Which warehouses each commit fires, judged once for each commit and set of rules."""

    def __init__(self, size: int = 20_000) -> None:
        self._rules = lru_cache(maxsize=64)(compile_rules_cached)
        self._known: dict[tuple[int, Sha, str], frozenset[WarehouseName]] = {}
        self._size = size

    def rules(self, pipeline: Pipeline, default_branch: str) -> PathRules:
        """The compiled rules of *pipeline*, one set for all."""
        return self._rules(_Key(pipeline), default_branch)

    def fired(
        self, git: GitRepo, repo_id: int, config: Sha, rules: PathRules, sha: Sha
    ) -> frozenset[WarehouseName]:
        """The warehouses that watch something which *sha* changed."""
        key = (repo_id, sha, config)
        found = self._known.get(key)
        if found is None:
            found = frozenset().union(*map(rules.watched, git.changed_paths(sha)))
            if len(self._known) >= self._size:
                self._known.clear()
            self._known[key] = found
        return found


class _Key:
    """Pipelines hold mappings, so they are told apart by identity: parsing is cached."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    def __hash__(self) -> int:
        return id(self.pipeline)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.pipeline is self.pipeline


def compile_rules_cached(key: _Key, default_branch: str) -> PathRules:
    """Compile the rules of the pipeline in *key*."""
    return compile_rules(key.pipeline, default_branch)


def read_lines(
    git: GitRepo,
    warehouses: Mapping[WarehouseName, Warehouse],
    records: Records,
    default_branch: str,
    fires: FiresAt,
) -> dict[WarehouseName, Line]:
    """The line of each of *warehouses* whose branch exists."""
    tips, written = git.heads(), promoted(records)
    lines: dict[str, tuple[Sha, ...]] = {}
    found = {}
    for warehouse in warehouses.values():
        branch = warehouse.branch or default_branch
        tip = tips.get(branch)
        if tip is None:
            continue
        ours = [f.id for f in records.freights if f.id.warehouse == warehouse.name]
        commits = lines.get(branch, ())
        if not commits or not _covers(git, tip, commits, ours):
            commits = _line(git, tip, ours)
            lines[branch] = commits
        found[warehouse.name] = _judged(warehouse, commits, ours, written, fires)
    return found


class FiresAt:
    """`WatchedPaths.fired` with everything but warehouse and commit filled in."""

    def __init__(
        self, watched: WatchedPaths, git: GitRepo, repo_id: int, config: Sha, rules: PathRules
    ) -> None:
        self._watched = watched
        self._git = git
        self._repo_id = repo_id
        self._config = config
        self._rules = rules

    def __call__(self, warehouse: WarehouseName, sha: Sha) -> bool:
        """Tell whether *sha* changed something that *warehouse* watches."""
        fired = self._watched.fired(self._git, self._repo_id, self._config, self._rules, sha)
        return warehouse in fired


def _line(git: GitRepo, tip: Sha, ours: Sequence[FreightId]) -> tuple[Sha, ...]:
    limit = REACH
    while True:
        commits = tuple(commit.sha for commit in git.first_parents(tip, limit=limit))
        if len(commits) < limit or limit >= FAR or _covers(git, tip, commits, ours):
            return commits
        limit *= 8


def _covers(git: GitRepo, tip: Sha, commits: Sequence[Sha], ours: Sequence[FreightId]) -> bool:
    """Every freight that the branch still contains is on the part that was read."""
    seen = set(commits)
    return all(f.sha in seen or not git.is_ancestor(f.sha, tip) for f in ours)


def promoted(records: Records) -> frozenset[Sha]:
    """
    The commits that our promotions landed as: they make no freight, whatever is watched.

    Where their stage is in the pipeline its outputs are ignored anyway; this holds when it is not.
    """
    return frozenset(
        p.landed for p in records.promotions if p.landed and not (p.in_sync or p.adopted)
    )


def _judged(
    warehouse: Warehouse,
    commits: tuple[Sha, ...],
    ours: Sequence[FreightId],
    written: frozenset[Sha],
    fires: FiresAt,
) -> Line:
    """Judge the commits above the newest freight; a few of them are enough."""
    minted = {f.sha for f in ours}
    firing: list[Sha] = []
    same: dict[Sha, tuple[Sha, ...]] = {}
    quiet: list[Sha] = []
    wanted = CANDIDATES if warehouse.checks else 1
    for sha in commits[:REACH]:
        if sha in minted or len(firing) == wanted:
            break
        if sha not in written and fires(warehouse.name, sha):
            firing.append(sha)
            same[sha] = tuple(reversed(quiet))
            quiet = []
        else:
            quiet.append(sha)
    return Line(commits, tuple(firing), same)
