"""What ends a lock's time, and the one comment that tells people of it."""

from __future__ import annotations

from app.core.model.comments import CommandRecord
from app.core.model.group_names import spoken
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import LockRequest, OwnRequest
from app.core.model.people import Person
from app.core.text import lock_alerts, people_locks
from app.core.text.links import Site
from app.core.text.markup import event_id
from app.engine.actions.context import Desk
from app.engine.survey.people import called_now
from app.errors import OutsideError


def lapse(desk: Desk, request_id: int) -> None:
    """Whose time is over is told once, where they asked."""
    found = next((one for one in desk.ledger.direct if one.id == request_id), None)
    notice = None
    if found is not None and found.kind == "person":
        called = called_now(desk.forge, desk.repo, Person(found.asker_id, found.asker))
        notice = people_locks.notice(found, desk.now, called)
    desk.store.direct_locks.lapse(desk.claim, request_id, desk.now, notice)
    _audit(desk, found, notice)


def suspect(desk: Desk, request_id: int, reason: LockReason) -> None:
    """A stage's grant blocks until somebody looks: whose change it is for is told, once a time."""
    found = next((one for one in desk.ledger.live if one.id == request_id), None)
    notice = None
    if found is not None and found.state == "held":
        row = desk.ledger.promotion.get(found.promotion)
        site = Site.of(desk.repo, desk.url.removesuffix(f"/{desk.repo.full_name}"))
        pull = row.pull if row is not None else None
        notice = lock_alerts.notice(found, reason, desk.now, site, _called(desk, found), pull)
    desk.store.locks.suspect(desk.claim, request_id, reason, desk.now, notice)
    _audit(desk, found, notice)


def _audit(desk: Desk, about: OwnRequest | None, notice: CommandRecord | None) -> None:
    """The id that the comment ends with opens this entry."""
    if about is None or notice is None:
        return
    entry = {
        "kind": "notice",
        "request": about.id,
        "group": ",".join(map(spoken, about.groups)),
        "stage": about.stage if isinstance(about, LockRequest) else None,
        "pull": notice.pull,
        "sha": notice.sha,
        "answer": notice.outcome[:2000],
    }
    said = {key: value for key, value in entry.items() if value is not None}
    event = event_id("command", desk.repo.id, notice.key)
    desk.store.history.audit(desk.claim, desk.repo.id, event, desk.now, said)


def _called(desk: Desk, request: LockRequest) -> str:
    """The author of the freight's commit, as they are called now; "" where nobody can tell."""
    try:
        author = desk.forge.author(desk.repo, request.freight.sha)
    except OutsideError:
        return ""
    return called_now(desk.forge, desk.repo, Person(author, ""))
