"""What people said, and what was there when they said it: for the oracle, and from the world alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from app.core.model.records import Records
from tests.oracle.words import Word, group_of, read

if TYPE_CHECKING:
    from tests.simulation.world import World

MAY = ("write", "maintain", "admin")
BEGUN = ("locking", "writing", "in-review", "verifying")


class Hearing:
    """Remembers each word, and since when each row was seen, and seen to be under way."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._mail = 0
        self._said = 0
        self._arrived: dict[int, bool] = {}
        self._words: list[Word] = []
        self.first: dict[object, datetime] = {}
        self.begun: dict[str, datetime] = {}
        self.spent: dict[int, object] = {}
        """The words by which something was cancelled, and at which instant."""

    def after(self, records: Records) -> None:
        """Called after every step."""
        now = self._world.now
        keys = [f.id for f in records.freights] + [("order", o.id) for o in records.orders]
        keys += [("direct", r.id) for r in records.direct]
        for key in (*keys, *(promotion.id for promotion in records.promotions)):
            self.first.setdefault(key, now)
        for promotion in records.promotions:
            if promotion.state in BEGUN:
                self.begun.setdefault(promotion.id, now)
            elif not promotion.ended:
                self.begun.pop(promotion.id, None)

    def words(self) -> list[Word]:
        """In the order in which they were said."""
        self._take_mail()
        comments = self._world.forge.comments
        for number in [n for n in comments if n > self._said and not comments[n].is_bot]:
            self._said = number
            self._hear(number)
        return self._words

    def _take_mail(self) -> None:
        """Deliveries say which comments were told of at once, and who clicked."""
        mail = self._world.mail
        for place in range(self._mail, len(mail)):
            delivery, arrived = mail[place]
            body = json.loads(delivery.body)
            if delivery.event in ("issue_comment", "commit_comment"):
                self._arrived[body["comment"]["id"]] = arrived
            elif delivery.action == "requested_action":
                self._words.append(self._click(body, -place - 1, delivery.received_at))
        self._mail = len(mail)

    def _hear(self, number: int) -> None:
        said = self._world.forge.comments[number]
        on = said.pull if said.pull is not None else str(said.sha)
        role, told = self._world.forge.accounts.role(said.user), self._arrived.get(number, False)
        for place, line in enumerate(said.body.splitlines()):  # each a command of its own (rule C2)
            found = read(line)
            if found is None:
                continue
            group, force = group_of(line)
            skips = "--skip-gates" in line
            may = role in (MAY[1:] if skips else MAY)
            self._words.append(
                Word(
                    number * 100 + place, said.created_at, *found, on=on, may=may, told=told, who=said.user,
                    role=role, group=group, force=force, skips=skips,
                )
            )  # fmt: skip

    def _click(self, body: Mapping[str, dict], order: int, at: datetime) -> Word:
        run, who = body["check_run"], body["sender"]["login"]
        stage, verb = run["name"].rpartition(" / ")[2], body["requested_action"]["identifier"]
        role = self._world.forge.accounts.role(who)
        may, on = role in MAY, run["head_sha"]
        return Word(order, at, verb, stage, on=on, may=may, who=who, role=role, group=stage)
