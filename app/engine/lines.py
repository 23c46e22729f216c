"""Which warehouses a commit fires, and which commits never do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from app.core.model import Pipeline
from app.core.names import Sha, WarehouseName
from app.core.paths import PathRules, compile_rules
from app.core.records import Promotion, Records
from app.ports import GitRepo


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


LandedAs = Callable[[Sequence[Sha]], Sequence[Promotion]]
"""The promotions that landed as one of some commits, by number, however old."""


class Ours:
    """
    The commits that our promotions landed as: they make no freight, whatever is watched.

    Where their stage is in the pipeline its outputs are ignored anyway; this holds when it is not.
    """

    def __init__(self, records: Records, read: LandedAs) -> None:
        self._records = records
        self._read = read

    def __call__(self, commits: Sequence[Sha]) -> frozenset[Sha]:
        """Those of *commits*."""
        return frozenset(p.landed for p in self.landed(commits) if p.landed)

    def landed(self, commits: Sequence[Sha]) -> Sequence[Promotion]:
        """The promotions that made one of *commits*, by number."""
        if self._records.cut:
            rows = self._read(commits)
        else:
            among = frozenset(commits)
            rows = [p for p in self._records.promotions if p.landed in among]
        return [p for p in rows if not (p.in_sync or p.adopted)]
