"""A pipeline whose freight waits for a person, the pull requests that carry it, and their cards."""

from __future__ import annotations

from app.core.text.markup import event_id
from app.sandbox.github.model import Comment, Pull
from tests.flows.harness import REPO, Flow

STAGES = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  prod:
    needs: [dev]
    path: stages/prod
    auto: false
"""
BY_HAND = {"stagelock.yaml": STAGES, "apps/web/index.html": "one"}
BY_ITSELF = {**BY_HAND, "stagelock.yaml": STAGES.replace("    auto: false\n", "")}
REVIEWED = {**BY_HAND, "stagelock.yaml": STAGES.replace("auto: false", "via: pull-request")}
MINUTES = 2


def event_on(flow: Flow, pull: int) -> str:
    """What the card on that pull request ends with."""
    return event_id("card", flow.world.repo(REPO).id, pull)


def cards(flow: Flow, pull: int) -> list[Comment]:
    """The cards there: there is never more than one."""
    event = f"event `{event_on(flow, pull)}`"
    return [c for c in flow.world.comments(REPO, pull) if event in c.body]


def proposed(
    flow: Flow, path: str = "apps/web/index.html", text: str = "two", on: str = "t"
) -> Pull:
    """Bob proposes a change."""
    flow.world.branch(REPO, on)
    flow.world.push(REPO, on, {path: text}, author="bob")
    pull = flow.world.open_pull(REPO, on, by="bob")
    flow.settle()
    return pull


def merged(flow: Flow, *, how: str = "squash", **more: str) -> int:
    """Bob's change is merged; its number."""
    pull = proposed(flow, **more)
    flow.world.merge(REPO, pull.number, how, by="bob")
    flow.settle()
    return pull.number


def said(flow: Flow, pull: int) -> str:
    [card] = cards(flow, pull)
    return card.body
