"""A sweep over two installations, and GitHub as it sees it."""

import threading
from datetime import UTC, datetime, timedelta
from typing import cast

from app.core.model.facts import RepoFact
from app.core.model.installations import AppFact, InstallationFact
from app.core.model.names import Repo, Sha
from app.core.model.repository_change import RepoChange
from app.engine.deliveries.intake import Intake
from app.engine.deliveries.sweep import Sweep
from app.engine.queue.lease import Lease
from app.ports.forge import Forge
from app.ports.git import GitMirrors
from app.ports.store import Claim

NOW = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)


EVERY = timedelta(minutes=5)


TIP = "a" * 40


class Outside:
    """GitHub and its Git server as far as a sweep asks them: the state is in plain dicts."""

    def __init__(self):
        self.installed = {3: [("shop", 7), ("api", 8)]}
        self.suspended = set()
        self.granted = {"contents": "write"}
        self.archived = set()
        self.tips = {7: {"main": TIP}, 8: {"main": TIP}}
        self.failed = []
        self.redelivered = []
        self.asked_tips = []
        self.kept = []
        self.comments = {}
        self.at_environments = {}
        self.troubles = {}
        self.listed = self.all_listed = lambda: None
        """Called between GitHub's answer and its arrival."""

    def app(self):
        self._maybe_fail("app")
        return AppFact(1, "stagelock")

    def installation(self, installation_id):
        self._maybe_fail(f"installation-{installation_id}")
        return InstallationFact(installation_id, "acme", False, self.granted)

    def installations(self):
        found = [
            InstallationFact(number, "acme", number in self.suspended, self.granted)
            for number in self.installed
        ]
        self.all_listed()
        return found

    def repositories(self, installation_id):
        self._maybe_fail(f"installation-{installation_id}")
        found = [
            RepoFact(Repo(number, "acme", name, installation_id), "main", number in self.archived)
            for name, number in self.installed.get(installation_id, [])
        ]
        self.listed()
        return found

    def ls_remote(self, repo):
        self.asked_tips.append(repo.id)
        self._maybe_fail(f"repo-{repo.id}")
        return self.tips[repo.id]

    def upkeep(self, known):
        self._maybe_fail("disk")
        self.kept.append(known)

    def comments_since(self, repo, since):
        return [c for c in self.comments.get(repo.id, []) if c.updated_at >= since]

    def waiting(self, repo, *, everywhere):
        return self.at_environments.get(repo.id, [])

    def failed_deliveries(self, since):
        self._maybe_fail("deliveries")
        return [(number, guid) for number, guid, at in self.failed if at >= since]

    def redeliver(self, delivery_id):
        self._maybe_fail(f"delivery-{delivery_id}")
        self.redelivered.append(delivery_id)

    def _maybe_fail(self, what):
        if what in self.troubles:
            raise self.troubles[what]


class House:
    def __init__(self, store):
        self.store = store
        self.outside = Outside()
        self.now = NOW
        self.stopping = threading.Event()
        self.sweep = self.new_process()

    def new_process(self):
        return Sweep(
            store=self.store,
            forge=cast("Forge", self.outside),  # as far as a sweep asks
            mirrors=cast("GitMirrors", self.outside),
            clock=lambda: self.now,
            intake=Intake(self.store, lambda: 1),
            every=EVERY,
        )

    def run(self):
        return self._under("sweep", self.sweep.everything)

    def sync(self, installation_id):
        return self._under(f"installation-{installation_id}", self.sweep.installation)

    def _under(self, key, handler):
        self.store.work.touch(key)
        claims: list[Claim] = []
        while not claims or claims[-1].key != key:
            claims.append(self.store.work.claim("test", timedelta(seconds=30)))
        try:
            return handler(claims[-1], Lease(self.store.work, claims[-1], stopping=self.stopping))
        finally:
            for claim in claims:
                delay = None if claim is claims[-1] else timedelta()
                self.store.work.finish(claim, delay)

    def due(self):
        keys = set()
        while claim := self.store.work.claim("test", timedelta(seconds=30)):
            keys.add(claim.key)
            self.store.work.finish(claim, None)
        return keys

    def remember_tips(self):
        """What the ticks of both repositories would have stored."""
        for record in self.store.repos.all():
            tips = {name: Sha(tip) for name, tip in self.outside.tips[record.id].items()}
            self.store.repos.change(record.id, RepoChange(tips=tips))

    def why(self, repo_id):
        return self.store.repos.get(repo_id).unavailable
