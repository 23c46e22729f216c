"""All that CI and reviewers have to do is done, and went well."""

from __future__ import annotations

from app.core.model.names import StageName
from app.errors import Rejected
from tests.simulation.github import OWN_APP
from tests.simulation.guarding import ended
from tests.simulation.starting import served
from tests.simulation.world import World


def green(world: World) -> bool:
    """CI ends what it began, green, and begins what is awaited."""
    forge, moved = world.forge, served(world) | ended(world)
    for run in forge.unfinished():
        forge.conclude(run, "success")
        moved = True
    pipeline = world.pipeline
    for promotion in world.records().promotions:
        stage = pipeline.stages.get(promotion.stage)
        if promotion.state != "verifying" or promotion.landed is None or stage is None:
            continue
        for name in world.checks_for(stage):
            if not any(
                r.name == name
                and (r.conclusion == "success" or r.status == "waiting" or forge.waits_for_lock(r))
                for r in forge.at.get(promotion.landed, ())
            ):
                run = forge.start(promotion.landed, name)
                moved = True
                if run.status != "waiting":
                    forge.conclude(run, "success")
    for house in pipeline.warehouses.values():
        tip = world.server.tips[house.branch or "main"]
        for sha in world.server.line(tip, 12) if house.checks else ():
            if sha in world.server.people and not any(
                r.name == "build" and r.conclusion != "cancelled" for r in forge.at.get(sha, ())
            ):
                forge.conclude(forge.start(sha, "build"), "success")
                moved = True
    return moved


def merged(world: World) -> bool:
    """People merge what our check lets them merge."""
    moved = False
    for number, pull in list(world.forge.pulls.items()):
        stage = world.pipeline.stages.get(StageName(pull.head_ref.removeprefix("stagelock/")))
        if pull.state == "open" and stage is not None and pull.base_ref != world.branch(stage):
            world.forge.retarget(number, world.branch(stage))
            moved = True
        if pull.state == "open" and _greener(world, number):
            moved = True
        runs = [
            r
            for r in world.forge.at.get(pull.head_sha, ())
            if (r.app_id, r.name) == (OWN_APP, "stagelock / plan")
        ]
        if pull.state != "open" or stage is None or not runs or runs[-1].conclusion != "success":
            continue
        try:
            sha = world.forge.merge(number, "squash", "bob")
            world.tell(f"bob merges #{number} ({pull.head_ref}) as {sha[:7]}")
            moved = True
        except Rejected as error:
            world.tell(f"bob cannot merge #{number}: {error.message}")
    return moved


def _greener(world: World, number: int) -> bool:
    """Nobody objects any more, and what was red on the head is green."""
    forge, moved = world.forge, False
    reviews = forge.reviewed.get(number, [])
    newest_of = {review.user: review.state for review in reviews if review.state != "COMMENTED"}
    for who in [who for who, state in newest_of.items() if state == "CHANGES_REQUESTED"]:
        forge.review(number, "APPROVED", who)
        moved = True
    if forge.lacks_review(number):
        forge.review(number, "APPROVED", "bob")
        moved = True
    runs = forge.at.get(forge.pulls[number].head_sha, [])
    newest = {r.name: r for r in runs if r.app_id != OWN_APP}
    for run in newest.values():
        if run.conclusion not in (None, "success"):
            forge.conclude(forge.start(run.sha, run.name, run.suite), "success")
            moved = True
    return moved
