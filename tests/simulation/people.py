"""What may happen, as values that can be dropped one by one: (kind, one, two, delivery)."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from app.git.trees import Entry
from tests.simulation.acts import ACTS, keyed
from tests.simulation.faults import SERVICES, STARTS
from tests.simulation.pipelines import FOLDERS, text
from tests.simulation.starting import provide
from tests.simulation.world import World

Event = tuple[str, int, int, int]

WEIGHTS = {
    "push": 14, "ignored": 3, "mixed": 3, "move": 2, "merge": 3, "foxtrot": 2, "force": 2, "hand": 5,
    "edit": 3, "broken": 1, "ci": 24, "start": 5, "again": 5, "fail-again": 4, "revoke": 4,
    "rerun-failed": 4, "visit": 3,
    "promote": 6, "relock": 4, "retry": 5, "hold": 4, "resume": 1, "post": 3, "merge-pull": 6, "close-pull": 2, "retarget": 2, "reopen": 2, "review": 2, "foreign": 1, "update": 1,
    "click": 3, "sweep": 2, "machine": 2, "force-stage": 1, "wait": 16, "refuse": 1, "allow": 1,
    "crash-before": 4, "crash-after": 4, "502": 3, "limit": 2, "lost": 4, "race": 3, "stall": 3, "slow": 3,
    "meanwhile": 4, "denied": 1, "rejected": 2, "conflict": 1, "missing": 1,
}  # fmt: skip
FAULTS = frozenset(
    {
        "crash-before", "crash-after", "502", "limit", "lost", "race", "stall", "slow", "meanwhile",
        "denied", "rejected", "conflict", "missing",
    }
)  # fmt: skip
SILENT = ("wait", "refuse", "allow")
WORDS = {"block": 5, "unblock": 4, "cancel": 8, "closing": 5, "hours": 2}
"""Drawn apart from the others, so that the stories of older seeds stay what they were but for these."""
BACK = {"arrive": 3, "rollback": 3, "press-rollback": 2, "go-on": 4}
"""Drawn apart from those again."""
LEAVE = {"approve": 9, "unapprove": 3, "leave-review": 3, "demote": 3, "skip": 4}
LOCKS = {
    "lock": 8, "unlock": 5, "force-unlock": 4, "press": 2, "client-asks": 7, "client-sees": 2,
    "beat": 4, "give-back": 4, "lapse": 3,
}  # fmt: skip
"""Both drawn apart once more."""
RULES = {"require": 3, "review": 2, "leave-review": 1}
"""And these."""
SAYING = 0.45
"""The share of stories in which some of them come."""


def draw(rng: Random, length: int) -> list[Event]:
    """A history of that many events."""
    kinds = rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=length)
    return [
        (kind, rng.randrange(24), rng.randrange(24), rng.choice([0, 0, 0, 0, 1, 1, 2]))
        for kind in kinds
    ]


def also(rng: Random, events: list[Event], words: Mapping[str, int] = WORDS) -> list[Event]:
    """*events*, and in some stories words that take something back, anywhere between them."""
    found = list(events)
    if rng.random() >= SAYING:
        return found
    for kind in rng.choices(list(words), list(words.values()), k=rng.choice([2, 3, 4, 6])):
        event = (kind, rng.randrange(24), rng.randrange(24), rng.choice([0, 0, 0, 0, 1, 2]))
        found.insert(rng.randrange(len(found) + 1), event)
    return found


def going_back(rng: Random, events: list[Event]) -> list[Event]:
    """*events*, and in some stories rollbacks, when something has arrived to go back to."""
    if rng.random() >= SAYING:
        return events
    drawn = rng.choices(list(BACK), list(BACK.values()), k=rng.choice([1, 2, 2, 3]))
    found, at = list(events), 0
    for kind in ("arrive", "arrive", "rollback", *drawn):
        at = rng.randrange(at, min(at + 4, len(found)) + 1)
        event = (kind, rng.randrange(24), rng.randrange(24), rng.choice([0, 0, 0, 0, 1, 2]))
        found.insert(at, event)
        at += 1
    return found


def happen(world: World, event: Event) -> None:
    """
    Let *event* happen, and be delivered at once (0), late or never (1), or twice (2).

    What is not possible just then does not happen.
    """
    kind, one, two, delivery = event
    if kind in (*STARTS, *SERVICES):
        world.faults.arm(kind, one % 3)
        return
    if kind in FAULTS:
        world.faults.arm(kind, one)
        return
    words = ACTS[kind](world, one, two, delivery)
    if words is None:
        return
    world.tell(words + {1: " (not delivered)", 2: " (delivered twice)"}.get(delivery, ""))
    if kind not in SILENT:
        for _ in range((1, 0, 2)[delivery]):
            world.tick()


def start(world: World) -> None:
    """The first commit: sources, the pipeline, the files whose keys are set, some content."""
    files: dict[str, bytes | Entry | None] = {
        **{f"{folder}/x": b"0" for folder in FOLDERS.values()},
        "stagelock.yaml": text(world.document),
        **keyed(world.document),
    }
    if world.chance("foreign content") < 10:
        files["stages/s1/web/foreign"] = b"somebody's"
    world.server.commit("main", files, "Begin")
    provide(world, begins=True)
    world.tell("alice begins the repository")
    world.tick()
