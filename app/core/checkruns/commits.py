"""On which commits check runs may be written: what was said there is read first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.core.checkruns.introduction import introduced_on
from app.core.checkruns.locks import lock_commits
from app.core.checkruns.stages import landed_elsewhere
from app.core.model.names import Sha
from app.core.model.run_records import RunRecord
from app.core.model.snapshot import Snapshot
from app.core.planning.plan_result import Plan


def commits(snapshot: Snapshot, plan: Plan) -> list[Sha]:
    """All of them, each once."""
    config, home = snapshot.config.commit, snapshot.config.home
    landed = (landed_elsewhere(verdict) for verdict in plan.verdicts)
    shas = {
        *(verdict.freight.sha for verdict in plan.verdicts),
        *(sha for sha in landed if sha is not None),
        *(head.head for head in plan.heads),
        *(closed.head for closed in plan.closed),
        *(wait.commit for wait in plan.minting),
        *(proposal.head for proposal in snapshot.proposals),
        *lock_commits(snapshot),
        *introduced_on(snapshot),
        *((config,) if config is not None else ()),
        *((home.commit,) if home is not None else ()),
    }
    return sorted(shas)


def with_runs(snapshot: Snapshot, runs: Iterable[RunRecord]) -> Snapshot:
    """*snapshot* with *runs* among its records, or in the place of what was known of them."""
    known = {(run.name, run.sha, run.serial): run for run in (*snapshot.records.runs, *runs)}
    joined = tuple(known[key] for key in sorted(known))
    return replace(snapshot, records=replace(snapshot.records, runs=joined))
