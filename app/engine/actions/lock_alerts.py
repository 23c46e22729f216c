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
    found = next((one for one in desk.ledger.direct if one.id == request_id), None)
    notice = None
    if found is not None and found.kind == "person":
        called = called_now(desk.forge, desk.repo, Person(found.asker_id, found.asker))
        said = people_locks.notice(found, desk.now, called)
        notice = _audited(desk, found, said) if said is not None else None
    desk.store.direct_locks.lapse(desk.claim, request_id, desk.now, notice)


def suspect(desk: Desk, request_id: int, reason: LockReason) -> None:
    """A stage's grant blocks until somebody looks: whose change it is for is told, once a time."""
    found = next((one for one in desk.ledger.live if one.id == request_id), None)
    notice = None
    if found is not None and found.state == "held":
        row = desk.ledger.promotion.get(found.promotion)
        site = Site.of(desk.repo, desk.url.removesuffix(f"/{desk.repo.full_name}"))
        pull = row.pull if row is not None else None
        said = lock_alerts.notice(found, reason, desk.now, site, _called(desk, found), pull)
        notice = _audited(desk, found, said)
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
