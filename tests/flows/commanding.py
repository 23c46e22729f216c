"""
Every command, once a row: what is typed, who may, what has to be there before, and what it does.

By the rules C of `docs/behaviour.md`. What counts is what happens, and how the reply begins.
"""

from __future__ import annotations

from functools import partial

from tests.flows.arriving import Looks, Row, Target, Way, say
from tests.flows.harness import REPO, Flow

REFUSED = "Not done: "
CHECKED = ("verify: {checks: [test-STAGE]}",)
CLOSED = ("auto: false", "windows: {deny: ['2020-01-01..2090-01-01 UTC']}")
ALWAYS: dict[Way, str] = {"refused by state": "a question is answered in every state"}


def holds(text: str) -> Looks:
    """The stage holds this."""

    def there(flow: Flow, target: Target) -> bool:
        path = f"stages/{target.stage}/web/index.html"
        return flow.world.tree(REPO, "main", "stages").get(path) == text.encode()

    return there


def state(name: str) -> Looks:
    return lambda flow, target: flow.state(target.freight, target.stage) == name


def held_by(*people: str) -> Looks:
    """They have the target's group, or wait for it."""

    def there(flow: Flow, target: Target) -> bool:
        found = [r.name for r in flow.records().direct if target.group in r.groups]
        return found == list(people)

    return there


def on_hold(flow: Flow, target: Target) -> bool:
    return target.stage in {hold.stage for hold in flow.records().holds}


def blocked(flow: Flow, target: Target) -> bool:
    return target.freight in {block.freight.sha for block in flow.records().blocks}


def approved(flow: Flow, target: Target) -> bool:
    return target.stage in {approval.stage for approval in flow.records().approvals}


def no(look: Looks) -> Looks:
    return lambda flow, target: not look(flow, target)


def said(words: str, flow: Flow, target: Target) -> None:
    """Bob said that before."""
    _, [reply] = say(flow, target.on, target.of(words), "bob")
    assert not reply.startswith(REFUSED), reply


question = partial(
    Row,
    may="carol",
    may_not="erin",
    lack="needs *read*; you have no access",
    senseless=ALWAYS,
)
maintainers = partial(
    Row, may="alice", may_not="bob", lack="needs *maintain*; you have *write*", again=REFUSED
)
command = partial(Row, done="Done: ", again=REFUSED)

ROWS: tuple[Row, ...] = (
    question("help", "/stagelock help", done="| command | needs |", again="| command | needs |"),
    question("status", "/stagelock status", done="| stage | holds |", again="| stage | holds |"),
    question("why", "/why STAGE", done="`STAGE`: **verified**", again="`STAGE`: **verified**"),
    command(
        "promote",
        "/promote STAGE",
        done="Accepted: `STAGE` promotes ",
        took=holds("new"),
        keys=("auto: false",),
        bound=True,
    ),
    maintainers(
        "promote",
        "/promote STAGE --skip-gates the site is down",
        done="Accepted: `STAGE` promotes ",
        took=holds("new"),
        keys=CLOSED,
        bound=True,
    ),
    command(
        "retry",
        "/retry STAGE",
        done="Accepted: ",
        took=state("in_progress"),
        keys=CHECKED,
        before=partial(said, "/cancel STAGE"),
        bound=True,
    ),
    command(
        "approve", "/approve STAGE", took=holds("new"), keys=("approve: {count: 1}",), bound=True
    ),
    command(
        "unapprove",
        "/unapprove STAGE",
        took=no(approved),
        keys=("approve: {count: 2}",),
        before=partial(said, "/approve STAGE"),
    ),
    command("cancel", "/cancel STAGE", took=state("cancelled"), keys=CHECKED, bound=True),
    command(
        "hold",
        "/hold STAGE until 2h nothing on fridays",
        again="Done: ",
        took=on_hold,
        senseless={"refused by state": "it takes the place of the hold that is there"},
    ),
    command(
        "resume",
        "/resume STAGE",
        took=no(on_hold),
        before=partial(said, "/hold STAGE nothing on fridays"),
    ),
    command(
        "block",
        "/block FREIGHT it leaks",
        again="Done: ",
        took=blocked,
        contents=("old", "new"),
        senseless={"refused by state": "it takes the place of the block that is there"},
    ),
    command(
        "allow",
        "/allow FREIGHT",
        took=no(blocked),
        contents=("old", "new"),
        before=partial(said, "/block FREIGHT it leaks"),
    ),
    command(
        "rollback",
        "/rollback STAGE",
        done="Accepted: `STAGE` goes back from ",
        took=holds("old"),
        contents=("old", "new"),
    ),
    command(
        "lock",
        "/lock GROUP looking at the logs",
        done="Granted: `GROUP` is held by `@bob`",
        again="Done: `GROUP` is held by `@bob`",
        took=held_by("@bob"),
        senseless={"refused by state": "who has it prolongs, and everybody else queues"},
    ),
    command(
        "unlock",
        "/unlock GROUP",
        took=held_by(),
        before=partial(said, "/lock GROUP looking at the logs"),
        may_not="frank",
        lack="needs *maintain*; you have *write*",
    ),
    maintainers(
        "unlock",
        "/unlock GROUP --force they are away",
        done="Done: ",
        took=held_by(),
        before=partial(said, "/lock GROUP looking at the logs"),
    ),
)
