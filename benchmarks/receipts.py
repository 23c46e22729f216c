"""
How long somebody who types a command waits for its receipt, the eyes, and then for its reply.

A real `stagelock serve`, the stand-in for GitHub in this process. All comments are refused, which
is least to do and most to say; in turn, one while nothing happens and one just after a push.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.harness import Limit, Row, Series
from tests.crash.place import place

if TYPE_CHECKING:
    from app.sandbox.github.model import Comment
    from tests.crash.place import Place

REPO = "acme/shop"
PIPELINE = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  e2e: {path: stages/e2e, needs: [dev]}
"""
COMMAND = "/promote no-such-stage"
GOAL_MS = 2000
PATIENCE = 60.0
PACE = 9.0
"""Seconds between two comments: of more in a minute the budget leaves out eyes (decision 0032)."""


def rows(*, tiny: bool) -> list[Row]:
    """The receipt within the two seconds that are promised, and what the reply took."""
    rounds = Limit.of(1 if tiny else 12)
    with tempfile.TemporaryDirectory() as folder, place(Path(folder)) as here:
        here.start("serve")
        files = {"stagelock.yaml": PIPELINE, "apps/web/index.html": "0"}
        here.world.create_repo(REPO, files=files)
        here.wait_for_rest()
        took = [_took(here, number, 0.0 if tiny else PACE) for number in range(2 * rounds)]
    eyes, replies = zip(*took, strict=True)
    receipt = Series("from the comment to the eyes", "ms", eyes)
    slow = sorted(eyes)[int(len(eyes) * 0.95)]
    goal = f"95 of 100 below {GOAL_MS} ms"
    answer = Series("from the comment to its reply", "ms", replies)
    slowest = max(replies)
    return [
        Row("receipt of a command", receipt, None, slow, "ms (95 of 100)", goal, slow < GOAL_MS),
        Row("its reply", answer, None, slowest, "ms (slowest)", "none", met=True),
    ]


def _took(here: Place, number: int, pace: float) -> tuple[float, float]:
    """Milliseconds until a comment has its eyes, and its reply; every second one beside a push."""
    if number % 2:
        here.world.push(REPO, "main", {"apps/web/index.html": str(number)})
    sha = here.world.tip(REPO, "main") or ""
    begun = time.monotonic()
    made = here.world.comment(REPO, sha, f"{COMMAND}\n\n{number}")
    eyes = reply = 0.0
    while not (eyes and reply):
        now = (time.monotonic() - begun) * 1000
        eyes = eyes or (now if made.reactions else 0.0)
        reply = reply or (now if _replied(here, sha, made) else 0.0)
        if now > PATIENCE * 1000:
            raise TimeoutError(f"comment {number} has had no answer")
        time.sleep(0.005)
    time.sleep(max(0.0, begun + pace - time.monotonic()))
    return eyes, reply


def _replied(here: Place, sha: str, made: Comment) -> bool:
    found = here.world.comments(REPO, sha)
    return any(one.id > made.id and one.user.kind == "Bot" for one in found)
