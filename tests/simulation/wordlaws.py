"""Rule D9: a person's word covers what was there when it was said, and nothing that came later."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from app.core.model.names import Sha, StageName
from app.core.model.pipeline import Stage
from app.core.model.records import Order, Promotion

if TYPE_CHECKING:
    from tests.simulation.world import World

Held = tuple[object, ...]


class WordLaws:
    """Remembers what each stage held when somebody said `/promote` or `/retry` there."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._meant: dict[StageName, set[Held]] = defaultdict(set)

    def ordered(self, order: Order) -> None:
        """The word takes effect. It is about what the App sees then, or GitHub shows."""
        stage = self._world.pipeline.stages.get(order.stage)
        if stage is None:
            return
        branch = self._world.branch(stage)
        for tips in (self._world.seen, self._world.server.tips):
            self._meant[order.stage].add(self._held(stage, tips.get(branch)))

    def replaces(self, stage: Stage, row: Promotion, below: Sha | None) -> None:
        """What lies on *below* is replaced by *row*, now."""
        if below is None or self._held(stage, below) in self._meant[stage.name]:
            return
        edits = [edit.place for edit in row.edits if edit.fate == "replaced"]
        back = row.leaves is not None and stage.on_drift == "merge"  # K1: over whatever is there
        if edits and stage.on_drift != "overwrite" and not back:
            self._wrong(f"D9: {stage.name} replaces {edits}, made after the word for it")
        elif self._foreign(stage, below):
            self._wrong(f"D9: {stage.name} replaces what nobody of us wrote, and nobody said so")

    def _foreign(self, stage: Stage, below: Sha) -> bool:
        """The stage never had anything of ours, and holds something that none of us wrote."""
        world = self._world
        rows = [p for p in world.records().promotions if p.stage == stage.name]
        if any(p.landed or p.adopted for p in rows) or any(o.key for o in stage.outputs):
            return False
        held = self._held(stage, below)
        return any(held) and not any(self._brought(stage, sha, held) for sha in world.server.ours)

    def _brought(self, stage: Stage, sha: Sha, held: Held) -> bool:
        """That commit of ours, and not the one before it, has it there."""
        before = next(iter(self._world.server.objects.fact(sha).parents), None)
        return self._held(stage, sha) == held != self._held(stage, before)

    def _held(self, stage: Stage, tip: Sha | None) -> Held:
        """As the oracle reads it: a folder is its entries, a file its blob, a key its value."""
        at = self._world.law.witness.at
        return tuple(at(tip, o.path, o.key or "") if tip else None for o in stage.outputs)

    def _wrong(self, what: str) -> None:
        self._world.law.wrong(what)
