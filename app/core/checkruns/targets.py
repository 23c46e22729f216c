"""All check runs that should exist, the most important first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from app.core.checkruns.config_files import config_runs, proposal_config
from app.core.checkruns.heads import closed_head, own_head, proposal_plan
from app.core.checkruns.introduction import in_doubt, introduction
from app.core.checkruns.locks import lock_targets
from app.core.checkruns.minting import mint_keys, mint_targets
from app.core.checkruns.orphans import orphan_targets
from app.core.checkruns.quarantine import recovered_runs
from app.core.checkruns.stages import stage_targets
from app.core.checkruns.target import RunTarget
from app.core.model.names import Sha
from app.core.model.snapshot import Snapshot
from app.core.planning.plan_result import Plan
from app.core.text.links import GITHUB, Site


def targets(snapshot: Snapshot, plan: Plan, *, web: str = GITHUB) -> tuple[RunTarget, ...]:
    """
    All of them: pull-request heads first, then trouble, grants, ends, beginnings.

    At most one for each name on each commit; *web* is the address of GitHub for people. The same
    facts give the same texts, whatever the time.
    """
    site = Site.of(snapshot.repo, web)
    heads = {h.head for h in plan.heads}
    introduced = introduction(snapshot)
    runs: list[RunTarget | None] = [introduced] if in_doubt(snapshot) else []
    runs += [own_head(snapshot, h, site) for h in plan.heads]
    runs += [closed_head(snapshot, c) for c in plan.closed if c.head not in heads]
    for proposal in snapshot.proposals:
        if proposal.head not in heads:
            runs.append(proposal_plan(snapshot, proposal, site))
        runs.append(proposal_config(snapshot, proposal, site))
    runs.append(introduced)
    runs += config_runs(snapshot, site)
    runs += recovered_runs(snapshot)
    runs += lock_targets(snapshot, site)
    others = _made(runs)
    runs += stage_targets(snapshot, plan.verdicts, site, others)
    runs += mint_targets(snapshot, plan.minting, site, others)
    known = _once(runs)
    spoken = {t.key for t in known} | mint_keys(snapshot, plan.minting)
    orphans = orphan_targets(snapshot, spoken, plan.minting, site)
    return tuple(sorted((*known, *orphans), key=lambda t: t.weight))


def _made(runs: Iterable[RunTarget | None]) -> Mapping[Sha, set[str]]:
    """The names of the runs that each commit gets, or has."""
    names: dict[Sha, set[str]] = defaultdict(set)
    for target in runs:
        if target is not None and not target.existing_only:
            names[target.draft.sha].add(target.draft.name)
    return names


def _once(runs: Iterable[RunTarget | None]) -> list[RunTarget]:
    """The first of each name and commit (one head may be proposed to two branches)."""
    first: dict[tuple[str, str], RunTarget] = {}
    for target in runs:
        if target is not None:
            first.setdefault(target.key, target)
    return list(first.values())
