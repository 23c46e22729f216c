"""`stagelock / plan`: on the heads of pull requests and merge groups."""

from __future__ import annotations

from dataclasses import replace

from app.core.checkruns.introduction import introduces, newest_plan
from app.core.checkruns.target import RunTarget, Weight
from app.core.model.check_names import PLAN
from app.core.model.facts import RunDraft
from app.core.model.names import Sha
from app.core.model.snapshot import Proposal, Snapshot
from app.core.model.verdicts import approved_by
from app.core.planning.plan_result import ClosedHead, HeadVerdict
from app.core.text import first_looks
from app.core.text import plan_runs as plan_words
from app.core.text.ends_of_runs import MOVED_ON
from app.core.text.links import Site
from app.core.text.markup import as_title, event_id, fit
from app.core.text.summaries import footer


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
    # Reopened: what its end took back is told anew, not undone in the run that says so.
    return RunTarget(draft, state, Weight.HEAD, event, promotion, anew=True)


def closed_head(snapshot: Snapshot, closed: ClosedHead) -> RunTarget:
    """What our pull request was not merged with: whatever was said on its head is taken back."""
    if closed.replaced:
        return replaced_head(snapshot, closed.head)
    promotion = closed.promotion
    state = f"over:{promotion.id}"
    event = event_id(snapshot.repo.id, PLAN, closed.head, promotion.id, state)
    title, text = plan_words.over(promotion, event)
    draft = RunDraft(PLAN, closed.head, "", "completed", "cancelled", title, text)
    return RunTarget(draft, state, Weight.HEAD, event, promotion.id, existing_only=True, anew=True)


def replaced_head(snapshot: Snapshot, head: Sha) -> RunTarget:
    """Its pull request has another head: whatever was said there is taken back."""
    event = event_id(snapshot.repo.id, PLAN, head, MOVED_ON.title)
    title, text = as_title(MOVED_ON.title), fit(MOVED_ON.why, footer(event))
    draft = RunDraft(PLAN, head, "", "completed", "cancelled", title, text)
    return RunTarget(draft, "orphan", Weight.HEAD, event, existing_only=True, anew=True)


def proposal_plan(snapshot: Snapshot, proposal: Proposal, site: Site) -> RunTarget | None:
    """
    What merging it will promote. Where no pipeline is in force: what its own would do first, None
    where it has none that would count.
    """
    config = snapshot.config
    if config.pipeline is None:
        return _first_plan(snapshot, proposal, site)
    title = plan_words.title(proposal, config.pipeline)
    sure = proposal.known and config.pipeline is not None
    # Another base is another question: what was said of the one before is taken back at once.
    state = f"{proposal.number}:{proposal.base}:{'success' if sure else 'neutral'}"
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
    return RunTarget(draft, state, Weight.HEAD, event, anew=_beside(snapshot, proposal))


def _first_plan(snapshot: Snapshot, proposal: Proposal, site: Site) -> RunTarget | None:
    if proposal.merged is None:
        return None
    state = f"{proposal.number}:first"
    event = event_id(snapshot.repo.id, PLAN, proposal.head, state)
    title = first_looks.title(proposal.first)
    text = plan_words.first(proposal, proposal.merged, site, event)
    draft = RunDraft(PLAN, proposal.head, "", "completed", "success", title, text)
    return RunTarget(draft, state, Weight.HEAD, event, anew=_beside(snapshot, proposal))


def _beside(snapshot: Snapshot, proposal: Proposal) -> bool:
    """The run that introduces the plan is on that commit: it stays what it is, beside a new one."""
    there = newest_plan(snapshot, proposal.head)
    return there is not None and introduces(there)
