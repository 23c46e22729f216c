"""The database is lost, and made anew."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app import startup
from app.cli.rebuild import lines
from app.engine.rebuild.rebuild import RebuildReport
from app.observe import Redactor
from app.settings import Settings
from tests.flows.harness import REPO, Flow
from tests.flows.words import replies, say

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
  e2e:
    needs: [dev]
    path: stages/e2e
    lock: floor
    verify: {checks: [e2e]}
  prod:
    needs: [e2e]
    path: stages/prod
    auto: false
    via: pull-request
locks:
  floor: {permits: 1}
"""
FILES = {"stagelock.yaml": PIPELINE, "apps/web/a": "1"}


def lose(flow: Flow) -> None:
    """The database is gone, with every process that had it open; nothing is on its way to them."""
    flow.world.flush()
    for app in flow._booted:  # the harness's own
        app.close()
    folder = flow.app.settings.data_dir
    for file in folder.glob("stagelock.db*"):
        file.unlink()


def rebuild(flow: Flow, only: str | None = None) -> Sequence[RebuildReport]:
    """What `stagelock rebuild` does."""
    settings = Settings.load(flow.environ)
    with startup.rebuilding(settings, Redactor([]), flow.clock) as work:
        return list(work.run(only))


def free(
    flow: Flow, reports: Sequence[RebuildReport], group: str = "floor", repo: str = REPO
) -> None:
    """A maintainer makes sure that nobody of before is at work, and types what the command told."""
    told = "\n".join(line for report in reports for line in lines(report))
    [typed] = re.findall(rf"/unlock {group}#\d+ --force .*", told)
    [said] = answered(flow, flow.tip(repo=repo), typed, repo)
    assert said.startswith(f"Done: `{group}` was taken away from `an unknown holder`"), said


def answered(flow: Flow, sha: str, text: str, repo: str) -> list[str]:
    before = len(replies(flow, sha, repo))
    say(flow, sha, text, by="alice", repo=repo)
    return replies(flow, sha, repo)[before:]


def known(flow: Flow) -> list[tuple[object, ...]]:
    """What matters of every promotion that reached its branch or its pull request."""
    return sorted(
        (p.id, p.stage, str(p.freight), p.state, p.landed or "", p.pull or 0, p.attempt)
        for p in flow.promotions()
    )
