"""Pushes of ours: which landed, which were forced, and what happens just before one."""

from __future__ import annotations

from collections.abc import Callable

from app.errors import Transient
from tests.flows.around import stand_beside
from tests.flows.harness import Flow


def promoted(flow: Flow) -> list[str]:
    """The stages in the order in which promotion commits landed in main."""
    found = [s.rpartition(" to ")[2] for s in flow.subjects() if s.startswith("Promote")]
    return found[::-1]


def forced(flow: Flow) -> list[str]:
    """The branches outside `stagelock/` of which a push was no fast-forward."""
    return [
        d.payload["ref"]
        for d in flow.world.deliveries
        if d.event == "push"
        and (d.payload["forced"] or d.payload["deleted"])
        and not d.payload["ref"].startswith("refs/heads/stagelock/")
    ]


def before_pushes(flow: Flow, act: Callable[[int], None]) -> list[int]:
    """Call *act* with the number of each push of ours, between our look at the branch and it."""
    seen: list[int] = []

    def beside(when: str, name: str) -> None:
        if (when, name) == ("before", "push"):
            seen.append(len(seen))
            act(seen[-1])

    stand_beside(flow, beside)
    return seen


def unanswered(flow: Flow, *, times: int = 1) -> list[str]:
    """The next pushes end without an answer, and without having arrived; what was tried."""
    tried: list[str] = []

    def beside(when: str, name: str) -> None:
        if (when, name) == ("before", "push") and len(tried) < times:
            tried.append(name)
            message = "the connection ended early"
            raise Transient(message, maybe_done=True)

    stand_beside(flow, beside)
    return tried
