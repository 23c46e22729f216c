"""Which permits a stage's steps may name: the grant's; and what stands until there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.model.facts import Content
from app.core.model.group_names import spoken
from app.core.model.lock_requests import HOLDING
from app.core.model.names import FreightId, GroupName, Sha, StageName
from app.core.model.pipeline import Stage
from app.core.model.records import Promotion
from app.core.model.renders import Rendered
from app.core.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Given:
    """What a grant gives to the steps of a stage."""

    permits: Mapping[GroupName, str] = field(default_factory=dict)
    """The names that it has, by group."""
    kept: Sha | None = None
    """
    The commit whose values stay for groups without one: its own pull request's head, else what the
    stage was brought last; None: the tip.
    """


def given_to(snapshot: Snapshot, promotion: Promotion) -> Given:
    """What the steps of *promotion* may name now."""
    permits = {
        GroupName(spoken(group)): ",".join(names)
        for request in snapshot.records.requests
        if request.promotion == promotion.id and request.state in HOLDING
        for group, names in request.permits.items()
    }
    return Given(permits, promotion.head or _last(snapshot, promotion.stage))


def given_in(snapshot: Snapshot, stage: StageName, freight: FreightId) -> Given:
    """The same for the promotion of *freight* that is under way in *stage*, if one is."""
    promotions = (
        p for p in snapshot.records.promotions if (p.stage, p.freight) == (stage, freight)
    )
    under_way = [promotion for promotion in promotions if not promotion.ended]
    if under_way:
        return given_to(snapshot, under_way[-1])
    return Given(kept=_last(snapshot, stage))


def named_by(stage: Stage) -> bool:
    """Tell whether what *stage* writes depends on which permits it is granted."""
    return any(step.of_grants for step in stage.steps)


def as_granted(stage: Stage, pure: Content, made: Rendered) -> Content:
    """*pure*, recorded under an earlier grant, with what *made* says of the permits now."""
    named = {str(output) for step in stage.steps for output, _ in step.of_grants}
    now = {place: mark for place, mark in made.content if place in named}
    return tuple((place, now.get(place, mark)) for place, mark in pure)


def _last(snapshot: Snapshot, stage: StageName) -> Sha | None:
    promotions = (p for p in snapshot.records.promotions if p.stage == stage)
    landed = [
        p.landed for p in promotions if p.landed is not None and p.landed in snapshot.reachable
    ]
    return landed[-1] if landed else None
