"""What warehouses watch, and which commits never make freight."""

from __future__ import annotations

from functools import lru_cache

from app.core.model import Pipeline
from app.core.names import Sha
from app.core.paths import PathRules, compile_rules
from app.core.records import Records


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


def promoted(records: Records) -> frozenset[Sha]:
    """
    The commits that our promotions landed as: they make no freight, whatever is watched.

    Where their stage is in the pipeline its outputs are ignored anyway; this holds when it is not.
    """
    return frozenset(
        p.landed for p in records.promotions if p.landed and not (p.in_sync or p.adopted)
    )
