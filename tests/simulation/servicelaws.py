"""Shows the oracle what external lock services hold, and every lock that is asked for, used and given back there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import AnyRequest, LockRequest
from tests.oracle import doors, judge, outside
from tests.oracle.moment import Moment
from tests.simulation.doors import Door
from tests.simulation.services import Service

if TYPE_CHECKING:
    from app.core.model.records import Promotion
    from tests.simulation.world import World

PATIENCE = 4
"""So many undisturbed looks in a row a wait may go unsaid."""


class AtServices:
    """Remembers under what each grant was given, and in which order locks were taken."""

    def __init__(self, world: World, moment: Callable[[], Moment]) -> None:
        self._world, self._moment = world, moment
        self._under: dict[tuple[int, object], set[outside.Use]] = {}
        self._owners: set[str] = set()
        self._orders: set[tuple[object, outside.Use, outside.Use]] = set()
        self._silent: dict[int, int] = {}
        for service in world.services.by_name.values():
            self._watch(service)
        if world.services.by_name:
            self._let_in, world.forge.lets_in = world.forge.lets_in, self._at_door

    def _watch(self, service: Service) -> None:
        service.gives = self._gives
        service.asks = lambda resource, owner, unsure: self._asks(
            (service.name, resource), owner, unsure=unsure
        )

    def now(self) -> outside.Outside:
        """What is so at the services."""
        made = self._world.services.by_name.values()
        for service in made:
            service.passes()
        return outside.Outside(
            held={(s.name, r): kept.owner for s in made for r, kept in s.kept.items()},
            changed={(s.name, r): at for s in made for r, at in s.changed.items()},
            taken={owner for s in made for owner in s.taken},
            lapsed={owner: at for s in made for owner, at in s.lapsed.items()},
            trouble={s.name: s.trouble for s in made if s.trouble is not None},
        )

    # --- while something happens ---

    def begins(self, row: Promotion) -> None:
        """*row*'s stage is about to be written, or merged."""
        if not self._world.services.by_name:
            return
        moment = self._moment()
        for request in moment.records.requests:
            if request.promotion == row.id and request.state == "held":
                self._judge(outside.written(moment, request, self._wanted(moment, request)))

    def _at_door(self, door: Door) -> None:
        """rule L41: jobs are let in there."""
        self._let_in(door)
        moment = self._moment()
        at = self._world.law.witness.doors.standing(door)
        request = doors.own(moment, at) or doors.joins(moment, at)
        if request is not None and request.state == "held" and not self._world.faults.late:
            self._judge(outside.written(moment, request, self._wanted(moment, request)))

    def _asks(self, use: outside.Use, owner: str, *, unsure: bool) -> None:
        if self._world.faults.late:
            return  # a worker that has lost its lease goes by what was
        self._judge(outside.asks(owner, use, unsure=unsure))
        records = self._world.records()
        claim = next((c for c in records.claims if c.owner == owner), None)
        if claim is None:
            return
        queued = {r.id for r in records.all_requests if r.state == "queued"}
        mine = [c for c in records.claims if c.request == claim.request and c.request in queued]
        for other in mine:
            before = (other.service, other.resource)
            if before == use or other.state != "held":
                continue
            if (records.in_force, use, before) in self._orders:
                self._judge([f"L27: {before} is taken before {use}, and the other way round"])
            self._orders.add((records.in_force, before, use))

    def _gives(self, owner: str) -> None:
        moment = self._moment()
        found = None if self._world.faults.late else outside.goes_on(moment, owner)
        if found is not None:
            request, use = found
            needed = self._wanted(moment, request) | self._uses(moment, request)
            self._judge(outside.gives_back(request, use, needed))

    # --- after every step ---

    def after(self, moment: Moment) -> None:
        services = self._world.services
        if not services.by_name:
            return
        services.told(clean=self._world.clean)
        late = {owner for s in services.by_name.values() for _, owner, _ in s.late}
        owners = {claim.owner for claim in moment.records.claims}
        for owner in self._owners - owners:
            self._judge(outside.forgotten(moment, owner, late))
        self._owners = owners
        for request in moment.records.all_requests:
            key = (request.id, request.granted_at)
            if request.state == "held" and key not in self._under:
                self._judge(outside.let_in(moment, request, self._wanted(moment, request)))
        self._waiting(moment)

    def _wanted(self, moment: Moment, request: AnyRequest) -> set[outside.Use]:
        """
        What it was granted under: by the file that was in force then, which the App went by; what
        landed out of turn asks late, and a rollback has what was granted before it.
        """
        key = (request.id, request.granted_at)
        if key not in self._under:
            found = self._uses(moment, request)
            if isinstance(request, LockRequest):
                passed = self._passed(moment, request)
                found = set() if request.out_of_turn else found if passed is None else passed
            self._under[key] = found
        return self._under[key]

    def _uses(self, moment: Moment, request: AnyRequest) -> set[outside.Use]:
        """What has to be granted outside by the file in force, also by that which the App knows."""
        plan = moment.plans(moment.records.in_force or "")
        known = set(plan.outside.values()) if plan else set()
        return known & outside.uses(moment, request)

    def _passed(self, moment: Moment, heir: LockRequest) -> set[outside.Use] | None:
        """rule L44: the uses of the grant that *heir* was given; None: it was given none."""
        for was in moment.records.requests:
            took = was.reason == LockReason.TAKEN_OVER and was.ended_at == heir.granted_at
            if took and was.stage == heir.stage:
                return self._under.get((was.id, was.granted_at), set())
        return None

    def _waiting(self, moment: Moment) -> None:
        """rule L31: who waits for nothing but a service says so."""
        queued = [r for r in moment.records.requests if r.state == "queued"]
        for request in queued if self._world.clean else ():
            titles = self._titles(moment, request)
            words = outside.silent(moment, request, titles) if titles else []
            self._silent[request.id] = self._silent.get(request.id, 0) + 1 if words else 0
            if self._silent[request.id] > PATIENCE:
                self._judge(words)

    def _titles(self, moment: Moment, request: LockRequest) -> list[str]:
        """What its run says, where nothing but a grant is missing; []: something else may be said."""
        row = next((p for p in moment.records.promotions if p.id == request.promotion), None)
        spot = moment.plan.spots.get(request.stage)
        held = any(hold.stage == request.stage for hold in moment.records.holds)
        if row is None or spot is None or held or row.ended or row.state != "locking":
            return []
        if spot.every or spot.merge or any(True for _ in moment.landed_jobs()):
            return []
        for group in request.groups:
            others = [r for r in moment.records.all_requests if group in r.groups]
            if any(
                (r.id != request.id and r.seq < request.seq) or r.state != "queued" for r in others
            ):
                return []
        wrong = judge.entering(moment, row)
        if [words for words in wrong if not words.startswith("G3")]:
            return []
        shown = self._world.forge.at.get(row.freight.sha, ())
        mine = [run.title for run in shown if run.name == f"stagelock / {row.stage}"]
        return mine[-1:]

    def owing(self, moment: Moment) -> Iterator[tuple[str, str]]:
        yield from outside.owing(moment)

    def at_rest(self) -> None:
        """15: nothing is left at a service in our name."""
        for service in self._world.services.by_name.values():
            service.passes()
            for resource, kept in service.ours():
                self._world.law.wrong(f"15: {kept.owner} has {service.name}: {resource} for ever")
        for claim in self._world.records().claims:
            self._world.law.wrong(f"15: {claim.owner} is {claim.state} at {claim.service} for ever")

    def _judge(self, wrong: list[str]) -> None:
        for words in wrong:
            self._world.law.wrong(words)
