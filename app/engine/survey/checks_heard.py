"""
What GitHub says of commits: asked within the limits of a tick, and remembered as rows.

A delivery about a commit, and the sweep's time, make its row outdated; after 14 days without a
change only a delivery does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.core.evidence.attempts import at_rest
from app.core.model.facts import CommitChecks
from app.core.model.names import Repo, Sha
from app.core.model.questions import MINTING, ChecksQuestion, HeardQuestion
from app.core.model.snapshot import Snapshot
from app.ports import Forge
from app.ports.check_rows import CheckRows, KnownChecks
from app.ports.store import Claim

FOR_MINTING = 20
FOR_A_PROMOTION = 2
"""Further commits that are asked about in one tick, for all warehouses and for each promotion."""
EARLIER = "earlier"
FOR_EARLIER = 10
"""Commits that a tick asks about for what landed earlier, where no delivery told of them."""
LOOKED_AT = timedelta(days=14)
SILENCE = timedelta(seconds=40)
"""Where nothing has been said yet, something may begin at any moment: `ears` asks each time."""
REPEATED = 50_000


@dataclass(frozen=True, slots=True)
class Memory:
    """Where what was said of commits is remembered."""

    rows: CheckRows
    """Where it is stored."""
    claim: Claim
    sweep: timedelta
    """How often lost deliveries are made up for."""
    repeated: dict[tuple[int, Sha], datetime] = field(default_factory=dict)
    """
    When this process last had the same answer again, by repository and commit: that is no news, and
    not worth a row. A process that does not know asks once more.
    """

    def again(self, repo_id: int, sha: Sha, now: datetime) -> None:
        """The answer was the same."""
        if len(self.repeated) >= REPEATED:
            self.repeated.clear()
        self.repeated[repo_id, sha] = now


class Hearing:
    """The answers of one tick about the commits of one repository."""

    def __init__(
        self,
        repo: Repo,
        forge: Forge,
        memory: Memory | None = None,
        minting: Mapping[Sha, CommitChecks] | None = None,
    ) -> None:
        self._repo = repo
        self._forge = forge
        self._memory = memory
        self._asked: dict[Sha, CommitChecks] = {}
        self._known: dict[Sha, KnownChecks] = {}
        self._looked: set[Sha] = set()
        self._spent: Counter[str] = Counter()
        self._minting = dict(minting or {})
        """What was said, in this look of perhaps several ticks, of what may become freight."""
        self._goes_on = False
        self._turns: list[datetime] = []

    def answer(self, question: ChecksQuestion, now: datetime) -> CommitChecks | None:
        """What was said there; None: this tick has asked as much as it may."""
        if question.within != MINTING:
            return self._answer(question, now)
        said = self._minting.get(question.sha) or self._answer(question, now)
        if said is None:
            self._goes_on = True
        else:
            self._minting[question.sha] = said
        return said

    def remembered(self, question: HeardQuestion, now: datetime) -> CommitChecks | None:
        """
        What was said there last, asked anew where a delivery told of it and in the sweeps whose
        turn it is; None: this tick has asked as much as it may.
        """
        said = self._remembered(question, now)
        if question.turn and (turn := self._turn_after(question, now)) is not None:
            self._turns.append(turn)
        return said

    def saw_to(self, snapshot: Snapshot) -> None:
        """What deliveries told of was asked about, but where the question has no answer yet."""
        unasked = {q.sha for q in snapshot.unanswered if isinstance(q, HeardQuestion)}
        told = snapshot.records.told - unasked
        if told and self._memory is not None:
            self._memory.rows.seen_to(self._memory.claim, self._repo.id, told)

    @property
    def next_turns(self) -> tuple[datetime, ...]:
        """
        When what was asked about in turn is asked about again: at rest nothing else wakes us.

        Never before a sweep's time is over: each has its own, and a look takes all that are due.
        """
        return tuple(self._turns)

    def _turn_after(self, question: HeardQuestion, now: datetime) -> datetime | None:
        known = self._known.get(question.sha)
        if known is None or self._memory is None or now - known.since >= LOOKED_AT:
            return None
        turn = now - self._age(known, now) + self._memory.sweep * question.turn
        return max(turn, now + self._memory.sweep)

    def _remembered(self, question: HeardQuestion, now: datetime) -> CommitChecks | None:
        sha = question.sha
        if sha in self._asked:
            return self._asked[sha]
        self.recall((sha,))
        before = self._known.get(sha)
        if before is not None and before.outdated:
            return self._ask(sha, now)
        if not question.turn or self._memory is None or self._not_yet(question.turn, before, now):
            return before.checks if before is not None else CommitChecks(sha)
        if self._spent[EARLIER] >= FOR_EARLIER:
            return None
        self._spent[EARLIER] += 1
        return self._ask(sha, now, limited=True)

    @property
    def unfinished(self) -> Mapping[Sha, CommitChecks]:
        """
        What the next tick goes on with, where this one did not ask about all that may be minted:
        it would ask about the same ones again, and never get to the others.
        """
        return self._minting if self._goes_on else {}

    def _answer(self, question: ChecksQuestion, now: datetime) -> CommitChecks | None:
        sha = question.sha
        if sha in self._asked:
            return self._asked[sha]
        self.recall((sha,))
        before = self._known.get(sha)
        may_be_old = question.known or bool(question.within)
        if before is not None and may_be_old and self._counts(before, now):
            return before.checks
        if question.within and not self._may_ask(question.within, before):
            return before.checks if before is not None and not before.outdated else None
        self._spent[question.within] += 1
        return self._ask(sha, now, limited=bool(question.within))

    def recall(self, shas: Iterable[Sha]) -> None:
        """Read the rows of many commits at once."""
        new = [sha for sha in dict.fromkeys(shas) if sha not in self._looked]
        self._looked.update(new)
        if self._memory is not None and new:
            self._known.update(self._memory.rows.recall(self._repo.id, new))

    def known(self, shas: Iterable[Sha], now: datetime) -> Mapping[Sha, CommitChecks]:
        """Of *shas* those of which nothing needs to be asked."""
        wanted = list(shas)
        self.recall(wanted)
        rows = {sha: self._known[sha] for sha in wanted if sha in self._known}
        told = {sha: known.checks for sha, known in rows.items() if self._counts(known, now)}
        return told | {sha: self._asked[sha] for sha in wanted if sha in self._asked}

    def forget(self, runs: Iterable[int]) -> None:
        """We had *runs* run again, or cancelled: what was said of their commits is outdated."""
        touched = set(runs)
        rows = {sha: known.checks for sha, known in self._known.items()} | self._asked
        there = [sha for sha, said in rows.items() if touched & {run.id for run in said.runs}]
        if self._memory is not None and there:
            self._memory.rows.outdate(self._repo.id, there)
        self._asked.clear()
        self._known = {
            s: replace(r, outdated=s in there or r.outdated) for s, r in self._known.items()
        }

    def _may_ask(self, within: str, before: KnownChecks | None) -> bool:
        """The last question of a limit is kept for what was never asked, so that it gets on."""
        if self._memory is None:
            return True  # where nothing is remembered, the next tick would ask the same again
        most = FOR_MINTING if within == MINTING else FOR_A_PROMOTION
        new = before is None or before.outdated
        return self._spent[within] < (most if new else most - 1)

    def _counts(self, known: KnownChecks, now: datetime) -> bool:
        """It need not be asked again yet."""
        if known.outdated or self._memory is None or not self._at_rest(known.checks):
            return False
        if now - known.since >= LOOKED_AT:
            return True
        fresh = (
            self._memory.sweep if self._spoken(known.checks) else min(SILENCE, self._memory.sweep)
        )
        return self._age(known, now) < fresh

    def _not_yet(self, turn: int, known: KnownChecks | None, now: datetime) -> bool:
        """Its turn has not come yet."""
        if known is None or self._memory is None:
            return False
        return now - known.since >= LOOKED_AT or self._age(known, now) < self._memory.sweep * turn

    def _age(self, known: KnownChecks, now: datetime) -> timedelta:
        """How long ago it was asked."""
        repeated = self._memory.repeated if self._memory is not None else {}
        asked = repeated.get((self._repo.id, known.sha), known.asked_at)
        return now - max(asked, known.asked_at)

    def _ask(self, sha: Sha, now: datetime, *, limited: bool = False) -> CommitChecks:
        said, before = self._forge.checks(self._repo, sha), self._known.get(sha)
        self._asked[sha] = said
        same = before is not None and before.checks == said
        known = KnownChecks(said, now, before.since if before is not None and same else now)
        self._known[sha] = known
        if self._memory is None:
            return said
        if same and before is not None and not before.outdated:
            self._memory.again(self._repo.id, sha, now)
        elif before is not None or limited or self._at_rest(said):
            # What a limit let through is kept, finished or not: its next question is no new one.
            self._memory.rows.keep(self._memory.claim, self._repo.id, known)
        return said

    def _at_rest(self, said: CommitChecks) -> bool:
        return at_rest(said, self._forge.app_id())

    def _spoken(self, said: CommitChecks) -> bool:
        return any(run.app_id != self._forge.app_id() or not run.suite_id for run in said.runs)
