"""
The real store, with faults around every write, and without reading twice what nobody changed.

Most of a seed's time would be reading: all writes pass here, so what was read stays true until one
of those that concern it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any

from app.core.model.lock_requests import DirectRequest, LockRequest
from app.core.model.past_questions import PastQuestion
from app.core.model.records import Order, Records
from app.ports.store import Claim
from app.sql import SqlStore
from app.sql.locks import job_requests, parts, requests
from app.sql.records import (
    approvals,
    blocks,
    commands,
    freights,
    holds,
    introductions,
    pending_deployments,
    promotions,
    runs,
    service_claims,
    told_of,
)
from tests.simulation.faults import Faults

DIRECT = frozenset({"ask", "leave", "lapse", "let_in"})
"""What a look does to the requests of people and clients; what these do themselves is no effect of ours."""
JOBS = frozenset({"join", "alone", "doubt"})
"""How a look judges the jobs that may join a grant; that a part has ended is an `end`, as in `locks`."""
WAITING = frozenset({"ask", "place", "attempt", "answer"})
"""What changes who waits at environments."""
TOLD = frozenset({"told", "seen_to"})
"""What deliveries say of commits as which something landed, and that a look has seen to it."""
# Each read that is remembered, by the writes that outdate it.
READS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "history": {
        "open_commands": frozenset(
            {
                "add_command",
                "save_command",
                "set_hold",
                "end_hold",
                "set_block",
                "end_block",
                "roll_back",
                "set_approval",
                "end_approvals",
                *DIRECT,
                "force",
            }
        ),
        "runs_of": frozenset({"save_run"}),
        "runs_on": frozenset({"save_run"}),
        "order": frozenset({"add_order", "spend_orders", "roll_back"}),
        "promotion": frozenset({"save_promotions"}),
    },
    "inbox": {"pending": frozenset({"record", "done"})},
    "repos": {"get": frozenset({"add", "change"})},
}
WRITES: Mapping[str, frozenset[str]] = {
    "cards": frozenset({"save", "note"}),
    "history": frozenset(
        {
            "mint", "save_promotions", "add_order", "spend_orders", "save_run", "set_in_force",
            "add_command", "save_command", "audit", "set_hold", "end_hold", "set_block", "end_block",
            "roll_back", "introduce",
            "set_approval", "end_approvals",
        }
    ),
    "locks": frozenset(
        {
            "request", "grant", "occupy", "requeue", "suspect", "revive", "probe", "end", "take_over",
            "force",
        }
    ),
    "direct_locks": DIRECT,
    "pending_deployments": WAITING,
    "inbox": frozenset({"done"}),
    "checks": frozenset({"keep", "outdate", "told", "seen_to"}),
    "job_requests": JOBS | {"end"},
    "service_claims": frozenset({"begin", "save", "renewed", "forget"}),
}  # fmt: skip
PARTS: Mapping[str, frozenset[str]] = {
    "freights": frozenset({"mint"}),
    "freights_cut": frozenset({"mint"}),
    "promotions": frozenset({"save_promotions"}) | WRITES["locks"] | DIRECT | JOBS | TOLD,
    "told": TOLD,
    "cut": frozenset({"save_promotions"}),
    "requests": WRITES["locks"] | DIRECT | JOBS | TOLD,
    "direct": WRITES["locks"] | DIRECT | JOBS,
    "groups": WRITES["locks"] | DIRECT | JOBS,
    "holds": frozenset({"set_hold", "end_hold", "roll_back"}),
    "blocks": frozenset({"set_block", "end_block"}),
    "approvals": frozenset({"set_approval", "end_approvals"}),
    "orders": frozenset({"add_order", "spend_orders", "roll_back"}),
    "runs": frozenset({"save_run", "save_promotions"}),
    "in_force": frozenset({"set_in_force"}),
    "claims": frozenset({"claims", "take_over"}),
    "others": frozenset(),
    "queues": frozenset(),
    "pending": WAITING,
    "job_requests": WRITES["locks"] | DIRECT | JOBS,
    "parts": WRITES["locks"] | DIRECT | JOBS,
    "introduction": frozenset({"introduce"}),
}
"""
The parts of `Records`, by the writes that change them: none where that is not played (other
repositories of an organisation). `claims`: any write of what services hold.
"""
KNOWN = {field.name for field in fields(Records)} == set(PARTS)


class Watched:
    """A part of the store whose writes are effects: a crash may come before or after each."""

    def __init__(self, part: object, name: str, store: WatchedStore) -> None:
        self._part, self._name, self._store = part, name, store
        self._reads = READS.get(name, {})
        self._known: dict[tuple[Any, ...], object] = {}

    def __getattr__(self, name: str):
        if name in self._reads:
            made = self._remembering(name)
        elif name in WRITES.get(self._name, ()) or any(name in w for w in self._reads.values()):
            made = self._writing(name)
        else:
            return getattr(self._part, name)
        self.__dict__[name] = made
        return made

    def reread(self) -> None:
        """Another process may have written."""
        self._known.clear()

    def _remembering(self, name: str):
        read = getattr(self._part, name)

        def called(*args):
            key = (name, *(tuple(arg) if isinstance(arg, list) else arg for arg in args))
            if key not in self._known:
                self._known[key] = read(*args)
            return self._known[key]

        return called

    def _writing(self, name: str):
        write, faults = getattr(self._part, name), self._store.faults
        call = f"{self._name}.{name}"
        fails = name in WRITES.get(self._name, ())

        def called(*args, **kwargs):
            if fails:
                faults.before_store(call)
            if name in ("end", "requeue", "take_over") and self._name == "locks":
                self._store.gives_back(args[1], kwargs.get("by", ""))
            if name in ("add_order", "roll_back"):
                self._store.ordered(args[2])
            self._store.changed("claims" if self._name == "service_claims" else name)
            self._outdate(name, args)
            if self._name in ("locks", "direct_locks"):
                self._store.history.reread()  # they store the command that they carry out, too
            result = write(*args, **kwargs)
            if isinstance(args[0], Claim):
                self._store.written_by(args[0], call)
            if fails:
                faults.after_store(call)
            return result

        return called

    def _outdate(self, write: str, args: tuple[Any, ...]) -> None:
        """Forget what *write* changes: of check runs only what was read of their commit."""
        reads = {read for read, writes in self._reads.items() if write in writes}
        commit = args[2].sha if write == "save_run" else None
        gone = [
            key for key in self._known if key[0] in reads and (commit is None or commit in key[-1])
        ]
        for key in gone:
            del self._known[key]


class History(Watched):
    """Reads only the parts of a repository's records that may have changed."""

    def load(self, repo_id: int) -> Records:
        return self._store.records(repo_id)


class WatchedStore:
    """Implements `Store`, over the real one."""

    def __init__(self, store: SqlStore, faults: Faults, wrong: Callable[[str], None]) -> None:
        self.store, self.faults, self._wrong = store, faults, wrong
        self.inbox = Watched(store.inbox, "inbox", self)
        self.repos = Watched(store.repos, "repos", self)
        self.history = History(store.history, "history", self)
        self.locks = Watched(store.locks, "locks", self)
        self.checks = Watched(store.checks, "checks", self)
        self.cards = Watched(store.cards, "cards", self)
        self.pending_deployments = Watched(store.pending_deployments, "pending_deployments", self)
        self.work: object = store.work
        self.budget, self.lines = store.budget, store.lines
        self.installs, self.views = store.installs, store.views
        self.organizations = store.organizations
        self.service_claims = Watched(store.service_claims, "service_claims", self)
        self.job_requests = Watched(store.job_requests, "job_requests", self)
        self.direct_locks = Watched(store.direct_locks, "direct_locks", self)
        self._stale, self._records = set(PARTS), Records()
        self.gives_back: Callable[[int, str], None] = lambda _request, _by: None
        """Told of each lock request that is going to end or to queue again, and by whom."""
        self.ordered: Callable[[Order], None] = lambda _order: None
        """Told of what a person asks for, just before it is stored."""
        self.changes = 0
        """How often something was written that decisions are made of."""
        self.jobs_ask = False
        """Some job has shown GitHub's token: else nobody reads what such jobs ask for."""
        self.claim: Claim | None = None
        """The newest: whoever comes with an older one is outdated."""

    def written_by(self, claim: Claim, call: str) -> None:
        """2: what an outdated worker stores is refused."""
        mine = self.claim is not None and claim.key == self.claim.key
        if mine and self.claim is not None and claim.fence != self.claim.fence:
            self._wrong(f"2: {call} was stored for a worker that had lost its lease")

    def changed(self, write: str) -> None:
        self.changes += any(write in writes for writes in PARTS.values())
        self._stale |= {part for part, writes in PARTS.items() if write in writes}

    def records(self, repo_id: int) -> Records:
        """What `History.load` gives."""
        if not KNOWN:
            return self.store.history.load(repo_id)
        if self._stale:
            known = {f.name: getattr(self._records, f.name) for f in fields(Records)}
            self._records = Records(**(known | self._read(repo_id)))
            self._stale = set()
        return self._records

    def _read(self, repo_id: int) -> dict[str, object]:
        if self._stale & {"in_force"}:
            whole = self.store.history.load(repo_id)
            return {field.name: getattr(whole, field.name) for field in fields(Records)}
        with self.store.database.read("read what changed") as connection:
            asked = cache(lambda: requests.load(connection, repo_id))
            minted = cache(lambda: freights.newest(connection, repo_id))
            reading: dict[str, Callable[[], object]] = {
                "freights": minted,
                "freights_cut": lambda: len(minted()) == freights.NEWEST,
                "promotions": lambda: promotions.load(connection, repo_id),
                "cut": lambda: promotions.cuts(connection, repo_id),
                "requests": lambda: tuple(r for r in asked() if isinstance(r, LockRequest)),
                "direct": lambda: tuple(r for r in asked() if isinstance(r, DirectRequest)),
                "groups": lambda: requests.groups_in(connection, repo_id),
                "holds": lambda: holds.load(connection, repo_id),
                "blocks": lambda: blocks.load(connection, repo_id),
                "approvals": lambda: approvals.load(connection, repo_id),
                "orders": lambda: commands.load_orders(connection, repo_id),
                "runs": lambda: runs.load(connection, repo_id),
                "claims": lambda: service_claims.load(connection, repo_id),
                "pending": lambda: pending_deployments.load(connection, repo_id),
                "job_requests": lambda: (
                    job_requests.load(connection, repo_id) if self.jobs_ask else ()
                ),
                "parts": lambda: parts.load(connection, repo_id),
                "introduction": lambda: introductions.load(connection, repo_id),
                "told": lambda: told_of.load(connection, repo_id),
            }
            return {part: reading[part]() for part in self._stale}

    def truthful(self, repo_id: int) -> bool:
        """What was remembered is what is stored."""
        return self.records(repo_id) == self.store.history.load(repo_id)


def with_past(store: SqlStore, records: Records) -> Records:
    """Every promotion, however old: the laws judge by all of them."""
    if not records.cut:
        return records
    rows = {promotion.id: promotion for promotion in records.promotions}
    for stage, cut in records.cut.items():
        before, more = cut, True
        while more:
            page = store.history.past(1, PastQuestion(stage, before=before))
            rows |= {promotion.id: promotion for promotion in page.promotions}
            before, more = min((p.number for p in page.promotions), default=0), page.more
    return replace(records, promotions=tuple(sorted(rows.values(), key=lambda row: row.number)))
