"""Many repositories, many pushes, all at once: everything is promoted, exactly once; how fast."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.sandbox.people.world import World
from app.sandbox.serve.rest.server import Exchange
from tests.crash.place import place

# Each of another account: GitHub's limit of created content is by installation.
PIPELINE = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  prod: {needs: [dev], path: stages/prod}
"""
STAGES = ("dev", "prod")
SECONDS = 900.0


def name(number: int) -> str:
    return f"org{number}/shop"


def promotions(world: World, repos: Sequence[str]) -> list[str]:
    """The ids of all promotions that were committed, as often as they were."""
    return [
        line
        for repo in repos
        for commit in world.log(repo, "main")
        for line in commit.message.splitlines()
        if line.startswith("Stagelock-Promotion: ")
    ]


def arrived(world: World, repos: Sequence[str]) -> bool:
    """Every stage holds the newest of its repository."""
    return all(
        world.tree_id(repo, "main", f"stages/{stage}") == world.tree_id(repo, "main", "apps/web")
        for repo in repos
        for stage in STAGES
    )


def push_all(world: World, repos: Sequence[str], pushes: int) -> None:
    """A person for each repository, all at once."""

    def person(repo: str) -> None:
        for number in range(1, pushes + 1):
            world.push(repo, "main", {"apps/web/index.html": f"{number}"}, message="A change")

    with ThreadPoolExecutor(len(repos)) as people:
        list(people.map(person, repos))


def run(root: Path, repos: int, pushes: int, workers: int, **env: str) -> tuple[list[str], str]:
    """What is wrong at the end, and what was measured, in a sentence."""
    names = [name(number) for number in range(repos)]
    with place(root, **env) as here:
        with here.store() as store:
            store.migrate()
        here.start("serve", "--workers", str(workers))
        for repo in names:
            files = {"stagelock.yaml": PIPELINE, "apps/web/index.html": "0"}
            here.world.create_repo(repo, files=files)
        here.world.wait_for(lambda: arrived(here.world, names), SECONDS, "they did not begin")
        here.wait_for_rest(SECONDS)
        calls, before = len(here.sandbox.exchanges), len(promotions(here.world, names))
        began = time.monotonic()
        push_all(here.world, names, pushes)
        told = time.monotonic()
        here.world.wait_for(lambda: arrived(here.world, names), SECONDS, "they did not arrive")
        landed = time.monotonic()
        here.wait_for_rest(SECONDS)
        took = time.monotonic() - began
        made = promotions(here.world, names)
        asked = Counter(kind(e) for e in list(here.sandbox.exchanges)[calls:])
        count = len(made) - before
        twice = [line for line, times in Counter(made).items() if times > 1]
        said = (
            f"{repos} repositories x {pushes} pushes ({told - began:.1f} s): {count} promotions, "
            f"the last landed after {landed - began:.1f} s, at rest after {took:.1f} s; "
            f"{asked['reads'] / count:.1f} reading and {asked['writes'] / count:.1f} writing "
            "REST calls a promotion"
        )
        return [f"{len(twice)} promotions were committed twice"] if twice else [], said


def kind(call: Exchange) -> str:
    return "reads" if call.method == "GET" else "writes"
