"""
`approve`: so many people's leave for this freight in this stage.

An approval counts while its giver may give one, which is asked again whenever all gates before this
one have passed. It is given by `/approve`, or by an approving review of the freight's pull request.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.gates.arrival import arrived
from app.core.gates.gate import Entry, Gate
from app.core.model.people import Approval, Approve, Person, handle
from app.core.model.verdicts import GateAnswer, Reason, Tally
from app.core.state.reviews import standing
from app.core.state.rights import approvers, may, only_author, spelled

NAME = "approval"


def approval(entry: Entry) -> GateAnswer | None:
    """Wait for the missing approvals; None where the stage requires none."""
    asked = entry.view.stage.approve
    if asked is None:
        return None
    tally = _counted(entry, asked)
    by = tuple(handle(login) for login in tally.counted)
    if len(tally.counted) < asked.count:
        return GateAnswer(NAME, "wait", Reason.NOT_APPROVED, by, arrived(entry), tally=tally)
    times = [a.at for a in _recorded(entry) if a.login in tally.counted]
    return GateAnswer(NAME, "pass", Reason.PASSED, by, max(times, default=None), tally=tally)


def _counted(entry: Entry, asked: Approve) -> Tally:
    """Ask of one after the other whether it counts, until there are enough."""
    ledger, stage, worth = entry.ledger, entry.view.stage, _worth_asking(entry)
    people = approvers(stage)
    counted, lapsed, author = list[str](), list[str](), list[str]()
    for person in _givers(entry):
        if len(counted) == asked.count:
            break
        right = may(ledger, person, people) if worth else True
        if right is False:
            lapsed.append(person.login)
        if not right:
            continue  # what is not known yet opens nothing
        only = worth and not asked.allow_author and _only(entry, person)
        if only:
            author.append(person.login)
        elif only is False:
            counted.append(person.login)
    who = spelled(people, ledger.snapshot.repo.owner)
    return Tally(asked.count, tuple(counted), tuple(lapsed), tuple(author), who)


def _worth_asking(entry: Entry) -> bool:
    """Whether to ask GitHub about the approvers: only this, or a person's start, is missing."""
    return entry.alone or entry.unstarted


def _only(entry: Entry, person: Person) -> bool | None:
    return only_author(entry.ledger, entry.view.stage.name, entry.freight, person)


def _recorded(entry: Entry) -> tuple[Approval, ...]:
    return entry.ledger.approvals.get((entry.view.stage.name, entry.freight), ())


def _givers(entry: Entry) -> Iterator[Person]:
    """Each once: who typed it, in the order in which they did, then who approved in a review."""
    seen = set[int]()
    for approval in _recorded(entry):
        seen.add(approval.user_id)
        yield Person(approval.user_id, approval.login)
    for person in _reviewers(entry):
        if person.id not in seen:
            yield person


def _reviewers(entry: Entry) -> Iterator[Person]:
    """
    Whose newest review of the freight's open pull request approves what it holds now.

    A review is of a commit: it counts where that commit holds what the pull request's head does.
    """
    ledger, promotion = entry.ledger, entry.view.inflight
    if (
        promotion is None
        or promotion.freight != entry.freight
        or promotion.pull is None
        or not _worth_asking(entry)
    ):
        return
    for review in standing(ledger.reviews(promotion.pull) or ()).values():
        if review.state != "APPROVED" or review.commit is None or not review.user_id:
            continue
        same = (
            review.commit == promotion.head
            or ledger.held_at(review.commit, promotion) == promotion.written
        )
        if same:
            yield Person(review.user_id, review.user)


GATE = Gate(NAME, approval, (Reason.NOT_APPROVED,), rollback_passes=True)
