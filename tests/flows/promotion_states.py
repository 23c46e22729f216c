"""
What the words of people do in every state of a promotion: written from the contract, then played.

In `prod` freight A was verified, and after it B; the freight of the row is F. In the rows of a
rollback C is there, and F is B, which comes back. `test_words_in_every_state.py` plays the table,
`tests/test_docs_words.py` draws it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.errors import Transient
from tests.flows.around import stand_beside
from tests.flows.harness import REPO, Flow
from tests.flows.words import say

PIPELINE = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  prod:
    path: stages/prod
    steps:
      - {uses: copy, with: {from: apps/web, to: .}}
    lock: one
    verify: {checks: [e2e]}
locks: {one: {}}
"""
CLOSED = "    windows: {allow: ['2098-01-01..2098-01-02 UTC']}\n"


@dataclass(frozen=True)
class Then:
    """The answer begins with ``Done``, ``Accepted`` or ``Not done``; F's run; what the stage is at."""

    answer: str
    run: str
    at: str


@dataclass(frozen=True)
class Row:
    """A state, how F comes into it, and what each word does there."""

    state: str
    made: Callable[[Flow], str]
    run: str
    cancel: Then
    block: Then
    allow: Then
    rollback: Then


def no(run: str, at: str = "B") -> Then:
    return Then("Not done", run, at)


def done(run: str, at: str = "B") -> Then:
    return Then("Done", run, at)


def back(run: str, at: str = "A") -> Then:
    return Then("Accepted", run, at)


def history(flow: Flow, *names: str) -> list[str]:
    """Freight after freight, each verified in prod."""
    found = [flow.repo({"stagelock.yaml": PIPELINE, "apps/web/x": names[0]})]
    ends(flow, found[0])
    for name in names[1:]:
        found.append(flow.push({"apps/web/x": name}))
        ends(flow, found[-1])
    return found


def ends(flow: Flow, sha: str, conclusion: str = "success") -> None:
    flow.finish(flow.landed("prod", sha), "e2e", conclusion)


def entering(flow: Flow, keys: str = "", before: str = "") -> str:
    """F is pushed, together with further *keys* of the stage, after somebody said *before*."""
    *_, newest = history(flow, "A", "B")
    if before:
        say(flow, newest, before)
    changes: dict[str, bytes | str | None] = {"apps/web/x": "F"}
    if keys:
        changes["stagelock.yaml"] = PIPELINE.replace("    lock:", f"{keys}    lock:")
    return flow.push(changes)


def to_be_started(flow: Flow) -> str:
    return entering(flow, "    auto: false\n")


def out_of_window(flow: Flow) -> str:
    return entering(flow, CLOSED)


def started_out_of_window(flow: Flow) -> str:
    sha = out_of_window(flow)
    say(flow, sha, "/promote prod")
    return sha


def on_hold(flow: Flow) -> str:
    return entering(flow, before="/hold prod not on fridays")


def queued(flow: Flow) -> str:
    return entering(flow, before="/lock one for 5h looking at the logs")


def granted(flow: Flow) -> str:
    """Git cannot be reached, so that nothing is written under the grant."""
    return _pushed(flow, times=1000, maybe_done=False)


def in_doubt(flow: Flow) -> str:
    """Its first push had no answer, and did not arrive."""
    return _pushed(flow, times=1, maybe_done=True)


def _pushed(flow: Flow, *, times: int, maybe_done: bool) -> str:
    history(flow, "A", "B")
    left = [*range(times)]

    def beside(when: str, name: str) -> None:
        if (when, name) == ("before", "push") and left:
            left.pop()
            message = "the connection ended early"
            raise Transient(message, maybe_done=maybe_done)

    stand_beside(flow, beside)
    with flow.clock.still():
        return flow.push({"apps/web/x": "F"})


def in_review(flow: Flow) -> str:
    return entering(flow, "    via: pull-request\n")


def verifying(flow: Flow) -> str:
    return entering(flow)


def verified(flow: Flow) -> str:
    sha = entering(flow)
    ends(flow, sha)
    return sha


def failed(flow: Flow) -> str:
    sha = entering(flow)
    ends(flow, sha, "failure")
    return sha


def superseded(flow: Flow) -> str:
    """Newer freight queues in its place."""
    sha = queued(flow)
    flow.push({"apps/web/x": "G"})
    return sha


def cancelled(flow: Flow) -> str:
    sha = queued(flow)
    say(flow, sha, "/cancel prod")
    return sha


def cancelled_there(flow: Flow) -> str:
    sha = verifying(flow)
    say(flow, sha, "/cancel prod")
    return sha


def going_back(flow: Flow, before: str = "") -> str:
    _, restored, left = history(flow, "A", "F", "C")
    if before:
        say(flow, left, before)
    say(flow, left, "/rollback prod")
    return restored


def rollback_queued(flow: Flow) -> str:
    return going_back(flow, "/lock one for 5h looking at the logs")


TABLE = (
    Row(
        "waits for a person to start it",
        to_be_started,
        "neutral",
        no("neutral"),
        done("queued"),
        done("neutral"),
        back("neutral"),
    ),
    Row(
        "out of window",
        out_of_window,
        "queued",
        done("cancelled"),
        done("queued"),
        done("queued"),
        back("queued"),
    ),
    Row(
        "out of window, started by a person",
        started_out_of_window,
        "queued",
        done("cancelled"),
        done("queued"),
        done("queued"),
        back("queued"),
    ),
    Row(
        "on hold",
        on_hold,
        "queued",
        done("cancelled"),
        done("queued"),
        done("queued"),
        back("queued"),
    ),
    Row(
        "queued for its lock",
        queued,
        "queued",
        done("cancelled"),
        done("queued"),
        done("queued"),
        back("cancelled", "B"),
    ),
    Row(
        "holds its lock, nothing written",
        granted,
        "in_progress",
        done("cancelled"),
        done("queued"),
        done("in_progress"),
        back("cancelled", "B"),
    ),
    Row(
        "writing, its push in doubt",
        in_doubt,
        "in_progress",
        done("cancelled"),
        done("queued"),
        done("in_progress", "F"),
        back("cancelled"),
    ),
    Row(
        "in review",
        in_review,
        "in_progress",
        done("cancelled"),
        done("in_progress"),
        done("in_progress"),
        back("cancelled", "B"),
    ),
    Row(
        "written, verifying",
        verifying,
        "in_progress",
        done("cancelled", "F"),
        done("in_progress", "F"),
        done("in_progress", "F"),
        back("cancelled", "F"),
    ),
    Row(
        "verified",
        verified,
        "success",
        no("success", "F"),
        done("success", "F"),
        done("success", "F"),
        back("failure", "B"),
    ),
    Row(
        "failed",
        failed,
        "failure",
        no("failure", "F"),
        done("failure", "F"),
        done("failure", "F"),
        back("failure", "B"),
    ),
    Row(
        "superseded",
        superseded,
        "skipped",
        no("skipped"),
        done("skipped"),
        done("skipped"),
        back("skipped", "B"),
    ),
    Row(
        "cancelled, nothing written",
        cancelled,
        "cancelled",
        no("cancelled"),
        done("cancelled"),
        done("cancelled"),
        back("cancelled", "B"),
    ),
    Row(
        "cancelled, written",
        cancelled_there,
        "cancelled",
        no("cancelled", "F"),
        done("cancelled", "F"),
        done("cancelled", "F"),
        back("cancelled", "F"),
    ),
    Row(
        "comes back by a rollback that queues for its lock",
        rollback_queued,
        "queued",
        done("cancelled", "C"),
        done("queued", "C"),
        done("queued", "C"),
        back("queued", "C"),
    ),
    Row(
        "comes back by a rollback, written",
        going_back,
        "in_progress",
        done("cancelled", "F"),
        done("in_progress", "F"),
        done("in_progress", "F"),
        back("cancelled", "F"),
    ),
)
"""In this order they are drawn."""
EVERY: Mapping[str, Row] = {row.state: row for row in TABLE}


def there(flow: Flow) -> str:
    """What prod holds."""
    return flow.world.tree(REPO, "main", "stages/prod")["stages/prod/x"].decode()
