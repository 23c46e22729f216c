"""People approve, take that back, lose and get the right to; and skip the gates."""

from __future__ import annotations

from app.core.model.facts import Role
from app.core.model.names import Sha
from tests.simulation.sayings import TIMES
from tests.simulation.world import World

PEOPLE = ("zoe", "pat", "ann", "max", "rob", "zoe", "pat")
LOSING = ("zoe", "pat")


def _stage(world: World, one: int) -> str:
    """Rather one that asks for leave."""
    stages = world.document["stages"]
    asking = [name for name, stage in stages.items() if "approve" in stage]
    names: list[str] = asking if asking and one % 5 else list(stages)
    return names[one % len(names)]


def _freight(world: World, stage: str, two: int) -> str:
    """Mostly what is under way there, or the newest; now and then none is named."""
    house = world.document["stages"][stage]["freight"]
    records = world.records()
    live = [p.freight for p in records.promotions if p.stage == stage and not p.ended]
    known = live or [f.id for f in records.freights if f.id.warehouse == house]
    return f" {known[-1 - two % min(2, len(known))].sha}" if known and two % 5 else ""


def _on(world: World, two: int) -> int | Sha:
    pulls = [n for n, p in world.forge.pulls.items() if p.state == "open"]
    return pulls[two % len(pulls)] if pulls and two % 2 else world.server.tips["main"]


def _say(world: World, on: int | Sha, body: str, user: str, delivery: int) -> str:
    world.comment(on, body, user, delivered=TIMES[delivery])
    return f"{user} comments {body!r}"


def _approve(world: World, one: int, two: int, delivery: int) -> str:
    stage = _stage(world, one)
    body = f"/approve {stage}{_freight(world, stage, two)}"
    return _say(world, _on(world, two), body, PEOPLE[two % len(PEOPLE)], delivery)


def _unapprove(world: World, one: int, two: int, delivery: int) -> str:
    """Mostly by who has approved."""
    given = world.records().approvals
    if given and two % 4:
        leave = given[one % len(given)]
        who, stage = leave.login, str(leave.stage)
    else:
        who, stage = PEOPLE[two % len(PEOPLE)], _stage(world, one)
    return _say(world, _on(world, two), f"/unapprove {stage}", who, delivery)


def _leave_review(world: World, one: int, two: int, _: int) -> str | None:
    """A review by somebody who may approve."""
    pulls = [n for n, p in world.forge.pulls.items() if p.state == "open"]
    if not pulls:
        return None
    number, who = pulls[one % len(pulls)], PEOPLE[two % len(PEOPLE)]
    state = ("APPROVED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED", "COMMENTED")[two % 5]
    world.forge.review(number, state, who)
    return f"{who} reviews #{number}: {state}"


def _demote(world: World, one: int, two: int, _: int) -> str:
    """Somebody loses write, or gets it again."""
    who = LOSING[one % len(LOSING)]
    role: Role = "read" if world.forge.accounts.role(who) == "write" else "write"
    world.forge.accounts.give(who, role)
    return f"{who} may only {role} now"


def _skip(world: World, one: int, two: int, delivery: int) -> str:
    """Mostly by who may."""
    stages = list(world.document["stages"])
    stage = stages[one % len(stages)]
    body = f"/promote {stage}{_freight(world, stage, two)} --skip-gates the site is down"
    user = "ann" if two % 4 == 3 else "max"
    return _say(world, world.server.tips["main"], body, user, delivery)


LEAVES = {
    "approve": _approve, "unapprove": _unapprove, "leave-review": _leave_review,
    "demote": _demote, "skip": _skip,
}  # fmt: skip
