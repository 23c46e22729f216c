"""Which freight a rollback means, and what it turns away."""

from __future__ import annotations

import pytest

from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.planning.rolling_back import NoTarget, Target, target
from app.core.state.ledger import Ledger
from app.core.state.rejections import turned_away
from tests.core.rolling import BAD, GOOD, history, two_in_both
from tests.core.world import World


def meant(world: World, named: str | None = None) -> Target | NoTarget:
    snapshot, _ = world.look()
    assert snapshot.config.pipeline is not None
    ledger = Ledger(snapshot, snapshot.config.pipeline)
    freight = FreightId(WarehouseName("web"), Sha(named)) if named else None
    return target(ledger, ledger.views[StageName("dev")], freight)


@pytest.mark.parametrize(
    ("outcomes", "blocked", "expected"),
    [
        ((GOOD, GOOD), (), 0),
        ((GOOD, BAD), (), 0),
        ((GOOD, GOOD, GOOD), (), 1),
        ((GOOD, BAD, GOOD), (), 0),
        ((GOOD, GOOD, ""), (), 1),
        ((GOOD, GOOD, GOOD), (1,), 0),
        ((GOOD, GOOD), (0,), NoTarget.EARLIER_BLOCKED),
        ((BAD, GOOD), (0,), NoTarget.NOTHING_EARLIER),
        ((BAD, GOOD), (), NoTarget.NOTHING_EARLIER),
        ((GOOD,), (), NoTarget.NOTHING_EARLIER),
        ((), (), NoTarget.NOTHING_THERE),
    ],
)
def test_which_freight_a_rollback_means(outcomes, blocked, expected):
    world, shas = history(*outcomes)
    for place in blocked:
        world.block(shas[place])

    found = meant(world)

    assert (found.freight.sha if isinstance(found, Target) else found) == (
        shas[expected] if isinstance(expected, int) else expected
    )


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (0, "target"),
        (1, NoTarget.NEVER_VERIFIED),
        (2, NoTarget.IS_BLOCKED),
        (3, NoTarget.NOT_EARLIER),
        (None, NoTarget.WITHDRAWN),
    ],
)
def test_which_named_freight_may_come_back(named, expected):
    world, shas = history(GOOD, BAD, GOOD, GOOD)
    world.block(Sha(shas[2]))

    found = meant(world, shas[named] if named is not None else "f" * 40)

    assert ("target" if isinstance(found, Target) else found) == expected


def test_what_an_earlier_rollback_turned_away_is_no_target_unless_it_is_named():
    world, shas = history(GOOD, GOOD, GOOD)
    world.roll_back("dev", Sha(shas[0]))
    world.settle()
    world.check("main", "e2e")
    world.wait(minutes=2)
    world.resume("dev")
    newest = world.push({"apps/web/x": "new"})
    world.settle()
    world.check("main", "e2e")
    world.wait(minutes=2)
    assert world.last("dev").freight.sha == newest

    found = meant(world)
    assert isinstance(found, Target)
    assert found.freight.sha == shas[0]
    assert isinstance(meant(world, shas[1]), Target)


@pytest.mark.parametrize(
    ("ages", "freight", "was_here", "expected"),
    [
        ({"target": 5, "left": 2}, 5, True, False),  # the target itself
        ({"target": 5, "left": 2}, 6, True, False),  # older
        ({"target": 5, "left": 2}, 4, False, True),
        ({"target": 5, "left": 2}, 2, True, True),  # what it leaves
        ({"target": 5, "left": 2}, 1, False, False),  # newer
        ({"target": 5, "left": None}, 1, False, False),  # what it left was withdrawn
        ({"target": 5, "left": None}, 4, True, True),
        ({"target": None, "left": 2}, 7, True, True),  # everything on the line is newer
        ({"target": 5, "left": 2}, None, True, False),  # withdrawn itself
    ],
)
def test_what_a_rollback_turns_away(ages, freight, was_here, expected):
    names = {
        "target": FreightId(WarehouseName("web"), Sha("a" * 40)),
        "left": FreightId(WarehouseName("web"), Sha("b" * 40)),
    }
    asked = (
        names["target"]
        if freight == ages["target"]
        else FreightId(WarehouseName("web"), Sha("c" * 40))
    )
    known = {names["target"]: ages["target"], names["left"]: ages["left"], asked: freight}
    to, left = names["target"], names["left"]

    assert turned_away(known.get, to, left, asked, was_here=was_here) is expected


def test_a_rollback_long_ago_still_turns_away():
    world, shas = history(GOOD, GOOD, GOOD)
    world.roll_back("dev", Sha(shas[0]))
    world.settle()
    world.check("main", "e2e")
    world.wait(days=30)
    world.resume("dev")
    world.settle()

    assert world.last("dev").freight.sha == shas[0]
    assert world.verdict("dev", Sha(shas[2])).phase == "turned-away"
    world.say("promote", "dev", Sha(shas[2]))
    world.settle()
    assert world.last("dev").freight.sha == shas[2]


def test_a_rollback_that_ends_before_it_wrote_turns_nothing_away():
    world, shas = two_in_both()
    world.push({"apps/web/x": "2"})
    world.settle()
    world.check(world.last("one").landed or "", "one")
    world.settle()
    assert world.live() == {"two": "held"}
    world.roll_back("one", shas[0])
    world.settle()
    assert world.verdict("one", shas[1]).phase == "turned-away"

    world.say("cancel", "one", shas[0])
    world.settle()

    assert world.verdict("one", shas[1]).phase == "verified"
    assert world.files("stages/one") == {"x": "2"}
