"""Stages whose outputs people change by hand."""

from __future__ import annotations

from app.core.text.links import Site
from tests.core.world import a_pipeline

TEXT = """
version: 1
warehouses: {{web: {{paths: [apps/web/]}}}}
stages:
  prod: {{path: stages/prod{more}}}
{below}
"""


BELOW = "  last: {needs: [prod], path: stages/last}"


SITE = Site("https://github.test/acme/web")


def promoted(rule="", below="", **files):
    """A world in which `prod` holds the first freight."""
    more = f", on-drift: {rule}" if rule else ""
    world = a_pipeline(TEXT.format(more=more, below=below))
    freight(world, **(files or {"x": "1", "y": "1"}))
    return world


def freight(world, **files):
    sha = world.push({f"apps/web/{name}": text for name, text in files.items()})
    world.settle()
    return sha


def edit(world, who="bob", **files):
    """A person edits `prod` by hand."""
    tree = world.git.tip_files("main")
    for name, text in files.items():
        tree[f"stages/prod/{name}"] = text
    tip = world.git.heads["main"]
    world.git.heads["main"] = world.git.commit(tree, (tip,), who)
    world.settle()
    return world.git.heads["main"]


def say(world, verb, sha):
    """A person's command, said with what is there in view."""
    world.command(verb, "prod", sha)
    world.settle()


def fates(world):
    return [(e.place, e.who, e.fate) for e in world.last("prod").edits]
