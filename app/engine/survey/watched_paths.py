"""What warehouses watch, and which commits never make freight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from app.core.model.names import Sha
from app.core.model.pipeline import Pipeline
from app.core.model.records import Promotion, Records
from app.core.paths.watch_rules import PathRules, compile_rules


class WatchedPaths:
    """The compiled rules of pipelines."""

    def __init__(self) -> None:
        self._rules = lru_cache(maxsize=64)(compile_rules_cached)

    def rules(self, pipeline: Pipeline, default_branch: str) -> PathRules:
        """The compiled rules of *pipeline*, one set for all."""
        return self._rules(_Key(pipeline), default_branch)


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
            promotions = self._read(commits)
        else:
            among = frozenset(commits)
            promotions = [p for p in self._records.promotions if p.landed in among]
        return [p for p in promotions if not (p.in_sync or p.adopted)]
