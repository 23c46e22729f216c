"""One repository with everything around it: the real App, a server, a forge, time, and faults."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

from app.core.model.names import Repo, Sha
from app.core.model.pipeline import Pipeline, Stage
from app.core.model.repository_change import RepoRecord
from app.core.state.organization_groups import qualified
from app.engine.deliveries.intake import Intake
from app.engine.options import Options
from app.engine.queue.lease import Lease
from app.engine.queue.worker import backoff
from app.engine.reconcile import Reconciler
from app.engine.survey.config_in_force import FILE, parsed
from app.errors import Conflict, OutsideError, Transient
from app.ports.forge import Forge
from app.ports.git import GitMirrors
from app.ports.inbox import Delivery
from app.ports.store import Claim, Store
from tests.simulation import guarding, laws
from tests.simulation.accounts import NUMBERS
from tests.simulation.asking import Askings
from tests.simulation.ci import CI
from tests.simulation.clients import Clients
from tests.simulation.database import emptied
from tests.simulation.faults import Crash, Faults
from tests.simulation.forge import SimForge
from tests.simulation.github import OWN_APP
from tests.simulation.leasing import LEASE, SimLease
from tests.simulation.mirror import Clone, SimMirrors
from tests.simulation.neighbours import ACCOUNT, Organization, shared_groups
from tests.simulation.pipelines import text
from tests.simulation.planning import Seeing
from tests.simulation.server import Server
from tests.simulation.serving import Services
from tests.simulation.storing import WatchedStore, with_past

# Far ahead of the database's own clock, which tells old check runs from new ones.
START = datetime(2100, 3, 1, 9, 0, tzinfo=UTC)
REPO = Repo(1, "acme", "shop", 1)
SWEEP = timedelta(minutes=5)
SKEWS = tuple(timedelta(seconds=seconds) for seconds in (0, -45, 30))
FARTHEST = max(SKEWS) - min(SKEWS)
METRICS = Seeing()


class World:
    """Everything there is, at one instant; *story* is what happened so far, for people."""

    def __init__(self, document: dict, seed: int = 0) -> None:
        self.now, self.seed, self.document = START, seed, document
        self._pipelines: dict[Sha, Pipeline | None] = {}
        self.story: list[str] = []
        self.store = emptied()
        self.faults = Faults(now=lambda: self.now.timestamp())  # noqa: PLW0108 - "now" moves
        self.watched = WatchedStore(self.store, self.faults, lambda what: laws.broken(self, what))
        self.faults.stalled, self.faults.raced = self._stalled, self._raced
        self.faults.meanwhile = self._meanwhile
        self.services = Services(self)
        self.server = Server(lambda: self.now)
        self.forge = SimForge(
            REPO, self.server, self.faults, lambda: self.now, lambda what: laws.broken(self, what)
        )
        self.forge.base_of = lambda head: laws.base_of(self, head)
        self.forge.chance = self.chance
        self.ci, self.jobs, self.clients = CI(self), Askings(self), Clients(self)
        guarding.Guard(self)
        self.skew = self.off = timedelta(0)
        """How far the newest worker's clock is off, and how far those of any two may be apart."""
        self.clone = Clone(self.server.objects)
        self.sweep_due: datetime | None = None
        """When the sweep finds what a lost delivery told of."""
        self.law = laws.Laws(self)
        self.watched.gives_back = self.law.locks.gives_back
        self.watched.ordered = self.law.words.ordered
        self.seeing = METRICS
        self.seeing.last, self.seeing.looks = None, []
        self.wake_at: datetime | None = None
        self.seen: dict[str, Sha] = {}  # the tips when the tick began: what the App may know
        self.failures = self.boots = self.deliveries = 0
        self.mail: list[tuple[Delivery, bool]] = []
        """What GitHub has sent, and whether it arrived."""
        self.arrived: set[int] = set()
        """The checks of others of which some delivery arrived."""
        self.clean = True  # the last tick went through without an error
        self.watched.repos.add(RepoRecord(1, "acme", "shop", 1, "main", comments_since=START))
        self.watched.installs.put(self.forge.installation(1))
        self.organization = self._organization()
        self.boot()

    def _organization(self) -> Organization | None:
        """The other repositories, where some group is theirs, too."""
        shared = shared_groups(self.document)
        return Organization(self, {g: self._permits(g) for g in shared}) if shared else None

    def _permits(self, group: str) -> dict:
        """What the organisation's file says of *group* at first."""
        given = (1, 1, 2, [f"{group}-1", f"{group}-2"], 3)[self.chance(f"permits of {group}") // 20]
        return {"permits": given}

    # --- the App ---

    def boot(self) -> None:
        """A fresh process over the same store."""
        self.boots += 1
        self.reconciler = self._reconciler()

    def change_machine(self, skew: timedelta) -> None:
        """Another worker takes over: its mirror is new, and its clock another one."""
        self.skew, self.clone = skew, Clone(self.server.objects)
        if skew:
            self.off = FARTHEST
        self.boot()

    def _reconciler(self) -> Reconciler:
        mirrors = SimMirrors(
            self.server,
            self.faults,
            self.law.push,
            self.law.begins,
            self.clone,
            self.law.witness.lines.saw,
        )
        # They implement their ports as far as ticks use them.
        return Reconciler(
            store=cast("Store", self.watched),
            forge=cast("Forge", self.forge),
            mirrors=cast("GitMirrors", mirrors),
            clock=self.clock,
            intake=Intake(cast("Store", self.watched), lambda: OWN_APP),
            metrics=METRICS,
            options=Options(
                "https://github.test", timedelta(seconds=60), SWEEP, services=self.services.known
            ),
        )

    def tick(self) -> None:
        """One claim and what comes of it; then the laws are held against everything."""
        self.jobs.lives()
        self.clients.lives()
        if self.organization is not None:
            self.organization.lives()
        self.server.arrive()
        self.forge.take_effect()
        self.seen = dict(self.server.tips)
        swept = self.sweep_due if self.sweep_due and self.now >= self.sweep_due else None
        if swept:
            self.sweep_due = None
            guarding.swept(self)
        self._claimed(self.reconciler)
        for words in self.faults.fired:
            self.tell(f"  ({words})")
        self.faults.fired.clear()
        if swept and not self.clean:
            self.sweep_due = swept
        self.law.after()
        if self.organization is not None:
            self.organization.judge()
        self.now += timedelta(seconds=1)

    def claim(self, key: str) -> Claim:
        """Begin to work on *key*: whoever else is marked goes on being so."""
        work = self.store.work
        work.touch(key)
        while (claim := work.claim(f"worker-{self.boots}", LEASE)) is not None:
            if claim.key == key or self.organization is None:
                return claim
            work.finish(claim, None)
            self.organization.marked.add(claim.key)
        raise AssertionError("the repository is not free")

    def wakes_now(self) -> None:
        """Somebody else has marked the repository."""
        self.wake_at = min(self.wake_at or self.now, self.now)

    def _claimed(self, reconciler: Reconciler) -> None:
        work = self.store.work
        claim = self.claim("repo-1")
        self.watched.claim = claim
        self.clean = self.faults.late = False
        try:
            delay = reconciler.handle(claim, cast("Lease", SimLease(work, claim)))
        except Crash:
            work.take_over("")
            self.boot()
            self.wake_at = self.now + timedelta(seconds=1)
            return
        except OutsideError as error:
            delay = backoff(self.failures)
            if isinstance(error, Transient) and error.retry_after is not None:
                delay = max(delay, timedelta(seconds=error.retry_after))
            self.failures += 1
            self.tell(f"  (the tick ends: {error.message}; again in {delay})")
        else:
            self.failures = 0
            self.clean = True
        try:
            work.finish(claim, delay)
        except Conflict:
            self.clean = False
            return  # another worker has it, and says when to look again
        self.wake_at = None if delay is None else self.now + delay

    def _stalled(self) -> None:
        """The lease lapses, another process does a whole tick, then the first one wakes up."""
        self.store.work.take_over("")
        self.boots += 1
        self._claimed(self._reconciler())

    def _raced(self, branch: str) -> None:
        if branch.startswith("stagelock/") or branch not in self.server.tips:
            return
        self.server.commit(branch, {"docs/raced.txt": str(self.now).encode()}, "a hotfix")

    def _meanwhile(self) -> None:
        """A person pushes to one of the stages' branches while the App is thinking."""
        branches = sorted({self.branch(s) for s in self.pipeline.stages.values()})
        found = [b for b in branches if b in self.server.tips]
        self._raced(found[self.deliveries % len(found)] if found else "main")

    # --- time and deliveries ---

    def clock(self) -> datetime:
        """What the clock of the newest worker says."""
        return self.now + self.skew

    def tell(self, words: str) -> None:
        self.story.append(f"{self.now:%d %H:%M:%S}  {words}")

    wakes = 45
    """So often at most something wakes up while `passes` lets time pass."""

    def passes(self, minutes: float) -> None:
        """Time passes, and what was to wake up does."""
        until = self.now + timedelta(minutes=minutes)
        looks = 0
        while looks < self.wakes:
            others = self.organization.due if self.organization is not None else None
            due = (self.wake_at, self.sweep_due, self.services.due, *self._by_others, others)
            wakes = [at for at in due if at is not None and at <= until]
            if not wakes:
                break
            self.now = max(self.now, min(wakes))
            if self.services.due is not None and self.services.due <= self.now:
                self.services.renew()
            elif any(at is not None and at <= self.now for at in self._by_others):
                self.jobs.lives()
                self.clients.lives()
            elif self.organization is not None and others is not None and others <= self.now:
                looks += 1
                self.organization.lives()
            else:
                looks += 1
                self.tick()
        self.now = max(self.now, until)

    @property
    def _by_others(self) -> tuple[datetime | None, ...]:
        """When jobs and clients do something by themselves."""
        return self.jobs.due, self.clients.due

    def deliver(self, event: str, action: str, body: dict, times: int = 1) -> None:
        """A webhook's POST, stored so many times (0: on its way, or lost); ticks take it in."""
        self.deliveries += 1
        whole = {
            "repository": {"id": 1, "full_name": "acme/shop", "default_branch": "main"},
            **body,
        }
        guid, data = f"guid-{self.deliveries}", json.dumps(whole).encode()
        self.mail.append((Delivery(guid, event, action, 1, 1, data, self.now), times > 0))
        for _ in range(times):
            self.arrive(len(self.mail) - 1)

    def arrive(self, place: int) -> None:
        """A delivery is POSTed: for the first time, late, or again."""
        delivery = self.mail[place][0]
        self.mail[place] = (delivery, True)
        if delivery.event == "check_run":
            self.arrived.add(json.loads(delivery.body)["check_run"]["id"])
        self.watched.inbox.record(replace(delivery, received_at=self.now), "repo-1")

    def comment(self, on: int | Sha, body: str, user: str, *, delivered: int = 1) -> None:
        """A person comments; the delivery may be lost or doubled."""
        said = self.forge.say(on, body, user)
        account = {"id": NUMBERS.get(user, 100), "login": user, "type": "User"}
        fields = {"id": said.id, "user": account, "body": body, "created_at": self.now.isoformat()}
        if isinstance(on, int):
            inner = {"issue": {"number": on, "pull_request": {}}, "comment": fields}
            event = "issue_comment"
        else:
            inner, event = {"comment": {**fields, "commit_id": on}}, "commit_comment"
        self.deliver(event, "created", {**inner, "sender": account}, delivered)

    def click(self, run, verb: str, user: str = "ann", *, delivered: int = 1) -> None:
        """A person presses a button of one of our runs."""
        account = {"id": NUMBERS.get(user, 100), "login": user, "type": "User"}
        shown = {"id": run.id, "name": run.name, "head_sha": run.sha, "app": {"id": OWN_APP}}
        shown["external_id"] = run.external_id
        body = {"check_run": shown, "sender": account, "requested_action": {"identifier": verb}}
        self.deliver("check_run", "requested_action", body, delivered)

    # --- what is so ---

    @property
    def pipeline(self) -> Pipeline:
        """The newest valid version on main, read by the real parser."""
        for sha in self.server.line(self.server.tips.get("main")):
            found = self.pipeline_at(sha)
            if found is not None:
                return found
        raise AssertionError("there never was a valid pipeline")

    def pipeline_at(self, sha: Sha) -> Pipeline | None:
        if sha not in self._pipelines:
            entry = self.server.at(sha, FILE)
            data = self.server.objects.blob(entry.id) if entry is not None else None
            found = parsed(data, "main").pipeline if data is not None else None
            self._pipelines[sha] = qualified(found, ACCOUNT) if found is not None else None
        return self._pipelines[sha]

    def branch(self, stage: Stage) -> str:
        return stage.branch or "main"

    def records(self):
        """All of them, also what a look begins without."""
        found = with_past(self.store, self.watched.history.load(1))
        return found if self.organization is None else self.organization.beside(found)

    # --- CI ---

    def configure(self, document: dict, message: str = "Change the pipeline") -> Sha:
        self.document = document
        return self.server.commit("main", {FILE: text(document)}, message)

    def chance(self, about: str) -> int:
        """0..99, by the seed and what it is about: not by the order of events."""
        return zlib.crc32(f"{self.seed} {about}".encode()) % 100

    def checks_for(self, stage: Stage) -> list[str]:
        return [rule.pattern.replace("*", "-a") for rule in stage.verify]
