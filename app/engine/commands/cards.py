"""The pipeline cards: each is made once, edited in place, and found again by what it ends with."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from app.core.checkruns.cards import Card, by_stage, card, needing
from app.core.model.cards import FOUND, UNSURE, CardRecord
from app.core.model.names import FreightId, Repo
from app.core.model.pipeline import Pipeline
from app.core.model.snapshot import Snapshot
from app.core.planning.plan_result import Plan
from app.core.state.budget_shares import Importance
from app.core.state.carrying import carried_by_ours
from app.core.state.ledger import Ledger
from app.core.text.links import Site
from app.engine.commands.carriers import Carriers
from app.engine.commands.recall import Recall
from app.engine.queue.lease import Lease
from app.engine.queue.next_look import pause_after, soonest
from app.engine.survey.survey import Survey
from app.errors import Denied, Missing, Rejected, Transient
from app.ports import Clock, Forge, GitRepo, Store
from app.ports.store import Claim

SPACING = timedelta(seconds=60)
"""Between two edits of a card, unless what a person has to do has changed."""
SOUGHT = 20
"""So many freights, the newest, are asked about for the cards that a rebuild has found."""

log = logging.getLogger("stagelock.cards")


class Cards:
    """Brings the cards of one repository up to date. Everything is repeatable."""

    def __init__(self, store: Store, forge: Forge, clock: Clock, github_url: str) -> None:
        self._store = store
        self._forge = forge
        self._clock = clock
        self._url = github_url
        self._carriers = Carriers(store, forge, clock)

    def write(
        self,
        claim: Claim,
        lease: Lease,
        survey: Survey,
        git: GitRepo,
        snapshot: Snapshot,
        plan: Plan,
    ) -> timedelta | None:
        """
        Make the cards that a person is needed for, and edit those that are there.

        When to come again, where something is left for later; nothing else waits for that.
        """
        look = _Look(snapshot, plan, Site.of(snapshot.repo, self._url), survey.recall)
        fired = partial(survey.warehouses(snapshot).news, git)
        waits = [_patient(lambda: self._carriers.ask(claim, lease, snapshot, look.needs, fired))]
        sought = self._sought(look)
        if sought:
            newest = [freight.id for freight in snapshot.records.freights][: -SOUGHT - 1 : -1]
            ask = partial(self._carriers.ask, claim, lease, snapshot, newest, fired)
            waits.append(_patient(ask))
            sought = self._sought(look) if waits[-1] is not None else frozenset()
        for pull, needs in self._pulls(look).items():
            if pull in sought:
                continue
            lease.check()
            # One card that comes later keeps none of the others.
            waits.append(_patient(partial(self._one, claim, look, pull, needs)))
        return soonest(*waits)

    def _sought(self, look: _Look) -> frozenset[int]:
        """Pull requests whose cards a rebuild found, and of which nobody knows what they carry."""
        return frozenset(
            carded.pull
            for carded in self._store.cards.unfinished(look.repo.id)
            if carded.digest == FOUND
            and not look.carried(carded.pull, self._store.cards.carried(look.repo.id, carded.pull))
        )

    def _pulls(self, look: _Look) -> Mapping[int, frozenset[str]]:
        """The pull requests whose card may change, with what a person is needed for there."""
        repo_id, open_ones = look.repo.id, look.open_ours.items()
        needs_of = {
            pull: look.needs[freight] for pull, freight in open_ones if freight in look.needs
        }
        for freight, needs in look.needs.items():
            for carrier in self._store.cards.carriers(repo_id, freight):
                if carrier.pull:
                    needs_of[carrier.pull] = needs_of.get(carrier.pull, frozenset()) | needs
        for carded in self._store.cards.unfinished(repo_id):
            needs_of.setdefault(carded.pull, frozenset())
        return needs_of

    def _one(self, claim: Claim, look: _Look, pull: int, needs: frozenset[str]) -> timedelta | None:
        repo, now = look.repo, self._clock()
        before = self._store.cards.of(repo.id, pull)
        carried = look.carried(pull, self._store.cards.carried(repo.id, pull))
        if before is not None and not carried:  # so old that nobody remembers: it stays as it is
            self._store.cards.save(claim, repo.id, replace(before, over=True))
            return None
        wanted = look.card(pull, carried)
        record = _record(wanted, before.comment_id if before else None, needs, now)
        if before is None or before.comment_id is None:
            known = frozenset(before.needs) if before else frozenset()
            if needs <= known:
                self._settle(claim, repo, before, wanted)
                return None
            return look.making(partial(self._make, claim, repo, wanted, record, known))
        if before.digest == record.digest:
            if _differ(before, record):
                self._store.cards.save(
                    claim, repo.id, replace(record, written_at=before.written_at)
                )
            return None
        left = before.written_at + SPACING - now
        if left > timedelta() and set(before.needs) == needs:
            return left
        return self._edit(claim, repo, wanted, record, before)

    def _settle(self, claim: Claim, repo: Repo, before: CardRecord | None, wanted: Card) -> None:
        """There is no card, and no new reason to make one."""
        if before is not None and wanted.over and not before.over:
            self._store.cards.save(claim, repo.id, replace(before, over=True))

    def _make(
        self,
        claim: Claim,
        repo: Repo,
        wanted: Card,
        record: CardRecord,
        known: Collection[str],
    ) -> timedelta | None:
        """
        Comment, unless our comment is there: the answer of an earlier look was lost, or our records
        were. *known* are needs for which there was one.
        """
        try:
            there = self._find(repo, wanted)
            if there is not None:
                return self._edit(claim, repo, wanted, replace(record, comment_id=there), record)
            self._audit(claim, repo, wanted)
            made = self._forge.create_comment(repo, wanted.pull, wanted.text, Importance.CARD)
            record = replace(record, comment_id=made)
        except (Denied, Missing, Rejected) as error:
            log.warning("%s", error.message, extra={"action": "card.refused"})
            record = replace(record, needs=tuple(sorted({*known, *record.needs})))
        self._store.cards.save(claim, repo.id, record)
        return None

    def _edit(
        self, claim: Claim, repo: Repo, wanted: Card, record: CardRecord, before: CardRecord
    ) -> timedelta | None:
        """
        What is refused is not sent again; what was deleted is made again for a new need. Stored
        before: until there is an answer GitHub shows either of two.
        """
        assert record.comment_id is not None  # noqa: S101 # a card that is there
        unsure = replace(before, comment_id=record.comment_id, digest=UNSURE, over=False)
        self._store.cards.save(claim, repo.id, unsure)
        try:
            self._forge.update_comment(repo, "issue", record.comment_id, wanted.text)
        except Missing:
            gone = replace(record, comment_id=None)
            self._store.cards.save(claim, repo.id, replace(gone, needs=before.needs))
            if set(record.needs) <= set(before.needs):
                return None
            return self._make(claim, repo, wanted, gone, before.needs)
        except (Denied, Rejected) as error:
            log.warning("%s", error.message, extra={"action": "card.refused"})
        self._store.cards.save(claim, repo.id, record)
        return None

    def _find(self, repo: Repo, wanted: Card) -> int | None:
        """Our App's newest comment there that ends with the card's event id."""
        own = self._forge.app_id()
        ours = (c for c in self._forge.comments_on(repo, wanted.pull) if c.app_id == own)
        ours_there = [c.id for c in ours if f"`{wanted.event}`" in c.body.rpartition("<sub>")[2]]
        return ours_there[-1] if ours_there else None

    def _audit(self, claim: Claim, repo: Repo, wanted: Card) -> None:
        """The id that the comment ends with opens this entry."""
        said = {"kind": "card", "pull": wanted.pull, "answer": wanted.text[:2000]}
        self._store.history.audit(claim, repo.id, wanted.event, self._clock(), said)


class _Look:
    """What one tick knows; old attempts join the records where a card tells of them."""

    def __init__(self, snapshot: Snapshot, plan: Plan, site: Site, recall: Recall) -> None:
        self.repo, self._site, self._recall = snapshot.repo, site, recall
        self._pipeline = snapshot.config.pipeline or Pipeline({}, {})
        self._ledger = Ledger(snapshot, self._pipeline)
        self._verdicts = by_stage(plan)
        self.needs = needing(plan, site)
        promotions = snapshot.records.promotions
        self._ours = carried_by_ours(promotions)
        self.open_ours = carried_by_ours(
            promotion for promotion in promotions if not promotion.ended
        )
        self._later: timedelta | None = None

    def making(self, make: Callable[[], timedelta | None]) -> timedelta | None:
        """
        Make a card, unless one before it has to wait for our budget or as GitHub says: asking
        anew for each what stands there already would use up what promotions need.
        """
        if self._later is not None:
            return self._later
        try:
            return make()
        except Transient as error:
            if error.retry_after is not None:
                self._later = pause_after(error)
            raise

    def carried(self, pull: int, known: Sequence[FreightId]) -> Sequence[FreightId]:
        """What *pull* carries: *known*, or, if it is ours, what its newest promotion brings."""
        own = self._ours.get(pull)
        return known if own is None else (own,)

    def card(self, pull: int, freights: Sequence[FreightId]) -> Card:
        """What is to stand there now."""
        self._remember(freights)
        ours = pull in self._ours
        return card(self._ledger, self._verdicts, pull, freights, self._site, ours=ours)

    def _remember(self, freights: Sequence[FreightId]) -> None:
        before = now = self._ledger.snapshot
        for freight in freights:
            for stage in self._pipeline.stages.values():
                fed = stage.freight == freight.warehouse
                if fed and (stage.name, freight) not in self._verdicts:
                    now = self._recall(now, (), stage.name, freight)
        if now is not before:
            self._ledger = Ledger(now, self._pipeline)


def _record(wanted: Card, comment: int | None, needs: Collection[str], now: datetime) -> CardRecord:
    digest = hashlib.sha256(wanted.text.encode()).hexdigest()[:32]
    return CardRecord(wanted.pull, comment, digest, tuple(sorted(needs)), wanted.over, now)


def _differ(before: CardRecord, now: CardRecord) -> bool:
    return (before.needs, before.over) != (now.needs, now.over)


def _patient(act: Callable[[], timedelta | None]) -> timedelta | None:
    """When to come again, also where GitHub or a budget let us do no more now."""
    try:
        return act()
    except Transient as error:
        log.warning("%s", error.message, extra={"action": "card.put-off"})
        return pause_after(error)
