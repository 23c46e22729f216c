"""A user's own repository, rehearsed: their pipeline at work on a copy of their branches."""

from __future__ import annotations

import subprocess
from pathlib import Path

from app.sandbox.story import Teller
from app.sandbox.world import World

REPO = "acme/rehearsal"


def rehearse(world: World, teller: Teller, folder: Path) -> None:
    """
    Take all branches of the clone at *folder* as ``acme/rehearsal``; it is only read.

    Its pushes go to the stand-in: ``git push <url> HEAD:main``, as alice. FileNotFoundError when
    there is no repository.
    """
    branch = _branch(folder)
    world.create_repo(REPO, source=folder.resolve(), default_branch=branch)
    user = world.user("alice")
    remote = f"{teller.url.replace('://', f'://{user.login}:{user.token}@')}/{REPO}.git"
    teller.say("*", "you", f"{folder} is {REPO}, default branch {branch}", f"/{REPO}")
    if "stagelock.yaml" not in world.tree(REPO, branch):
        teller.say("~", "config", f"{branch} has no stagelock.yaml: add one and push")
    teller.say("*", "you", f"push to it: git push {remote} HEAD:{branch}")
    teller.say("*", "you", "awaited checks are finished on the page, by you")


def _branch(folder: Path) -> str:
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    asked = subprocess.run(
        ["git", "-C", str(folder), "symbolic-ref", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        raise FileNotFoundError(f"{folder} is no Git repository with a branch checked out")
    return asked.stdout.strip()
