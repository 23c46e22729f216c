"""The audit, for programs: what was done, and what people asked for."""

from __future__ import annotations

from app.ports.audit import shown
from app.web.api import asked
from app.web.api.call import ApiAnswer, Call, Parameter
from app.web.events import find
from app.web.problems import wrong

REPO = Parameter("repo", {"type": "string"}, "OWNER/NAME, or the number of a repository")
SINCE = Parameter("since", {"type": "string", "format": "date-time"}, "no older ones")


def one(call: Call) -> ApiAnswer:
    """The entries of one id: one, unless repositories share it by chance."""
    return ApiAnswer([shown(entry) for entry in find(call.store.audit, call.path["event"])])


def some(call: Call) -> ApiAnswer:
    """The newest, page by page."""
    most, audit = asked.limit(call), call.store.audit
    entries = audit.newest(
        repo=_repo(call),
        since=asked.moment(call.query, "since"),
        before=asked.before(call),
        most=most + 1,
    )
    page = entries[:most]
    following = {"before": str(page[-1].number)} if len(entries) > most else None
    return ApiAnswer([shown(entry) for entry in page], following=following)


def _repo(call: Call) -> str:
    text = call.query.get("repo", "")
    if text.isdigit() and len(text) > 18:
        raise wrong("repo", "OWNER/NAME, or a number of GitHub's")
    return text
