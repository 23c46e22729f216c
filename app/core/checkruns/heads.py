"""`stagelock / plan` and `stagelock / config`: on the heads of pull requests and merge groups."""

from __future__ import annotations

from dataclasses import replace

from app.core.checkruns.target import RunTarget, Weight
from app.core.model.check_names import CONFIG, PLAN
from app.core.model.facts import RunDraft
from app.core.model.snapshot import Proposal, Snapshot
from app.core.model.verdicts import approved_by
from app.core.planning.plan_result import ClosedHead, HeadVerdict
from app.core.text import first_looks, outside
from app.core.text import pipeline_file as config_words
from app.core.text import plan_runs as plan_words
from app.core.text.changes import changes
from app.core.text.drawn import drawn
from app.core.text.links import Site
from app.core.text.markup import event_id
from app.core.text.summaries import section


def own_head(snapshot: Snapshot, head: HeadVerdict, site: Site) -> RunTarget:
    """
    May our own pull request be merged? `queued` until every gate passed, grant in hand.

    Commands name its freight: there `/promote` alone means the newest that is eligible.
    """
    head = replace(head, verdict=head.verdict._replace(named=True))
    promotion = head.verdict.promotion.id if head.verdict.promotion else ""
    state = f"ready:{promotion}" if head.ready else f"waiting:{promotion}:{head.verdict.reason}"
    state += approved_by(head.verdict) if not head.ready else ""
    event = event_id(snapshot.repo.id, PLAN, head.head, promotion, state)
    draft = RunDraft(
        PLAN,
        head.head,
        "",
        "completed" if head.ready else "queued",
        "success" if head.ready else None,
        plan_words.own_title(head),
        plan_words.own_summary(head, site, event),
    )
    return RunTarget(draft, state, Weight.HEAD, event, promotion)


def closed_head(snapshot: Snapshot, closed: ClosedHead) -> RunTarget:
    """What our pull request was not merged with: whatever was said on its head is taken back."""
    row = closed.promotion
    state = f"over:{row.id}"
    event = event_id(snapshot.repo.id, PLAN, closed.head, row.id, state)
    title, text = plan_words.over(row, event)
    draft = RunDraft(PLAN, closed.head, "", "completed", "cancelled", title, text)
    return RunTarget(draft, state, Weight.HEAD, event, row.id, existing_only=True, anew=True)


def proposal_plan(snapshot: Snapshot, proposal: Proposal, site: Site) -> RunTarget | None:
    """
    What merging it will promote. Where no pipeline is in force: what its own would do first, None
    where it has none that would count.
    """
    config = snapshot.config
    if config.pipeline is None:
        return _first_plan(snapshot, proposal)
    title = plan_words.title(proposal, config.pipeline)
    sure = proposal.known and config.pipeline is not None
    state = f"{proposal.number}:{'success' if sure else 'neutral'}"
    event = event_id(snapshot.repo.id, PLAN, proposal.head, state)
    draft = RunDraft(
        PLAN,
        proposal.head,
        "",
        "completed",
        "success" if sure else "neutral",
        title,
        plan_words.summary(proposal, config.pipeline, snapshot.default_branch, site, event),
    )
    return RunTarget(draft, state, Weight.HEAD, event)


def _first_plan(snapshot: Snapshot, proposal: Proposal) -> RunTarget | None:
    if proposal.merged is None:
        return None
    state = f"{proposal.number}:first"
    event = event_id(snapshot.repo.id, PLAN, proposal.head, state)
    title = first_looks.title(proposal.first)
    text = plan_words.first(proposal, proposal.merged, event)
    draft = RunDraft(PLAN, proposal.head, "", "completed", "success", title, text)
    return RunTarget(draft, state, Weight.HEAD, event)


def proposal_config(snapshot: Snapshot, proposal: Proposal, site: Site) -> RunTarget | None:
    """The linter's answer where the proposal changes the file; None where it does not."""
    if not proposal.changes_config:
        return None
    problems, notes = proposal.config_problems, proposal.config_notes
    told = (*problems, *outside.unserved(snapshot, proposal.config_pipeline))
    readable = proposal.config_readable
    bad = bool(told) or not readable
    state = "invalid" if bad else "valid"
    event = event_id(snapshot.repo.id, CONFIG, proposal.head, state)
    new, counts = proposal.config_pipeline, proposal.base == snapshot.default_branch
    found = changes(snapshot.config.pipeline, new) if counts and new is not None else ()
    title = config_words.proposal_title(told, notes, found) if readable else config_words.UNREADABLE
    force = config_words.proposed(
        snapshot.default_branch,
        proposal.base,
        readable=readable,
        valid=not problems,
        force=snapshot.config.pipeline is not None,
    )
    shows = (
        section("The pipeline", drawn(new)) if counts and new is not None else "",
        config_words.replayed(proposal.replayed, snapshot.default_branch, site),
    )
    text = config_words.summary(told, notes, title, event, force=force, found=found, shows=shows)
    draft = RunDraft(
        CONFIG,
        proposal.head,
        "",
        "completed",
        "failure" if bad else "success",
        title,
        text,
        annotations=config_words.remarks(told, notes),
    )
    return RunTarget(draft, state, Weight.HEAD, event)


def config_run(snapshot: Snapshot) -> RunTarget | None:
    """The linter's answer on the commit that changed the file; None where there is no such."""
    config = snapshot.config
    if config.commit is None or config.status == "absent" or _long_known(snapshot):
        return None
    bad = config.status == "invalid" or bool(config.lacks)
    state = f"{config.status}" + ":lacks" * bool(config.lacks)
    event = event_id(snapshot.repo.id, CONFIG, config.commit, state)
    pipeline = None if bad else config.pipeline
    problems = config.problems if config.status == "invalid" else config.lacks
    told = (*problems, *outside.unserved(snapshot, pipeline))
    state += ":unserved" * (len(told) > len(problems))
    lacking = config_words.lacking(pipeline, snapshot.installation) if pipeline else ()
    notes = (*config.notes, *lacking)
    draft = RunDraft(
        CONFIG,
        config.commit,
        "",
        "completed",
        "failure" if told else "success",
        config_words.title(told, notes, pipeline),
        config_words.summary(
            told,
            notes,
            config_words.title(told, notes, pipeline),
            event,
            force=config_words.in_force(config.problems, config.commit, config.in_force),
        ),
        annotations=config_words.remarks(told, notes),
    )
    return RunTarget(draft, state, Weight.TROUBLE if told else Weight.END, event)


def _long_known(snapshot: Snapshot) -> bool:
    """Promotions have run under it for longer than records of runs are kept: it was told then."""
    from_then = (
        p.created_at for p in snapshot.records.promotions if p.config == snapshot.config.commit
    )
    written = any(
        r.name == CONFIG and r.sha == snapshot.config.commit for r in snapshot.records.runs
    )
    oldest = min(from_then, default=None)
    return not written and oldest is not None and (snapshot.now - oldest).days >= 14
