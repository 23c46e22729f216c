"""Which writes share a push: one commit a promotion, one push a branch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from app.core.actions import Write
from app.core.facts import Rendered
from app.core.ledger import Ledger
from app.core.model import Stage
from app.core.names import StageName
from app.core.records import Promotion

MOST_FILES = 300
"""Path filters of GitHub's workflows read no more than 300 changed files of a push."""


def batch(ledger: Ledger, due: Sequence[Promotion]) -> tuple[tuple[Write, ...], set[str]]:
    """
    One push for each branch, and the ids of those that wait for the next one.

    *due* in needs-order. A stage and one it takes freight from (however far up) never share a
    push; two stages that are verified share one only if their checks differ, because checks run on
    a push's head only.
    """
    chosen: dict[str, list[Promotion]] = defaultdict(list)
    left: set[str] = set()
    for row in due:
        branch = ledger.branch(ledger.under(row))
        if _fits(ledger, row, chosen[branch]):
            chosen[branch].append(row)
        else:
            left.add(row.id)
    writes = tuple(
        Write(branch, ledger.snapshot.tips.get(branch), tuple(rows))
        for branch, rows in chosen.items()
    )
    return writes, left


def _fits(ledger: Ledger, row: Promotion, others: Sequence[Promotion]) -> bool:
    if not others:
        return True
    files = sum(_files(ledger, p) for p in (row, *others))
    if files > MOST_FILES:
        return False
    stage = ledger.under(row)
    above = _above(ledger, stage.name)
    return not any(
        other.stage in above or _same_checks(stage, ledger.under(other)) for other in others
    )


def _files(ledger: Ledger, row: Promotion) -> int:
    found = ledger.snapshot.renders.get((row.stage, row.freight))
    return found.changed_files if isinstance(found, Rendered) else 0


def _above(ledger: Ledger, name: StageName) -> set[StageName]:
    found: set[StageName] = set()
    todo = [name]
    while todo:
        stage = ledger.pipeline.stages.get(todo.pop())
        if stage is None:
            continue
        new = set(stage.upstreams) - found
        found |= new
        todo.extend(new)
    return found


def _same_checks(one: Stage, other: Stage) -> bool:
    """Globs may match anything: they differ from nothing."""
    if not one.verify or not other.verify:
        return False
    if any(rule.is_glob for rule in (*one.verify, *other.verify)):
        return True
    return bool({r.pattern for r in one.verify} & {r.pattern for r in other.verify})
