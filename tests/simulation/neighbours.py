"""
An organisation: other repositories beside the one that is played, on the same store.

They are looked at by the real engine, when something has marked them, or when they said that they
would look again, and at each sweep: a lost wake-up stays lost until then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from app.core.model.installations import InstallationFact
from app.core.model.lock_requests import ForeignRequest, OwnRequest
from app.core.model.names import GroupName, Repo, Sha
from app.core.model.records import Records
from app.core.model.repository_change import RepoRecord
from app.engine.deliveries.intake import Intake
from app.engine.options import Options
from app.engine.queue.lease import Lease
from app.engine.queue.worker import backoff
from app.engine.reconcile import Reconciler
from app.errors import OutsideError, Transient
from app.ports.forge import Forge
from app.ports.git import GitMirrors
from app.ports.inbox import Delivery
from tests.oracle import organizations
from tests.oracle.organizations import Shared, qualified
from tests.simulation.faults import Faults
from tests.simulation.forge import GRANTED, SimForge
from tests.simulation.github import OWN_APP, Run
from tests.simulation.leasing import SimLease
from tests.simulation.mirror import SimMirrors
from tests.simulation.planning import Seeing
from tests.simulation.server import Server

if TYPE_CHECKING:
    from tests.simulation.world import World

ACCOUNT = 9
"""The organisation's number."""
SECOND, HOME = 2, 3
"""The numbers of the other repository, and of `.github`."""
SWEEP = timedelta(minutes=5)
METRICS = Seeing()
FILE = "stagelock-locks.yaml"


def shared_groups(document: dict) -> list[str]:
    """The groups that *document* takes from the organisation."""
    return [g for g, defined in document.get("locks", {}).items() if "scope" in defined]


class _Mirrors(SimMirrors):
    """*silent*: the host gives no answer."""

    silent = False

    def holds(self, repo: Repo, branch: str, path: str) -> bool:
        if self.silent:
            raise Transient("the host gives no answer")
        tip = self._server.tips.get(branch)
        return tip is not None and self._server.at(tip, path) is not None


class Neighbour:
    """One of the other repositories, and GitHub for it alone."""

    def __init__(self, world: World, number: int, name: str) -> None:
        self._world = world
        self.key, self.repo = f"repo-{number}", Repo(number, "acme", name, 1)
        self.server, faults = Server(lambda: world.now), Faults()
        self.forge = SimForge(self.repo, self.server, faults, lambda: world.now, self._wrong)
        self.forge.account, self.forge.spoken = world.forge.account, self._told
        self.mirrors = _Mirrors(self.server, faults, _nothing, _nothing)
        self.wake_at: datetime | None = None
        self._failures = self._told_of = 0
        world.store.repos.add(RepoRecord(number, "acme", name, 1, "main", comments_since=world.now))
        self._reconciler = Reconciler(
            store=world.store,
            forge=cast("Forge", self.forge),
            mirrors=cast("GitMirrors", self.mirrors),
            clock=world.clock,
            intake=Intake(world.store, lambda: OWN_APP),
            metrics=METRICS,
            options=Options(
                "https://github.test", timedelta(seconds=60), SWEEP, services=world.services.known
            ),
        )

    def _wrong(self, what: str) -> None:
        self._world.law.wrong(f"{self.repo.name}: {what}")

    def _told(self, run: Run) -> None:
        """GitHub's delivery about a check."""
        self._told_of += 1
        action = "created" if run.conclusion is None else "completed"
        told = {"id": run.id, "name": run.name, "head_sha": run.sha, "app": {"id": run.app_id}}
        names = {
            "id": self.repo.id,
            "full_name": f"acme/{self.repo.name}",
            "default_branch": "main",
        }
        body = json.dumps({"repository": names, "check_run": told}).encode()
        guid = f"{self.key}-{self._told_of}"
        delivery = Delivery(guid, "check_run", action, self.repo.id, 1, body, self._world.now)
        self._world.store.inbox.record(delivery, self.key)

    def look(self) -> None:
        """One look by the engine."""
        work, delay = self._world.store.work, None
        claim = self._world.claim(self.key)
        try:
            delay = self._reconciler.handle(claim, cast("Lease", SimLease(work, claim)))
            self._failures = 0
        except OutsideError:
            delay = backoff(self._failures)
            self._failures += 1
        work.finish(claim, delay)
        self.wake_at = None if delay is None else self._world.now + delay


def _nothing(*_: object) -> None:
    return None


class Organization:
    """Both of them, and what the last look at the organisation's file can have found."""

    def __init__(self, world: World, groups: Mapping[str, object]) -> None:
        self._world = world
        world.forge.account = InstallationFact(
            1, "acme", suspended=False, permissions=GRANTED, account_id=ACCOUNT, organization=True
        )
        world.store.installs.put(world.forge.account)
        self.home = Neighbour(world, HOME, ".github")
        self.second = Neighbour(world, SECOND, "api")
        self.groups, self.first = dict(groups), dict(groups)
        self.shared = Shared(readable=False)
        self.marked = {self.home.key, self.second.key}
        self.sweep_due = world.now + SWEEP
        self.woken = False
        """Somebody has marked the repository that is played."""
        self._live: dict[int, OwnRequest] = {}
        self._judged = datetime.min.replace(tzinfo=UTC)
        self._looks = 0
        self._beside: tuple[object, tuple[ForeignRequest, ...]] = (None, ())
        """Who else is in the groups, and what was so when that was read."""
        self.second.server.pushed.append(self._pushed)
        self.defines(groups)
        self.second.server.commit(
            "main", {"stagelock.yaml": _file(self.first, world.seed)}, "Begin"
        )

    # --- what is done there ---

    def defines(self, groups: Mapping[str, object] | None, *, text: bytes | None = None) -> None:
        """The organisation's file holds *groups*, or *text*; neither: it is removed."""
        self.groups = dict(groups or {})
        data = text
        if groups is not None:
            data = json.dumps({"version": 1, "locks": self.groups}).encode()
        files = {"README": b"ours", FILE: data}
        self.home.server.commit("main", files, "Change the locks")
        self._world.store.work.touch(self.home.key)

    def pushes(self, number: int) -> str:
        """The other repository has something new, which its stage is to get."""
        sha = self.second.server.commit("main", {"apps/x": str(number).encode()}, "work")
        self._world.store.work.touch(self.second.key)
        return sha[:7]

    def _pushed(self, _branch: str, _old: Sha | None, new: Sha | None) -> None:
        if new is not None and new not in self.second.server.people:
            self.second.forge.start(new, "e2e")

    # --- who is looked at ---

    @property
    def due(self) -> datetime | None:
        """When the next of them looks; they are swept only beside the one that is played."""
        times = [n.wake_at for n in (self.home, self.second) if n.wake_at is not None]
        return self._world.now if self.marked else min(times, default=None)

    def lives(self) -> None:
        """Who is marked, or is to look again, does."""
        now = self._world.now
        self.judge()
        if now >= self.sweep_due:
            self.sweep_due = now + SWEEP
            self.marked |= {self.home.key, self.second.key}
        for one in (self.home, self.second):
            if one.key in self.marked or (one.wake_at is not None and one.wake_at <= now):
                self.marked.discard(one.key)
                self._looks += 1
                one.look()
                if one is self.home:
                    self._found()
                self.judge()

    def _collects(self) -> None:
        """Take note of who is marked."""
        work = self._world.store.work
        while (claim := work.claim("marks", timedelta(seconds=30))) is not None:
            work.finish(claim, None)
            self.marked.add(claim.key)

    def _found(self) -> None:
        """What the look that was just made can have found."""
        if self.home.mirrors.silent:
            self.shared = Shared(False, self.shared.permits, self.shared.names)
            return
        server = self.home.server
        tip = server.tips["main"]
        if server.at(tip, FILE) is None:
            self.shared = Shared()
            return
        versions = (server.at(sha, FILE) for sha in server.line(tip))
        blobs = (server.objects.blob(entry.id) if entry else None for entry in versions)
        found = (organizations.read(ACCOUNT, blob) for blob in blobs)
        self.shared = next((one for one in found if one is not None), Shared(readable=False))

    # --- who judges ---

    def judge(self) -> None:
        """Called after every look, at whichever repository, and after what clients did."""
        self._collects()
        now = {request.id: request for request in self.requests()}
        over = [row for number, row in self._live.items() if number not in now]
        waits = [row for number, row in now.items() if number in self._live]
        waits = [row for row in waits if row.state == "queued"]
        marked = {int(key.removeprefix("repo-")) for key in self.marked}
        wrong = organizations.unwoken(over, waits, marked)
        for before in over:
            after = self._world.store.direct_locks.find(before.id)
            wrong += organizations.ended(self.shared, before, after) if after is not None else []
        for row in now.values():
            before_it = self._live.get(row.id)
            was = before_it.granted_at if before_it is not None else None
            anew = row.granted_at is not None and row.granted_at >= self._judged
            # Else an edit gave the stage of a grant this group, too (rules L14, E6).
            if row.state == "held" and row.granted_at != was and anew and not _visits(row):
                wrong += organizations.granted(self.shared, row)
                if row.repo_id != 1:
                    wrong += self._world.law.witness.holding.beside(row, list(now.values()))
        self._live, self._judged = now, self._world.now
        if "repo-1" in self.marked:
            self._world.wakes_now()
            self.marked.discard("repo-1")
        for words in wrong:
            self._world.law.wrong(words)

    def beside(self, records: Records) -> Records:
        """*records* of the repository that is played, with who else is in the groups."""
        at = (self._world.watched.changes, self._looks)
        if at != self._beside[0]:
            there = self._world.store.organizations.beside(1, self._names())
            self._beside = (at, there.requests)
        return replace(records, others=self._beside[1])

    def _names(self) -> list[GroupName]:
        return [GroupName(qualified(ACCOUNT, name)) for name in self.first]

    def requests(self) -> list[OwnRequest]:
        """Everything that is live in the groups of the organisation, whosever it is."""
        live = self._world.store.direct_locks.live
        found = {row.id: row for name in self._names() for row in live(HOME, name)}
        return list(found.values())

    def owing(self) -> dict[str, str]:
        """What must have been done after a few undisturbed looks."""
        return dict(organizations.owing(self.shared, list(self._live.values()), asleep={1}))

    # --- when all is calm ---

    def calm(self) -> None:
        """The file can be read, and defines everything."""
        self.home.mirrors.silent = False
        self.defines(self.first)

    def settled(self) -> bool:
        """Whether there was something left to do: checks end, green."""
        running = self.second.forge.unfinished()
        for run in running:
            self.second.forge.conclude(run, "success")
        return bool(running or self.marked)

    def at_rest(self) -> None:
        """15: nobody has anything, and the newest of the other repository has arrived."""
        for request in self.requests():
            self._world.law.wrong(
                f"15: {request.name} still has {request.groups} ({request.state})"
            )
        rows = self._world.store.history.load(SECOND).promotions
        for last in rows[-1:]:
            if last.state not in ("verified", "failed"):
                self._world.law.wrong(f"15: {last.freight.short} is {last.state} in {last.stage}")


def _visits(row: OwnRequest) -> bool:
    return bool(getattr(row, "out_of_turn", False))


def _file(groups: Mapping[str, object], seed: int) -> bytes:
    """The other repository's: one stage, which takes all of these groups, or some."""
    names = sorted(groups)[: 1 + seed % 2]
    weight = ("all", 1, 1)[seed % 3]
    stage = {
        "freight": "w", "path": "stages/n0", "lock": dict.fromkeys(names, weight),
        "steps": [{"uses": "copy", "with": {"from": "apps", "to": "web"}}],
        "verify": {"checks": ["e2e"]},
    }  # fmt: skip
    document = {
        "version": 1, "warehouses": {"w": {"paths": ["apps"]}}, "stages": {"n0": stage},
        "locks": {name: {"scope": "organization"} for name in names},
    }  # fmt: skip
    return json.dumps(document).encode()
