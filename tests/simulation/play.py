"""One seed: a pipeline and a history; played, told, and made as short as it can be."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random

from tests.simulation import (
    clients,
    guarding,
    hurrying,
    jobs,
    people,
    pipelines,
    serving,
    sharing,
    starting,
    twin,
    weighing,
)
from tests.simulation.calm import calm
from tests.simulation.laws import Broken
from tests.simulation.world import World

LENGTH = 26
FEATURES = ("runs", "doors", "services", "jobs", "weights", "shared", "clients", "waits")
"""What may be in each story."""
TWINS = 8
"""Of so many seeds one is compared with an undisturbed world, which costs as much again."""


@dataclass(frozen=True)
class Story:
    """What is played. *seed* also decides what CI does of itself."""

    seed: int
    document: dict
    events: tuple[people.Event, ...]

    @classmethod
    def of(cls, seed: int, always: str = "") -> Story:
        """*always* is a feature that is in every story: `runs`, `doors`, `services`, `jobs`,
        `weights`, `shared`, `clients`, or `waits`."""
        rng = Random(seed)
        document = pipelines.draw(rng)
        started = starting.drawn(Random(f"runs of {seed}"), document, always=always == "runs")
        started = guarding.drawn(Random(f"doors of {seed}"), started, always=always == "doors")
        started = serving.drawn(
            Random(f"services near {seed}"), started, always=always == "services"
        )
        asking = jobs.rolled(seed, always=always == "jobs")
        if asking:
            started = jobs.drawn(Random(f"jobs at {seed}"), started)
        started = weighing.drawn(Random(f"weights in {seed}"), started, always=always == "weights")
        if not asking:
            started = sharing.drawn(Random(f"shared at {seed}"), started, always=always == "shared")
        started = hurrying.drawn(Random(f"waits of {seed}"), started, always=always == "waits")
        events = people.draw(rng, rng.randrange(4, LENGTH))
        events = people.also(Random(f"words of {seed}"), events)
        events = people.going_back(Random(f"rollbacks of {seed}"), events)
        events = people.also(Random(f"leave of {seed}"), events, people.LEAVE)
        events = people.also(Random(f"locks of {seed}"), events, people.LOCKS)
        events = people.also(Random(f"rules of {seed}"), events, people.RULES)
        events = starting.events(Random(f"workflows of {seed}"), started, events)
        events = guarding.events(Random(f"at doors of {seed}"), started, events)
        events = serving.events(Random(f"at services near {seed}"), started, events)
        if asking:
            events = jobs.events(Random(f"work of {seed}"), events)
        events = sharing.events(Random(f"at neighbours of {seed}"), started, events)
        events = weighing.events(Random(f"at scales of {seed}"), started, events)
        events = hurrying.events(Random(f"in queues of {seed}"), started, events)
        if clients.rolled(seed, always=always == "clients"):
            events = clients.events(Random(f"what clients do in {seed}"), events)
        return cls(seed, started, tuple(events))


@dataclass(frozen=True)
class Outcome:
    """*wrong* is empty where every law held."""

    wrong: str
    told: tuple[str, ...]
    world: World


@contextmanager
def _silence() -> Iterator[None]:
    """What the App logs of all that is done to it would only cost time."""
    log = logging.getLogger("stagelock")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


@_silence()
def play(story: Story) -> Outcome:
    """Play it from the beginning to its rest."""
    world = World(story.document, story.seed)
    wrong = ""
    try:
        people.start(world)
        for event in story.events:
            people.happen(world, event)
        calm(world)
        if story.seed % TWINS == 0:
            twin.compare(world)
    except Broken as error:
        wrong = str(error)
    except Exception as error:  # noqa: BLE001 - a defect ends the story like a broken law
        wrong = f"a defect: {type(error).__name__}: {error}"
        import traceback

        world.tell(traceback.format_exc(limit=-4))
        world.store.database.close()
    return Outcome(wrong, tuple(world.story), world)


def kind_of(wrong: str) -> str:
    """What a failure is about: shrinking must not wander off to another one."""
    return wrong.split(":", maxsplit=1)[0] if wrong else ""


def shrunk(story: Story, tries: int = 400) -> Story:
    """The same failure with fewer events and stages, dropped greedily."""
    kind = kind_of(play(story).wrong)
    size = max(1, len(story.events) // 2)
    while size and tries:
        at = 0
        while at < len(story.events) and tries:
            tries -= 1
            fewer = replace(story, events=story.events[:at] + story.events[at + size :])
            if kind_of(play(fewer).wrong) == kind:
                story = fewer
            else:
                at += size
        size //= 2
    return _with_fewer_keys(story, kind)


def _with_fewer_keys(story: Story, kind: str) -> Story:
    import copy

    for name, stage in list(story.document["stages"].items()):
        for key in list(stage):
            document = copy.deepcopy(story.document)
            del document["stages"][name][key]
            if _valid(document) and kind_of(play(replace(story, document=document)).wrong) == kind:
                story = replace(story, document=document)
    for name in reversed(list(story.document["stages"])):
        document = copy.deepcopy(story.document)
        del document["stages"][name]
        if _valid(document) and kind_of(play(replace(story, document=document)).wrong) == kind:
            story = replace(story, document=document)
    return story


def _valid(document: dict) -> bool:
    from app.core.config import parse

    if not all("freight" in stage for stage in document["stages"].values()):
        return False
    return bool(document["stages"]) and parse(pipelines.text(document), "main").pipeline is not None


def told(story: Story, outcome: Outcome) -> str:
    """The failing story for a person, and how to play it again."""
    stages = "\n".join(f"  {name}: {stage}" for name, stage in story.document["stages"].items())
    lines = "\n".join(outcome.told)
    rows = "\n".join(
        f"  {p.stage} {p.freight.short} #{p.attempt}: {p.state} {p.reason} {p.detail}{p.started or ''}"
        for p in outcome.world.records().promotions
    )
    requests = "\n".join(
        f"  {r.stage} {r.freight.short} {r.groups}: {r.state} {r.reason}"
        for r in outcome.world.records().requests
    )
    return (
        f"seed {story.seed}: {outcome.wrong}\n"
        f"warehouses: {story.document['warehouses']}\nstages:\n{stages}\n{lines}\n"
        f"promotions:\n{rows}\nlocks:\n{requests}\nevents: {story.events}\n"
    )
