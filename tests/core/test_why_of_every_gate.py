"""`/why` tells of every gate whether it passes, since when, and when it is looked at next (C58)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.core.gates.entry import GATES, entry_gates
from app.core.model.installations import InstallationFact
from app.core.model.names import FreightId, StageName, WarehouseName
from app.core.model.verdicts import GateAnswer, Verdict
from app.core.state.ledger import Ledger
from app.core.text.gates import MARKS
from app.core.text.why import why
from tests.core.blocking import taken_back
from tests.core.drifting import SITE
from tests.core.gating import PIPELINE, world_with
from tests.core.world import World, a_pipeline, parsed

LACKS = InstallationFact(9, "acme", False, {}, "https://gh.example/9")


def blocked():
    world = world_with("auto: false")
    world.block(world.sha)
    return world


def reverted():
    world = world_with("auto: false")
    taken_back(world, world.sha)
    return world


def held():
    world = world_with("auto: false")
    world.hold("c")
    return world


def rolled_back():
    """The stage's second freight was rolled back to its first."""
    world = world_with()
    first, world.sha = world.sha, world.push({"apps/web/x": "2"})
    world.settle()
    world.roll_back("c", first)
    world.settle()
    return world


def landed_lately():
    world = world_with("at-most-every: 3h")
    world.sha = world.push({"apps/web/x": "2"})
    world.settle()
    return world


def edited():
    """By hand, where another stage takes freight from it; in a stage called `c`, too."""
    world = a_pipeline(PIPELINE % "" + "  d: {needs: [c], path: stages/d}\n")
    world.push({"apps/web/x": "1"})
    world.settle()
    world.push({"stages/c/x": "by hand"})
    world.settle()
    world.sha = world.push({"apps/web/x": "2"})
    world.settle()
    return world


WAITS: dict[str, Callable[[], World]] = {
    "permission": lambda: world_with("auto: false"),
    "needs": lambda: world_with("needs: [a, b]"),
    "block": blocked,
    "reverted": reverted,
    "rollback": rolled_back,
    "auto": lambda: world_with("auto: false"),
    "soak": lambda: world_with("soak: 2h"),
    "approval": lambda: world_with("auto: false"),
    "hold": held,
    "windows": lambda: world_with('windows: {allow: ["Sun 02:00-03:00 UTC"]}'),
    "at-most-every": landed_lately,
    "content": lambda: world_with(files=("k",)),
    "drift": edited,
}
"""For each gate a world in which it keeps the newest freight out of stage `c`."""
NOWHERE_RECORDED = {"permission"}
"""GitHub tells what is granted now, and of no time (C56)."""
ONLY_IN_GIT = {"reverted", "drift"}
"""Since a push on the line of a branch, which this little world does not keep (`test_since`)."""


def answers(world: World, gate: str) -> tuple[GateAnswer, ...]:
    snapshot, file = world.look()[0], world.pipeline
    if gate == "permission":
        snapshot = replace(snapshot, installation=LACKS)
    if gate == "approval":
        file = parsed(PIPELINE % "" + "    auto: false\n    approve: {users: [mia]}\n")
    ledger = Ledger(snapshot, file)
    this = FreightId(WarehouseName("web"), world.sha)
    return tuple(entry_gates(ledger, ledger.views[StageName("c")], this))


def rows(world: World, gate: str) -> dict[str, list[str]]:
    """The cells of each row of the table, by the gate's name."""
    given = answers(world, gate)
    verdict = Verdict(
        StageName("c"),
        FreightId(WarehouseName("web"), world.sha),
        "waiting",
        next(one.reason for one in given if one.gate == gate),
        gates=given,
    )
    lines = [line for line in why(verdict, SITE).splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {one[0].strip("| "): one for one in cells}


@pytest.mark.parametrize("gate", [gate.name for gate in GATES])
def test_a_gate_that_waits_says_why_since_when_and_when_it_is_looked_at_next(gate):
    found = rows(WAITS[gate](), gate)

    name, answer, because, since, again = found[gate]
    assert answer in (MARKS["wait"], MARKS["fail"]), name
    assert because
    assert again.strip("| ")
    assert bool(since) != (gate in NOWHERE_RECORDED | ONLY_IN_GIT)


@pytest.mark.parametrize("gate", [gate.name for gate in GATES])
def test_every_gate_beside_it_has_its_answer_too(gate):
    found = rows(WAITS[gate](), gate)

    assert set(found) - {"gate"} <= set(WAITS)
    for name, row in found.items():
        if name != "gate":
            assert row[1] in MARKS.values()
            assert row[2]
