"""
Joining: the verifying job of a promotion that holds a lock is let in under that very grant.

Else the stage would wait for its job, and the job for its stage.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from app.core.evidence.matching import ACTIONS, named
from app.core.model.deployments import ENDED_DEPLOYMENTS, Deployment, WorkflowRun
from app.core.model.facts import CommitChecks
from app.core.model.lock_requests import HOLDING, LockRequest
from app.core.model.names import GroupName, Sha
from app.core.model.pipeline import Stage
from app.core.model.records import Promotion
from app.core.state.ledger import Ledger
from app.core.state.workflow_runs import deployments, jobs

NEAR = 8
"""So many later commits with equal outputs may speak for what a promotion landed."""


class Joined(NamedTuple):
    """The grant that a run's jobs join; None: they ask for one of their own."""

    request: LockRequest | None


def joined(ledger: Ledger, run: WorkflowRun, group: GroupName, job: int = 0) -> Joined | None:
    """
    Whose grant of *group* the jobs of *run*, or that *job* of it alone, join; None: not known yet,
    or not yet. CannotAsk.

    A fork may have our very commit as its head: what its jobs run is its own pull request's. Nobody
    joins what a person has taken away.
    """
    if run.foreign:
        return Joined(None)
    for awaiting in awaiting_on(ledger, group, run.head):
        verifies = _verifies(ledger, awaiting, run, job) if awaiting.counts else None
        if verifies is None:
            return None
        if verifies:
            return None if crowded(ledger, awaiting.request, group) else Joined(awaiting.request)
    return Joined(None)


class Awaiting(NamedTuple):
    """A grant for whose promotion the checks of a commit may speak."""

    request: LockRequest
    promotion: Promotion
    stage: Stage
    """As it is known for *promotion*."""
    counts: bool | None
    """Whether they do; None: not known yet."""


def awaiting_on(ledger: Ledger, group: GroupName, head: Sha) -> Iterator[Awaiting]:
    """The grants of *group* that a job on *head* may join, if it is what their stage awaits."""
    for request in ledger.live:
        promotion = ledger.promotion.get(request.promotion)
        if request.state not in HOLDING or group not in request.groups or promotion is None:
            continue
        stage = ledger.known(promotion)
        if request.state == "releasing" or stage is None or not stage.verifies:
            continue
        counts = _counts(ledger, promotion, head)
        if counts is not False:
            yield Awaiting(request, promotion, stage, counts)


def crowded(ledger: Ledger, request: LockRequest, group: GroupName) -> bool:
    """
    What landed out of turn, or runs again, holds beyond the permits: others are in there, and
    nobody else is let in beside them for its sake.
    """
    permits = ledger.permits((group,)).get(group, 0)
    return request.out_of_turn and ledger.board.taken(group, permits) > permits


def _counts(ledger: Ledger, promotion: Promotion, head: Sha) -> bool | None:
    """Tell whether checks on *head* may speak for *promotion*."""
    if promotion.landed is None:
        return _lands(ledger, promotion, head)
    if promotion.landed == head:
        return True
    if (
        promotion.landed not in ledger.snapshot.reachable
        or promotion.stage not in ledger.pipeline.stages
    ):
        return False
    later = ledger.equal(promotion, NEAR)
    return None if later is None else head in later


def _lands(ledger: Ledger, promotion: Promotion, head: Sha) -> bool:
    """
    Tell whether *promotion* lands with *head*, which is not stored yet: by a push that begins, or
    by a merge of its pull request, whose jobs may ask before any look has seen it.
    """
    if promotion.intent is not None and promotion.intent.commit == head:
        return True
    pull = ledger.snapshot.pulls.get(promotion.stage)
    return (
        pull is not None
        and pull.number == promotion.pull
        and pull.merged
        and pull.merge_sha == head
    )


def _verifies(ledger: Ledger, awaiting: Awaiting, run: WorkflowRun, job: int) -> bool | None:
    """
    Tell whether a job of *run* (that *job*, where it is known) is among the checks that the stage
    awaits, over or not: what comes later in a run whose verifying job was let in under the grant is
    let in under it, too; and what was let in at an environment beside it, is in there already.
    """
    stage = awaiting.stage
    if stage.workflow is not None and run.path == f".github/workflows/{stage.workflow}":
        return True
    jobs_of_run = jobs(ledger, run.id, run.attempt)
    if jobs_of_run is None:
        return None
    rules = [rule for rule in stage.verify if rule.app in (None, ACTIONS)]
    names = {
        job_fact.id for job_fact in jobs_of_run for rule in rules if named(rule, job_fact.name)
    }
    if not names or job in (0, *names):
        return bool(names)
    return _was_let_in(ledger, awaiting.request, run, job)


def _was_let_in(ledger: Ledger, request: LockRequest, run: WorkflowRun, job: int) -> bool | None:
    """Tell whether that *job* of *run* stands at an environment of what *request* holds."""
    for name in environments(ledger, request):
        there = deployments(ledger, run.head, name)
        if there is None:
            return None
        if any((deployment.run, deployment.job) == (run.id, job) for deployment in there):
            return True
    return False


def environments(ledger: Ledger, request: LockRequest) -> tuple[str, ...]:
    """The environments of what *request* holds, by the file in force and by that of its stage."""
    promotion = ledger.promotion.get(request.promotion)
    then = ledger.snapshot.pipelines.get(promotion.config) if promotion is not None else None
    versions = (ledger.pipeline, then) if then is not None else (ledger.pipeline,)
    groups = (
        version.locks[g] for version in versions for g in request.groups if g in version.locks
    )
    return tuple(dict.fromkeys(name for group in groups for name in group.environments))


def joined_go_on(ledger: Ledger, request: LockRequest, promotion: Promotion) -> bool | None:
    """
    Tell whether a job that was let in under *request* goes on; None: not known yet. CannotAsk.

    All jobs of a run at an environment are let in together, also those that nothing awaits: the
    grant lasts to the end of the last of them, whatever became of its promotion.
    """
    there = environments(ledger, request)
    if not there or promotion.landed is None:
        return False
    later: tuple[Sha, ...] | None = ()
    if promotion.landed in ledger.snapshot.reachable and promotion.stage in ledger.pipeline.stages:
        later = ledger.equal(promotion, NEAR)
    places = [
        ledger.checks(promotion.landed, known=True),
        *(ledger.heard(sha) for sha in later or ()),
    ]
    answers = [_let_in(ledger, place, there) for place in places if place is not None]
    if True in answers:
        return True
    return None if later is None or None in places or None in answers else False


def _let_in(ledger: Ledger, place: CommitChecks, names: Collection[str]) -> bool | None:
    """Return whether a job runs at one of the environments without its own grant."""
    going = {
        run.id
        for run in place.runs
        if run.app == ACTIONS and run.conclusion is None and run.status != "waiting"
    }
    if not going:
        return False
    by_name = {name: deployments(ledger, place.sha, name) for name in names}
    own = {
        (request.run, request.asker.casefold())
        for request in ledger.direct
        if request.kind == "job" and request.state in HOLDING
    }
    for name, some in by_name.items():
        if any(_goes_on(o, going) for o in some or () if (o.run, name.casefold()) not in own):
            return True
    return None if None in by_name.values() else False


def _goes_on(deployment: Deployment, going: Collection[int]) -> bool:
    """
    GitHub's job is its check run, of which the delivery may have been lost: both have to go on.
    Where it does not say whose the deployment is, that alone counts.
    """
    if deployment.state in ENDED_DEPLOYMENTS:
        return False
    return (
        deployment.job in going if deployment.job else deployment.state in ("queued", "in_progress")
    )
