"""What ends a lock's time, and the one comment that tells people of it."""

from __future__ import annotations

from app.core.model.comments import CommandRecord, Notice
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
    request = next((request for request in desk.ledger.direct if request.id == request_id), None)
    notice = None
    if request is not None and request.kind == "person":
        called = called_now(desk.forge, desk.repo, Person(request.asker_id, request.asker))
        said = people_locks.notice(request, desk.now, called)
        notice = _audited(desk, request, said) if said is not None else None
    desk.store.direct_locks.lapse(desk.claim, request_id, desk.now, notice)


def suspect(desk: Desk, request_id: int, reason: LockReason) -> None:
    """A stage's grant blocks until somebody looks: whose change it is for is told, once a time."""
    request = next((request for request in desk.ledger.live if request.id == request_id), None)
    notice = None
    if request is not None and request.state == "held":
        promotion = desk.ledger.promotion.get(request.promotion)
        site = Site.of(desk.repo, desk.url.removesuffix(f"/{desk.repo.full_name}"))
        pull = promotion.pull if promotion is not None else None
        said = lock_alerts.notice(request, reason, desk.now, site, _called(desk, request), pull)
        notice = _audited(desk, request, said)
    desk.store.locks.suspect(desk.claim, request_id, reason, desk.now, notice)


def _audited(desk: Desk, about: OwnRequest, notice: CommandRecord) -> Notice:
    """With the entry that the id opens with which the comment ends."""
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
    return Notice(notice, event_id("command", desk.repo.id, notice.key), said)


def _called(desk: Desk, request: LockRequest) -> str:
    """The author of the freight's commit, as they are called now; "" where nobody can tell."""
    try:
        author = desk.forge.author(desk.repo, request.freight.sha)
    except OutsideError:
        return ""
    return called_now(desk.forge, desk.repo, Person(author, ""))
