"""One story that touches every effect, and a picture of how it ended, free of ids and times."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from itertools import pairwise

from app.core.text.cards import KEPT
from app.sandbox.demo.launch import SLUG
from app.sandbox.github.ci import Job
from app.sandbox.github.model import Comment, Run
from app.sandbox.people.world import World

PIPELINE = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  one: {needs: [dev], path: stages/one, lock: env, verify: {checks: [one]}}
  two: {needs: [dev], path: stages/two, lock: env, verify: {checks: [two]}}
  prod:
    needs: [one, two]
    path: stages/prod
    via: pull-request
    steps:
      - uses: copy
        with: {from-stage: one, from: web, to: web}
locks:
  env: {permits: 1}
"""
STAGES = ("dev", "one", "two", "prod")
JOBS = ("one", "two")
SECONDS = 120.0


def declare(world: World) -> None:
    """The two jobs that must never run at once."""
    for name in JOBS:
        job: Job = world.ci.job(name, paths=(f"stages/{name}",), lasts=0.3)
        assert job.lasts


def tell(world: World, repo: str, pushes: int = 2) -> None:
    """Push, wait until it is all the way through, push again: the same whatever is in the way."""
    first = {"stagelock.yaml": PIPELINE, "apps/web/index.html": "0"}
    world.create_repo(repo, files=first)
    for number in range(1, pushes + 1):
        freight = world.push(repo, "main", {"apps/web/index.html": f"{number}"}, message="A change")
        opened = through_review(world, repo, freight, number)
        if number == 1:
            world.comment(repo, opened, "/why prod", by="bob")
        world.merge(repo, opened, "squash", by="bob")
        world.wait_for(
            partial(_arrived, world, repo, freight),
            SECONDS,
            f"freight {number} of {repo} did not arrive",
        )
    world.wait_for(lambda: answered(world, repo), SECONDS, "the comment was not answered")


def _arrived(world: World, repo: str, sha: str) -> bool:
    return all(
        _state(world, repo, sha, s) == "success" for s in STAGES
    ) and "stagelock/prod" not in world.branches(repo)


def through_review(world: World, repo: str, freight: str, number: int) -> int:
    """Wait until the pull request of *freight* is open; its number."""
    before = number - 1

    def there() -> bool:
        pulls = world.pulls(repo, "open")
        return bool(pulls) and freight[:7] in pulls[0].title and len(world.pulls(repo)) > before

    world.wait_for(there, SECONDS, f"no pull request for freight {number} of {repo}")
    return world.pulls(repo, "open")[0].number


def answered(world: World, repo: str) -> bool:
    """Every comment of a person has its eyes and its reply."""
    said = spoken(world, repo)
    asked = [c for c in said if c.user.login != f"{SLUG}[bot]"]
    return len(said) == 2 * len(asked) and all(c.reactions for c in asked)


def spoken(world: World, repo: str) -> list[Comment]:
    """What people said, and our replies; a pull request has a pipeline card besides, or none."""
    return [c for c in world.comments(repo) if KEPT not in c.body]


def _state(world: World, repo: str, sha: str, stage: str) -> str:
    run = world.check(repo, sha, f"stagelock / {stage}")
    return "" if run is None else (run.conclusion or run.status)


def ours(world: World, repo: str) -> list[tuple[int, Run]]:
    """Every check run of ours: (the place of its commit on main, the run)."""
    line = reversed(world.log(repo, "main"))
    return [(n, run) for n, c in enumerate(line) for run in world.checks(repo, c.sha, SLUG)]


def picture(world: World, repo: str) -> dict[str, object]:
    """What two runs of the story must have in common."""
    line = world.log(repo, "main")[::-1]
    places = {commit.sha[:7]: f"<{n}>" for n, commit in enumerate(line)}

    def plain(text: str) -> str:
        return re.sub(r"\b[0-9a-f]{7}\b", lambda found: places.get(found[0], found[0]), text)

    newest = {(n, run.name): run.conclusion or run.status for n, run in ours(world, repo)}
    return {
        "commits": [(plain(c.subject), _trees(world, repo, c.sha)) for c in line],
        "runs": newest,
        "pulls": [
            (p.number, plain(p.title), p.state, bool(p.merged_at)) for p in world.pulls(repo)
        ],
        "said": [c.user.login for c in spoken(world, repo)],
        "eyes": [len(c.reactions) for c in spoken(world, repo)],
        "cards twice": _twice(world, repo),
        "branches": sorted(world.branches(repo)),
    }


def _twice(world: World, repo: str) -> list[int | None]:
    """Pull requests with more than one pipeline card: there are none."""
    where = Counter(c.number for c in world.comments(repo) if KEPT in c.body)
    return [number for number, count in where.items() if count > 1]


def _trees(world: World, repo: str, sha: str) -> tuple[str | None, ...]:
    return tuple(world.tree_id(repo, sha, f"stages/{stage}") for stage in STAGES)


def doubled(world: World, repo: str) -> list[object]:
    """Check runs that were made twice, and promotions that were committed twice."""
    runs = Counter((n, run.name, run.external_id) for n, run in ours(world, repo))
    ids = Counter(
        line
        for commit in world.log(repo, "main")
        for line in commit.message.splitlines()
        if line.startswith("Stagelock-Promotion: ")
    )
    return [key for key, count in [*runs.items(), *ids.items()] if count > 1]


def overlapping(world: World, repo: str) -> list[tuple[Run, Run]]:
    """Pairs of jobs of the two locked stages that ran at the same time."""
    jobs = [
        (run.started_at, run)
        for commit in world.log(repo, "main")
        for name in JOBS
        for run in world.checks(repo, commit.sha, "github-actions")
        if run.name == name and run.started_at
    ]
    jobs.sort(key=lambda job: str(job[0]))
    return [
        (a, b)
        for (_, a), (began, b) in pairwise(jobs)
        if a.completed_at is None or a.completed_at > began
    ]
