"""Shows the oracle the locks of people and clients, and people's leave, as they come and go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from app.core.model.lock_requests import DirectRequest, LockRequest, OwnRequest
from app.core.model.names import GroupName, Sha
from tests.oracle import approvals, holders, waits, weights
from tests.oracle.moment import Moment
from tests.simulation.joinlaws import AtJobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.core.model.lock_requests import AnyRequest
    from app.core.model.names import FreightId
    from tests.simulation.world import World

CACHED = timedelta(minutes=6)
"""rule C29: what GitHub said of a person counts for 5 minutes."""


class Holding:
    """Remembers who had what, and the highest token of each group."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._live: dict[int, DirectRequest] = {}
        self._judged: set[object] = set()
        self._tokens: dict[GroupName, int] = {}
        self.clients: dict[int, str] = {}
        """The requests of clients, by number: their owners know of them."""
        self.wanted: dict[int, int] = {}
        """How many permits a client asked for, by the number of its request; 0: all."""
        self._was: tuple[DirectRequest, ...] = ()
        """Who was live after the step before."""
        self._groups: dict[tuple[int, object], tuple[GroupName, ...]] = {}
        self._given: set[int] = set()
        self.jobs = AtJobs(world)

    def answered(
        self, row: DirectRequest, call: str, token: int | None, status: int,
        after: DirectRequest | None,
    ) -> None:  # fmt: skip
        """A client's call was answered; *row* is how it was before."""
        if call == "release" and status == 200:
            self._given.add(row.id)
        self._judge(holders.answered(row, call, token, status, after))

    def after(self, moment: Moment) -> None:
        """Called after every step."""
        records, self._was = moment.records, tuple(self._live.values())
        self.jobs.after(moment)
        self._directs(moment)
        self._judge(self._world.clients.left_alone())
        granted = [r for r in records.all_requests if r.state in holders.HOLDING and r.granted_at]
        new = [r for r in granted if not getattr(r, "out_of_turn", False)]
        new = [r for r in new if self._new((r.id, r.granted_at))]
        for request in new:
            self._judge(holders.let_in(moment, request))
            was = holders.given_by(records, request)
            if was is not None and isinstance(request, LockRequest):
                self._judge(weights.inherited(moment, request, was))
            else:
                over = self._over(moment, request)
                self._judge(weights.granted(moment, request, self._asked(request), over))
        self._beyond(moment)
        for group in sorted({group for request in new for group in request.tokens}):
            for request in sorted(new, key=lambda r: r.tokens.get(group, 0)):
                if group in request.tokens:
                    self._judge(holders.rises(request, {group: self._tokens.get(group, 0)}))
                    self._tokens[group] = request.tokens[group]
        for request in records.requests:
            if request.state == "forced" and self._new(("forced", request.id)):
                self._judge(holders.forced(moment, request))
            if request.state == "timed-out" and self._new(("timed out", request.id)):
                self._judge(waits.timed_out(moment, request))
        for approval in records.approvals:
            if self._new(approval):
                self._judge(approvals.recorded(moment, approval))
        for promotion in records.promotions:
            if self._new(("skips", promotion.id)):
                self._judge(approvals.asked(moment, promotion))

    def beside(self, request: OwnRequest, live: Collection[OwnRequest]) -> list[str]:
        """*request*, of another repository, was granted just now; *live* is whoever is there."""
        moment = self._world.law.witness.moment()
        stages = tuple(row for row in live if isinstance(row, LockRequest))
        direct = tuple(row for row in live if isinstance(row, DirectRequest))
        records = replace(moment.records, requests=stages, direct=direct, others=())
        there = replace(moment, records=records)
        asked = self.wanted.get(request.id, 1) if isinstance(request, DirectRequest) else None
        return [*holders.let_in(there, request), *weights.granted(there, request, asked)]

    def _asked(self, request: AnyRequest) -> int | None:
        """How many permits somebody asked for; None: the file says it."""
        return self.wanted.get(request.id, 1) if isinstance(request, DirectRequest) else None

    def _over(self, moment: Moment, request: AnyRequest) -> list[AnyRequest]:
        """Who was there when *request* was granted, and is no more: several things happen in a step."""
        at, there = request.granted_at, moment.records
        stages = [r for r in there.requests if r.ended_at and at and r.ended_at >= at]
        return [*stages, *(row for row in self._was if row not in there.direct)]

    def _beyond(self, moment: Moment) -> None:
        """What is taken without a turn: by visitors, and under a grant since an edit."""
        for request in moment.records.requests:
            if request.state not in holders.HOLDING:
                continue
            if request.out_of_turn and self._new(("visits", request.id, request.granted_at)):
                self._judge(weights.visits(moment, request))
            had = self._groups.setdefault((request.id, request.granted_at), request.groups)
            more = [group for group in request.groups if group not in had]
            self._groups[request.id, request.granted_at] = request.groups
            self._judge(weights.spread(moment, request, more))

    def _directs(self, moment: Moment) -> None:
        now = {row.id: row for row in moment.records.direct}
        for number, row in now.items():
            if number not in self._live:
                self._judge(holders.made(moment, row))
            if row.kind == "client" and not row.by_job:
                self.clients[number] = row.owner
            was = self._live.get(number)
            if row.state == "suspect" and was is not None and was.state == "held":
                self._judge(holders.suspected(was, row))
        for number, before in self._live.items():
            ended = self._world.store.direct_locks.find(number) if number not in now else None
            if isinstance(ended, DirectRequest) and ended.by_job:
                self.jobs.ended(moment, before, ended)
            elif isinstance(ended, DirectRequest):
                self._judge(holders.ended(moment, before, ended, by_client=number in self._given))
        self._live = now

    def owing(self, moment: Moment) -> Iterator[tuple[str, str]]:
        """What must have been done."""
        yield from holders.owing(moment)
        yield from waits.owing(moment)
        yield from approvals.owing(moment)
        yield from self.jobs.owing(moment)

    # --- what the oracle may ask ---

    def roles(self, login: str) -> set[str]:
        return self._world.forge.accounts.since(login, CACHED + 2 * self._world.off)

    def authors(self, moment: Moment, stage: str, freight: FreightId) -> set[str]:
        """
        rule G2: who wrote what *freight* brings to *stage*: whoever can be meant, however it is
        read: since what landed there last, or its own change alone.
        """
        rows = [row for row in moment.rows(stage) if row.freight != freight]
        bases = [str(row.freight.sha) for row in rows[-2:]]
        return self._since(
            freight.sha, [*bases, *self._world.server.objects.fact(freight.sha).parents]
        )

    def _since(self, sha: str, bases: list[str]) -> set[str]:
        server, found = self._world.server, set[str]()
        holds = server.objects.is_ancestor
        for base in bases or [""]:
            ahead, seen = [sha], set[str]()
            while ahead:
                at = ahead.pop()
                if at in seen or (base and holds(Sha(at), Sha(base))):
                    continue
                seen.add(at)
                parents = server.objects.fact(Sha(at)).parents
                ahead += parents
                found.add(server.author(Sha(at)) if at in server.people else "")
        return found - {""}

    def _new(self, key: object) -> bool:
        if key in self._judged:
            return False
        self._judged.add(key)
        return True

    def _judge(self, wrong: list[str]) -> None:
        for words in wrong:
            self._world.law.wrong(words)
