"""Locks of external services: who is let in, what is written, and what goes back (L27, L31, L41, L42, L44)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.model.lock_requests import AnyRequest
    from tests.oracle.moment import Moment

HOLDING = ("held", "suspect", "releasing")
LIVE = ("queued", *HOLDING)
PAUSE = timedelta(minutes=6)
"""rule L42: who gave no answer is asked again after 5 minutes at most."""
SOON = timedelta(minutes=2)
"""What is busy is asked for again within that."""

Use = tuple[str, str]
"""A service's name, and what is locked there."""


@dataclass(frozen=True)
class Outside:
    """What is so at the services, as they know it; owners are the names under which we ask there."""

    held: Mapping[Use, str] = field(default_factory=dict)
    """Who has each lock; it is free where nobody does."""
    changed: Mapping[Use, datetime] = field(default_factory=dict)
    taken: Collection[str] = ()
    """From whom somebody there took a lock away, of which we were not told yet."""
    lapsed: Mapping[str, datetime] = field(default_factory=dict)
    """Whose time was over there, and when."""
    trouble: Mapping[str, datetime] = field(default_factory=dict)
    """When a service gave no answer, last."""

    def troubled(self, name: str, now: datetime) -> bool:
        """It may be that nobody asks there now."""
        return name in self.trouble and now < self.trouble[name] + PAUSE


def uses(moment: Moment, request: AnyRequest) -> set[Use]:
    """What has to be granted outside, by the file in force."""
    plan = moment.plan
    return {plan.outside[group] for group in request.groups if group in plan.outside}


def vouched(moment: Moment, request: AnyRequest, use: Use) -> bool:
    """The service has granted it to *request*, and nothing that we can know of has ended that."""
    there = moment.outside
    for claim in _claims(moment, request):
        if (claim.service, claim.resource) != use:
            continue
        lapsed = there.lapsed.get(claim.owner)
        if there.held.get(use) == claim.owner or (
            claim.state == "held"
            and (claim.owner in there.taken or (lapsed and moment.now - moment.apart < lapsed))
        ):
            return True
    return False


def _claims(moment: Moment, request: AnyRequest) -> Iterator:
    """What *request* has outside, as it asks now."""
    for claim in moment.records.claims:
        if claim.state != "ending" and (claim.request, claim.since) == (
            request.id, request.requested_at,
        ):  # fmt: skip
            yield claim


def let_in(moment: Moment, request: AnyRequest, wanted: Collection[Use]) -> list[str]:
    """rule L31: *request* was granted just now, which is only for who has all of *wanted*."""
    return [
        f"L31: {request.name} is let in, and {_named(use)} has not granted that"
        for use in sorted(wanted)
        if not vouched(moment, request, use)
    ]


def written(moment: Moment, request: AnyRequest, under: Collection[Use]) -> list[str]:
    """rule L41: something is written, or let in, under the grant *request*, which took *under*."""
    return [
        f"L41: {request.name} goes on under {_named(use)}, which it has no more"
        for use in sorted(under)
        if not vouched(moment, request, use)
    ]


def asks(owner: str, use: Use, *, unsure: bool) -> list[str]:
    """rule L27: *use* is asked for; *unsure*: that had no answer before, and nobody looked since."""
    return [f"L27: {owner} asks {_named(use)} again, and has not looked"] if unsure else []


def goes_on(moment: Moment, owner: str) -> tuple[AnyRequest, Use] | None:
    """The grant that still stands for which *owner* asked, and what it asked for."""
    live = {r.id: r for r in moment.records.all_requests if r.state in HOLDING}
    for claim in moment.records.claims:
        request = live.get(claim.request) if claim.owner == owner else None
        if request is not None and claim.since == request.requested_at:
            return request, (claim.service, claim.resource)
    return None


def gives_back(request: AnyRequest, use: Use, needed: Collection[Use]) -> list[str]:
    """
    rules L27, L41: *use* is about to be given back, which *request* asked for; it *needed* what it
    was granted under: the file may have taken a service away before that.
    """
    if use not in needed:
        return []
    return [f"L41: {request.name} goes on, and gives {use[1]} back outside"]


def forgotten(moment: Moment, owner: str, late: Collection[str]) -> list[str]:
    """rule L27: nothing is known of *owner* any more; *late* may still be granted something."""
    if owner in moment.outside.held.values():
        return [f"L27: {owner} is forgotten, and still has its lock outside"]
    return [f"L27: {owner} is forgotten, and may still be granted"] if owner in late else []


def waits(moment: Moment, request: AnyRequest) -> Use | None:
    """rule L31: the first lock outside for which *request* may still have to wait."""
    there = moment.outside
    for use in sorted(uses(moment, request)):
        free_since = there.changed.get(use)
        free = use not in there.held and (free_since is None or moment.now > free_since + SOON)
        mine = vouched(moment, request, use)
        if there.troubled(use[0], moment.now) or not (mine or free):
            return use
    return None


def owing(moment: Moment) -> Iterator[tuple[str, str]]:
    """rule L27: what goes back: (key, sentence) while it has not."""
    there = moment.outside
    live = {(r.id, r.requested_at) for r in moment.records.all_requests if r.state in LIVE}
    needed = {c.owner for c in moment.records.claims if (c.request, c.since) in live}
    for use, owner in there.held.items():
        since = there.changed.get(use)
        lately = since is not None and moment.now < since + SOON + moment.apart
        ours = owner.startswith("stagelock-")
        if ours and owner not in needed and not lately and not there.troubled(use[0], moment.now):
            yield f"outside {owner}", f"L27: {owner} has {_named(use)}, and nobody needs it"


def silent(moment: Moment, request: AnyRequest, titles: Collection[str]) -> list[str]:
    """rule L31: *request* waits for nothing but a service: one of *titles* says for which."""
    there = moment.outside
    use = next((u for u in sorted(uses(moment, request)) if not vouched(moment, request, u)), None)
    if use is None or (use not in there.held and not there.troubled(use[0], moment.now)):
        return []
    if not titles or any(f"waiting for {_named(use)}" in title for title in titles):
        return []
    return [f"L31: {request.name} waits for {_named(use)}, and says {sorted(titles)}"]


def _named(use: Use) -> str:
    return f"{use[0]}: {use[1]}"
