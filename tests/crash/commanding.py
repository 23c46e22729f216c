"""
Each command of the registry is played while the App dies between its acts, and the world ends alike.

An act is a call that changes something at GitHub or in Git, or a row that is stored. In its first
life after a command the App dies right after its first act, in the next after one of another kind,
until no kind is left. The tests let it die after each kind a few times in the whole story;
``python -m tests.crash commands`` after each kind in each step, and then after each single act, in
a world for each place in the order of acts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete

from app.core.text.cards import KEPT
from app.sandbox.demo.launch import SLUG
from app.sql.schema.tables import budget_spends
from tests.flows.around import EFFECTS
from tests.flows.harness import REPO, Flow, flowing
from tests.flows.mortal import Killed, Mortal

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
    approve: {count: 1}
locks:
  floor: {permits: 1}
  gate: {permits: 1}
"""
ROWS = frozenset(
    {
        "add_order", "spend_orders", "roll_back", "save_command", "save_promotions", "save_run",
        "set_hold", "end_hold", "set_block", "end_block", "set_approval", "end_approvals",
        "request", "grant", "end", "requeue", "suspect", "take_over", "force",
        "ask", "leave", "lapse", "save", "note",
    }
)  # fmt: skip
"""What is stored of a command and of what it begins."""
PARTS = ("history", "locks", "direct_locks", "cards")


@dataclass(frozen=True)
class Step:
    """
    Somebody comments *text* on the commit of freight number *on*; *finishes*: then `e2e` ends so on
    what landed there. *pushes*: before it a new freight comes.
    """

    text: str
    on: int = 0
    by: str = "bob"
    finishes: str = ""
    pushes: bool = False


STEPS = (
    Step("/stagelock help"),
    Step("/stagelock status"),
    Step("/why prod"),
    Step("/approve prod"),
    Step("/unapprove prod"),
    Step("/approve prod"),
    Step("/promote prod"),
    Step("/hold dev busy"),
    Step("/resume dev", pushes=True),
    Step("/cancel e2e", on=1, finishes="failure"),
    Step("/retry e2e", on=1, finishes="success"),
    Step("/promote prod --skip-gates it burns", on=1, by="carol"),
    Step("/rollback prod", on=1),
    Step("/resume prod", on=1),
    Step("/block {1} it leaks", on=1),
    Step("/allow {1}", on=1),
    Step("/lock gate for 30m a look", on=1),
    Step("/unlock gate", on=1),
    Step("/lock gate for 30m a look", on=1),
    Step("/unlock gate --force stuck", on=1, by="carol"),
)


class Dying(Mortal):
    """
    An App that dies right after acts: in each step after each kind of act once, but at most *often*
    in all steps; or, with *place*, after that act of each step alone, counted from 1.
    """

    def __init__(self, flow: Flow, place: int | None = None, often: int = 1000) -> None:
        self._place, self._often, self._armed = place, often, False
        self._acts = 0
        self.died: list[str] = []
        """After what, in the step that goes on."""
        self.deaths: Counter[str] = Counter()
        super().__init__(flow, PARTS)

    def step(self) -> None:
        """From now on it dies anew."""
        self._armed, self._acts, self.died = True, 0, []

    def beside(self, when: str, name: str) -> None:
        if not self._armed or when != "after" or name not in EFFECTS | ROWS:
            return
        self._acts += 1
        one = self._place is not None
        new = name not in self.died and self.deaths[name] < self._often
        if (self._acts == self._place and not self.died) if one else new:
            self.died.append(name)
            self.deaths[name] += 1
            raise Killed

    def lately(self) -> Sequence[object]:
        return self.died


def play(flow: Flow, dying: Dying | None = None) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every step, with how the world is after it."""
    settle = dying.settle if dying else flow.settle
    files = {"stagelock.yaml": PIPELINE, "apps/web/index.html": "0"}
    flow.world.create_repo(REPO, files=files)
    flow.world.set_role(REPO, "carol", "maintain")
    freights = [flow.tip()]
    settle()
    _ends(flow, freights[0], "success")
    settle()
    for number, step in enumerate(STEPS):
        if step.pushes:
            change = {"apps/web/index.html": str(number)}
            freights.append(flow.world.push(REPO, "main", change, message="Go on"))
            settle()
        if dying:
            dying.step()
        text = step.text.replace("{1}", freights[-1][:12])
        flow.world.comment(REPO, freights[step.on], text, by=step.by)
        settle()
        if step.finishes:
            _ends(flow, freights[step.on], step.finishes)
            settle()
        _later(flow)
        settle()
        yield step.text, picture(flow)


def _ends(flow: Flow, freight: str, conclusion: str) -> None:
    flow.world.finish_check(REPO, flow.landed("e2e", freight), "e2e", conclusion)


def _later(flow: Flow) -> None:
    """Texts that waited are due, and GitHub lets us write again."""
    flow.clock.ahead += timedelta(minutes=2)
    with flow.app.store.database.write("a minute is over") as connection:
        connection.execute(delete(budget_spends))
    for record in flow.app.store.repos.all():
        flow.app.store.work.touch(f"repo-{record.id}")


def picture(flow: Flow) -> dict[str, object]:
    """How the world is, free of ids and times."""
    line = flow.world.log(REPO, "main")[::-1]
    people = [c.sha for c in line if "Stagelock-Stage" not in c.message]
    names = {sha[:7]: f"<{place}>" for place, sha in enumerate(people)}

    def told(text: str) -> str:
        text = re.sub(r"\b[0-9a-f]{7,40}\b", lambda m: names.get(m[0][:7], "<ours>"), text)
        volatile = r"event `\w+`|(\d{4}-\d\d-\d\d )?\d\d:\d\d|\d+ (s|min)\b|[a-z0-9]{13}`|:\d{5}/"
        return re.sub(volatile, "", text)

    records, said = flow.records(), flow.world.comments(REPO)
    places = Counter(c.number for c in said if KEPT in c.body)
    return {
        "files": flow.world.tree(REPO, "main", "stages"),
        "commits": [told(c.message.splitlines()[0]) for c in line],
        "promotions": sorted(
            (told(p.freight.sha), p.stage, p.state, p.reason) for p in flow.promotions()
        ),
        "runs": {
            (told(sha), name): (run.conclusion or run.status, told(run.title or ""))
            for sha in people
            for name in ("dev", "e2e", "prod", "lock / floor")
            if (run := flow.run(sha, name)) is not None
        },
        "holds": [(h.stage, told(h.reason)) for h in records.holds],
        "blocks": [told(b.reason) for b in records.blocks],
        "approvals": [(a.stage, a.login) for a in records.approvals],
        "locks": Counter((r.stage, r.state) for r in records.requests),
        "people": [(d.groups, d.state) for d in records.direct],
        "pulls": [(told(p.title), p.state, bool(p.merged_at)) for p in flow.world.pulls(REPO)],
        "said": [
            told(c.body) for c in said if KEPT not in c.body and c.user.login != f"{SLUG}[bot]"
        ],
        "replies": sorted(
            told(c.body) for c in said if KEPT not in c.body and c.user.login == f"{SLUG}[bot]"
        ),
        "eyes": [len(c.reactions) for c in said if c.user.login != f"{SLUG}[bot]"],
        "cards": {place: (count, _card(told, said, place)) for place, count in places.items()},
        "branches": sorted(flow.world.branches(REPO)),
    }


def _card(told: Callable[[str], str], said: Any, place: int | None) -> str:
    return told(next(c.body for c in said if KEPT in c.body and c.number == place))


def calm(root: Path) -> list[tuple[str, Mapping[str, object]]]:
    """How the world is after each step, where nothing dies."""
    with flowing(root) as flow:
        return list(play(flow))


def storm(
    root: Path,
    expected: list[tuple[str, Mapping[str, object]]],
    place: int | None = None,
    often: int = 1000,
) -> Dying:
    """The same with deaths; AssertionError at the first step that ends otherwise."""
    with flowing(root) as flow:
        dying = Dying(flow, place, often)
        for (text, now), (_, before) in zip(play(flow, dying), expected, strict=True):
            wrong = {key: (before[key], now[key]) for key in now if now[key] != before[key]}
            assert not wrong, f"{text}, after it died at {dying.died}: {wrong}"
        return dying
