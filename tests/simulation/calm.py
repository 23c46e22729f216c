"""Afterwards: nothing is disturbed any more, people tidy up, and everything must come to rest."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core.model.names import FreightId, StageName
from app.core.model.pipeline import Stage
from tests.simulation.accounts import ROLES
from tests.simulation.acts import keyed, swept
from tests.simulation.github import OWN_APP
from tests.simulation.green import green, merged
from tests.simulation.locking import given_back
from tests.simulation.pipelines import FOLDERS, text
from tests.simulation.starting import freed, provide
from tests.simulation.world import SWEEP, World

LAST = {f"{folder}/last" for folder in FOLDERS.values()}
ROUNDS = 120
"""As many minutes: more than any timeout, at which a job that waits is still looked at each minute."""
SOON = timedelta(hours=4)
"""Longer than any soak, timeout or hold that a random pipeline has."""
TURNS = 2 * SWEEP
"""Longer than anything but the plan has a look put off: what is left are looks in the sweep's stead."""


def calm(world: World) -> None:
    """People tidy up and push once more; that freight must arrive everywhere."""
    world.faults.clear()
    world.ci.loses = False
    world.services.calm()
    world.forge.silent_until = None
    if world.organization is not None:
        world.organization.calm()
    world.tell("--- calm: no more faults, everything is delivered, people tidy up ---")
    _tidy(world)
    settle(world)
    arrived(world)
    _at_rest(world)


def _tidy(world: World) -> None:
    server = world.server
    server.refused.clear()
    for who, role in ROLES.items():
        world.forge.accounts.give(who, role)
    swept(world)
    for branch, tip in list(server.tips.items()):
        if branch.startswith("stagelock/") and tip in server.people:
            server.move(branch, None)
            world.tell(f"eve's {branch} is deleted")
    provide(world)
    files = dict(keyed(world.document))
    last = {path: str(world.now).encode() for path in sorted(LAST)}
    sha = server.commit("main", {**files, **last, "stagelock.yaml": text(world.document)}, "Last")
    world.tell(f"alice pushes {sha[:7]}, which must arrive everywhere")
    world.tick()


def settle(world: World) -> None:
    """Until a look changes nothing, all checks are done, and nobody wants to look again soon."""
    asked: dict[str, int] = {}
    swept, since = False, world.now
    for _ in range(ROUNDS):
        before = (len(world.forge.writes), dict(world.server.tips), _rows(world))
        moved = green(world) | merged(world) | _starts(world, asked) | _resumes(world, asked)
        moved |= _allows(world, asked) | _approves(world, asked) | given_back(world)
        moved |= freed(world) | world.jobs.calm() | world.clients.all_done()
        if world.organization is not None:
            moved |= world.organization.settled()
        world.tick()
        if moved or before != (len(world.forge.writes), dict(world.server.tips), _rows(world)):
            world.passes(1)
            since = world.now
        elif (due := _due(world, since)) is None:
            if swept and world.sweep_due is None:
                return
            swept = True
            world.passes(8)  # the sweep finds what deliveries never told
        else:
            world.passes(max(1, (due - world.now) / timedelta(minutes=1)))
    world.law.wrong("8: it never comes to rest")


def _due(world: World, since: datetime) -> datetime | None:
    """
    When to look again for what may change of itself; nothing has since *since*.

    rule L13: at rest it looks in the sweep's turns whether what landed is checked again. Where
    nothing else is left the plan's own time is waited for, and that is all.
    """
    until = world.now + SOON
    if world.wake_at is None or world.wake_at > until:
        return None
    if world.now - since < TURNS:
        return world.wake_at
    planned = world.seeing.last[1].wake_at if world.seeing.last is not None else None
    return planned - world.skew if planned is not None and planned - world.skew <= until else None


def _rows(world: World) -> list:
    records = world.records()
    return [
        *((p.id, p.state, p.landed) for p in records.promotions),
        *((r.id, r.state) for r in records.requests),
    ]


def _starts(world: World, asked: dict[str, int]) -> bool:
    """People start what waits for them."""
    moved = False
    wanted = [(name, newest(world, stage)) for name, stage in world.pipeline.stages.items()]
    under_way = [(p.stage, p.freight) for p in world.records().promotions if not p.ended]
    for name, freight in dict.fromkeys((*wanted, *under_way)):
        runs = world.forge.at.get(freight.sha, ())
        mine = [r for r in runs if r.app_id == OWN_APP and r.name == f"stagelock / {name}"]
        key = f"{name} {freight}"
        if not mine or asked.get(key, 0) > 3:
            continue
        waits = mine[-1].conclusion == "neutral" or "/promote" in mine[-1].title
        waits |= mine[-1].title.startswith("rejected")  # by a rollback: it is to be named
        failed = mine[-1].conclusion in ("failure", "cancelled")
        failed |= "check has run on this content" in mine[-1].title and _by_run(world, name)  # V29
        back = "/rollback" in mine[-1].title
        if waits or failed or back:
            verb = "rollback" if back else "promote" if waits else "retry"
            asked[key] = asked.get(key, 0) + 1
            named = {"rollback": f" to {freight.sha}", "promote": f" {freight.sha}"}.get(verb, "")
            world.comment(freight.sha, f"/{verb} {name}{named}", "ann")
            world.tell(f"ann comments /{verb} {name} ({mine[-1].title})")
            moved = True
    return moved


def _by_run(world: World, name: StageName) -> bool:
    stage = world.pipeline.stages.get(name)
    return stage is not None and stage.workflow is not None


def _resumes(world: World, asked: dict[str, int]) -> bool:
    """Who held a stage lets it go on."""
    moved = False
    for hold in world.records().holds:
        key = f"resume {hold.stage} {hold.since}"
        if hold.stage in world.pipeline.stages and not asked.get(key):
            asked[key] = 1
            world.comment(world.server.tips["main"], f"/resume {hold.stage}", "ann")
            world.tell(f"ann comments /resume {hold.stage}")
            moved = True
    return moved


def _allows(world: World, asked: dict[str, int]) -> bool:
    """Who blocked freight allows it again."""
    moved = False
    for block in world.records().blocks:
        key = f"allow {block.freight} {block.since}"
        if not asked.get(key):
            asked[key] = 1
            named = f"{block.freight.warehouse}@{block.freight.sha}"
            world.comment(block.freight.sha, f"/allow {named}", "ann")
            world.tell(f"ann comments /allow {named}")
            moved = True
    return moved


def _approves(world: World, asked: dict[str, int]) -> bool:
    """Whoever may approves what waits for that."""
    moved, records = False, world.records()
    under_way = [(p.stage, p.freight) for p in records.promotions if not p.ended]
    known = {f.id for f in records.freights}
    for name, stage in world.pipeline.stages.items():
        wanted = [f for n, f in under_way if n == name] + [newest(world, stage)]
        for freight in wanted if stage.approve is not None else ():
            key = f"approve {name} {freight}"
            if freight in known and not asked.get(key):
                asked[key] = 1
                for who in ("zoe", "pat", "max"):
                    world.comment(freight.sha, f"/approve {name} {freight.sha}", who)
                world.tell(f"zoe, pat and max approve {freight.short} in {name}")
                moved = True
    return moved


def newest(world: World, stage: Stage) -> FreightId:
    """The newest commit that people made to what the stage's warehouse watches."""
    house = world.pipeline.warehouses[stage.freight]
    for sha in world.server.line(world.server.tips[house.branch or "main"]):
        if LAST & set(world.server.changed(sha)):
            return FreightId(stage.freight, sha)
    raise AssertionError("the last push is gone")


def arrived(world: World) -> None:
    """The last freight is verified in every stage, and is what lies there."""
    records = world.records()
    for name, stage in world.pipeline.stages.items():
        freight = newest(world, stage)
        rows = [p for p in records.promotions if p.stage == name and p.freight == freight]
        if not rows or rows[-1].state != "verified":
            state = f"{rows[-1].state} ({rows[-1].reason})" if rows else "not there"
            world.law.wrong(f"15: {freight.short} is {state} in {name}, for ever")
        if not stage.writes:
            continue
        landed, tip = rows[-1].landed, world.server.tips.get(world.branch(stage))
        at = world.law.witness.at  # without `.github`, which is nobody's to promote
        for output in stage.outputs if landed is not None else ():
            held = at(tip, output.path, "") if tip is not None else None
            if output.key is None and at(landed, output.path, "") != held:
                world.law.wrong(f"{name} does not hold what was written to {output}")


def _at_rest(world: World) -> None:
    """8, 16: another look, also by a new process, writes nothing and leaves nothing open."""
    if not world.watched.truthful(1):
        world.law.wrong("the simulation remembers other records than are stored")
    writes, tips = len(world.forge.writes), dict(world.server.tips)
    world.boot()
    world.tick()
    if world.forge.writes[writes:]:
        world.law.wrong(f"16: at rest it writes {world.forge.writes[writes:]}")
    if world.server.tips != tips:
        world.law.wrong("16: at rest it pushes")
    world.law.plans.at_rest()
    world.law.witness.doors.at_rest()
    world.law.witness.services.at_rest()
    if world.organization is not None:
        world.organization.at_rest()
    records = world.records()
    for direct in records.direct:
        world.law.wrong(f"15: {direct.name} still has {direct.groups} ({direct.state})")
    for request in records.requests:
        if request.ended_at is None:
            world.law.wrong(f"15: {request.stage} still has a lock ({request.state})")
    for promotion in records.promotions:
        if not promotion.ended:
            world.law.wrong(
                f"15: {promotion.freight.short} in {promotion.stage} is {promotion.state} for ever"
            )
    for branch in world.server.tips:
        if branch.startswith("stagelock/"):
            world.law.wrong(f"{branch} is left behind")
    for comment in world.forge.comments.values():
        said = [c for c in world.forge.comments.values() if _answers(c, comment)]
        if not comment.is_bot and len(said) > 1:
            world.law.wrong(f"6: {comment.body!r} is answered {len(said)} times")
    for pull in world.forge.pulls:
        cards = [c for c in world.forge.comments.values() if _is_card(c, pull)]
        if len(cards) > 1:
            world.law.wrong(f"6: #{pull} has {len(cards)} pipeline cards")
    for run in world.forge.runs.values():
        if run.app_id == OWN_APP and run.status != "completed":
            world.law.wrong(f"15: {run.name} on {run.sha[:7]} says {run.title!r} for ever")


def _is_card(comment, pull: int) -> bool:
    from app.core.text.markup import event_id

    return comment.is_bot and event_id("card", 1, pull) in comment.body


def _answers(said, comment) -> bool:
    from app.core.text.markup import event_id

    event = event_id("command", 1, f"{comment.kind}-{comment.id}")
    return said.is_bot and event in said.body
