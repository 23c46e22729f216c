"""
Jobs that ask for a lock with GitHub's token, and may join their stage's grant (L17, L24, L25, L36, L58, L62, L83).

Who may, and who must, is read from what GitHub knows: whose job it is, on which commit, and whether it goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.core.model.names import GroupName
from tests.oracle import waits, weights
from tests.oracle.moment import Moment
from tests.oracle.outside import uses, vouched
from tests.oracle.words import of_group

if TYPE_CHECKING:
    from app.core.model.ci_jobs import JobRequest
    from app.core.model.lock_requests import AnyRequest, DirectRequest, LockRequest
    from app.core.model.records import Promotion
    from tests.oracle.pipeline import Spot

HOLDING = ("held", "suspect", "releasing")
MAY_FORCE = ("maintain", "admin")
UNANSWERED = timedelta(minutes=5)
"""rule L62: so long nobody answers, and the request of a job whose promotions have ended ends."""
PAUSE = timedelta(minutes=10)
"""rule Z5: what had no answer is asked again by then."""
SLACK = timedelta(minutes=2)


@dataclass(frozen=True)
class Asker:
    """
    A job, as GitHub knows it now, whose lock request is *request*. *commit* is what its token says,
    *head* the commit of its run. *names*: which jobs it may be (all of its run's, where the token
    names none). *newest*: no later attempt of its run has begun. *over*: it has ended, *run_over*:
    the attempt has. *beside*: the requests that held *group* when it asked. *answered*: GitHub has
    told of its run since then; *silent_since*: there has been no answer from then on.
    """

    request: int
    group: str
    run: int
    commit: str
    head: str
    names: tuple[str, ...]
    file: str = ""
    newest: bool = True
    foreign: bool = False
    over: bool = False
    run_over: bool = False
    alive: bool = True
    beside: frozenset[int] = frozenset()
    answered: bool = True
    silent_since: datetime | None = None

    @property
    def true(self) -> bool:
        """rules L17, L58: what its token says is what GitHub says of its run, which goes on."""
        right = self.commit == self.head and self.newest and not self.foreign
        return right and not self.over


def _rows(moment: Moment, asker: Asker) -> Iterator[tuple[LockRequest, Promotion]]:
    """The stages' grants of the group that are not over nor taken away, and whose they are."""
    rows = {promotion.id: promotion for promotion in moment.records.promotions}
    for request in moment.records.requests:
        holds = request.state in HOLDING and not request.ended_by
        if holds and asker.group in request.groups and request.promotion in rows:
            yield request, rows[request.promotion]


def speaking(moment: Moment, asker: Asker) -> list[LockRequest]:
    """The grants for whose promotions the commit of the token may speak (rule V2)."""
    return [
        request
        for request, row in _rows(moment, asker)
        if (landed := _landed(row)) and moment.holds(landed, asker.commit)
    ]


def _landed(row: Promotion) -> str | None:
    return row.landed or (row.intent.commit if row.intent else None)


def _awaits(spot: Spot, asker: Asker) -> bool:
    by_name = any(_is(rule, name) for rule in spot.verify for name in asker.names)
    return by_name or (spot.workflow is not None and spot.workflow == asker.file)


def _is(rule: str, name: str) -> bool:
    return rule == name or (rule.endswith("*") and name.startswith(rule[:-1]))


def may_join(moment: Moment, asker: Asker) -> list[LockRequest]:
    """The grants that it may have a part in, in any reading."""
    rows = {promotion.id: promotion for promotion in moment.records.promotions}
    return [
        request
        for request in speaking(moment, asker)
        if asker.true and any(_awaits(s, asker) for s in moment.spots(rows[request.promotion]))
    ]


def must_join(moment: Moment, asker: Asker) -> LockRequest | None:
    """The grant of the stage that awaits it on the very commit that landed, not beyond the permits."""
    if not asker.true:
        return None
    for request, row in _rows(moment, asker):
        spots = moment.spots(row)
        on_it = row.landed == asker.commit and all(moment.reachable(row, spot) for spot in spots)
        awaited = bool(spots) and all(_awaits(spot, asker) for spot in spots)
        if on_it and awaited and _vouched(moment, request) and not _crowded(moment, request, asker):
            return request
    return None


def _vouched(moment: Moment, request: LockRequest) -> bool:
    """rule L41: no service has, or may have, taken away what it holds outside, whatever the file says."""
    mine = [claim for claim in moment.records.claims if claim.request == request.id]
    held = moment.outside.held
    kept = all(c.state == "held" and held.get((c.service, c.resource)) == c.owner for c in mine)
    return kept and all(vouched(moment, request, use) for use in uses(moment, request))


def _crowded(moment: Moment, request: LockRequest, asker: Asker) -> bool:
    """rule L58: it holds beyond the permits, beside others than *asker* itself."""
    others = [
        other
        for other in moment.records.all_requests
        if other.id not in (request.id, asker.request)
        and asker.group in other.groups
        and other.state in HOLDING
    ]
    group = GroupName(asker.group)
    took = weights.taken(moment.plan, [*others, request], group)
    return request.out_of_turn and bool(others) and took > moment.plan.permits.get(group, 1)


# --- what happens ---


def joined(moment: Moment, asker: Asker, part: JobRequest, row: DirectRequest | None) -> list[str]:
    """*part* is new: its job, whose request *row* is, has a part in the grant that it names."""
    grant = next((r for r in moment.records.requests if r.id == part.joined), None)
    if grant is None:
        return [f"L58: the run {asker.run} joins the grant {part.joined}, which is not there"]
    name, wrong = f"the run {asker.run} joins {grant.stage}'s grant of {asker.group}", []
    if not asker.over and grant.state in HOLDING and grant not in may_join(moment, asker):
        wrong.append(f"L58: {name}, which does not await it")
    if grant.state in HOLDING and _crowded(moment, grant, asker):
        wrong.append(f"L58: {name}, beside others who hold it")
    if not asker.answered:
        wrong.append(f"L62: {name}, and GitHub has not told of it")
    for group, token in row.tokens.items() if row is not None else ():
        if grant.tokens.get(group) != token:
            wrong.append(f"L17: {name}, and is told {token}, not {grant.tokens.get(group)}")
    if row is not None and row.tokens and dict(row.permits) != _permits(grant, row):
        wrong.append(f"L17: {name}, and has {dict(row.permits)}, not {_permits(grant, row)}")
    return wrong


def _permits(grant: LockRequest, row: DirectRequest) -> dict[GroupName, tuple[str, ...]]:
    return {group: names for group, names in grant.permits.items() if group in row.groups}


def let_in(moment: Moment, asker: Asker) -> list[str]:
    """Its own request is granted just now (what others hold: `holders.let_in`)."""
    name = f"the run {asker.run} is let in to {asker.group} by itself"
    mine = must_join(moment, asker)
    if mine is not None and mine.id in asker.beside:
        return [f"L17: {name}, and {mine.stage}, whose job it is, has it"]
    on_it = (r for r, row in _rows(moment, asker) if row.landed == asker.commit)
    here = [request for request in on_it if request.id in asker.beside]
    if here and not asker.answered:
        return [f"L62: {name}, and GitHub has not told whether it is {here[0].stage}'s job"]
    return []


def ended(
    moment: Moment, asker: Asker, before: DirectRequest, row: DirectRequest, *, by_client: bool
) -> list[str]:
    """Its own request, which was *before* when it was seen last, is over, and it has no part."""
    words = of_group(moment.words, asker.group, "unlock", "release")
    forced = any(word.role in MAY_FORCE and word.force for word in words)
    late = row.expires_at is not None and moment.now >= row.expires_at
    if by_client or forced or (late and (before.state == "queued" or row.read_at is None)):
        return []
    if before.state == "queued" and row.state == "rejected":
        known = asker.group in moment.plan.permits
        return [f"L38: {row.name} is rejected, and {asker.group} is there"] if known else []
    if before.state == "queued" and row.state == "timed-out" and waits.over(moment, row):
        return []
    if before.state == "queued" and row.state == "timed-out":
        return _timed_out(moment, asker, row)
    if row.state == "released" and (asker.over or asker.run_over):
        return []  # rule L25; of a part: rule L17
    return [f"L36: {row.name} loses {asker.group} ({row.state}, {row.reason}), and its job may run"]


def _timed_out(moment: Moment, asker: Asker, row: DirectRequest) -> list[str]:
    """rule L62: not before its promotions have ended, and nobody has answered for 5 minutes."""
    rows = {p.id: p for p in moment.records.promotions}
    waiting = [r for r in may_join(moment, asker) if not rows[r.promotion].ended]
    if waiting:
        return [f"L62: {row.name} is told no, and {waiting[0].stage} still awaits it"]
    since = asker.silent_since
    if since is None or moment.now + moment.apart < since + UNANSWERED:
        return [f"L62: {row.name} is told no, and GitHub has been silent since {since}"]
    return []


def part_over(
    moment: Moment, asker: Asker, grant: LockRequest | None, *, by_client: bool
) -> list[str]:
    """rule L17: its part in *grant* has ended."""
    if by_client or asker.over or grant is None or grant.ended_by or grant.state == "forced":
        return []
    return [f"L17: the run {asker.run} loses its part in {grant.stage}'s grant, and goes on"]


def gives_back(request: LockRequest, inside: Collection[Asker]) -> list[str]:
    """rule L17: *request* is about to end by itself; *inside* have a part, and did not give it back."""
    return [
        f"L17: {request.stage} gives back {', '.join(request.groups)}, and the run {asker.run}, which joined, goes on"
        for asker in inside
        if not asker.over
    ]


def queues_itself(
    moment: Moment,
    request: LockRequest,
    running: Collection[int],
    waits: Mapping[int, Collection[str]],
) -> bool:
    """
    rule L83: *request* is a visitor's, beyond the permits, and each of the jobs that run because of
    it waits by itself for all that it takes.
    """
    row = next((p for p in moment.records.promotions if p.id == request.promotion), None)
    ended_at = row.ended_at if row is not None else None
    if not request.out_of_turn or ended_at is None or ended_at > request.requested_at:
        return False
    beyond = (
        weights.taken(moment.plan, _holders(moment, group), group)
        > moment.plan.permits.get(group, 1)
        for group in request.groups
    )
    whole = (set(request.groups) <= set(waits.get(number, ())) for number in running)
    return any(beyond) and bool(running) and all(whole)


def _holders(moment: Moment, group: GroupName) -> list[AnyRequest]:
    requests = moment.records.all_requests
    return [r for r in requests if group in r.groups and r.state in HOLDING]


def told(call: str, token: int | None, grant: LockRequest | None, status: int) -> list[str]:
    """rules L17, L37: what a job that has a part in *grant* was told of its *call* with *token*."""
    good = grant is not None and grant.state in HOLDING and token in grant.tokens.values()
    if call == "heartbeat" and good != (status == 200):
        state = grant and grant.state
        return [f"L37: a heartbeat with {token} is answered {status}, and the grant is {state}"]
    if call == "release" and good and status != 200:
        return [f"L17: a job may not give back its part: {status}"]
    return []


def asked(before: int, number: int, *, live: bool) -> list[str]:
    """rules L24, L35: asked with the same key again: the same request while that lives, else a new one."""
    if (before == number) == live:
        return []
    return [f"L35: asked again, {before} {'lives' if live else 'is over'}, and {number} answers"]


# --- what must have been done ---


def owing(moment: Moment, there: Collection[Asker]) -> Iterator[tuple[str, str]]:
    """(key, sentence) while it has not."""
    queued = {row.id: row for row in moment.records.direct if row.state == "queued"}
    unjudged = {ask.request: ask for ask in moment.records.job_requests if not ask.judged}
    for asker in there:
        row = queued.get(asker.request)
        if row is None or not asker.alive:
            continue
        ask, mine = unjudged.get(asker.request), must_join(moment, asker)
        if mine is not None and asker.silent_since is None:
            words = (
                f"L17: the run {asker.run} waits for {asker.group}, which {mine.stage} has for it"
            )
            yield f"join {asker.request}", words
        if ask is not None and asker.silent_since is not None and speaking(moment, asker):
            yield from _doubted(moment, asker, row, ask)
        if ask is not None and not speaking(moment, asker):
            yield f"judge {asker.request}", f"L62: {row.name} waits for an answer to nothing"


def _doubted(
    moment: Moment, asker: Asker, row: DirectRequest, ask: JobRequest
) -> Iterator[tuple[str, str]]:
    """rule L62: a reason, and an end where what it may verify has ended."""
    if not ask.doubt or not row.reason:
        yield (
            f"doubt {asker.request}",
            f"L62: {row.name} waits for {asker.group}, and nobody says why",
        )
    rows = {p.id: p for p in moment.records.promotions}
    over = all(rows[request.promotion].ended for request in speaking(moment, asker))
    since = asker.silent_since
    if over and since and moment.now - moment.apart > since + UNANSWERED + PAUSE + SLACK:
        yield f"no {asker.request}", f"L62: {row.name} waits since {since}, and is not told no"
