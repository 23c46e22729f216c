"""The texts of `/unlock --force`: what is told of it, and to whom it was taken away from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.model.group_names import spoken
from app.core.model.lock_requests import AnyRequest, DirectRequest, LockRequest
from app.core.model.names import GroupName
from app.core.text import markup, people_locks
from app.core.text.foreign_holders import as_told, holder_name
from app.core.text.links import Site


def forced(request: AnyRequest, group: GroupName, reason: str, then: str, call: str) -> str:
    """
    The answer to `/unlock --force`; *then* who comes next, *call* what `no_longer` says to the
    previous holder.
    """
    return " ".join(
        sentence for sentence in (f"Done: {_taken(request, group, reason)}", then, call) if sentence
    )


def no_longer(request: AnyRequest, called: Sequence[str], site: Site) -> str:
    """What is said to the previous holder, as they are *called* now; "" where there is nobody."""
    told = as_told(request)
    if isinstance(told, DirectRequest) and told.kind == "person":
        return f"{people_locks.to_holder(told, next(iter(called), ''))}: you no longer hold it."
    if not called:
        return ""
    brings = f", for {site.freight(told.freight)}" if isinstance(told, LockRequest) else ""
    return f"{_all(called)}: {markup.code(holder_name(told))} no longer holds it{brings}."


def taken_away(
    request: AnyRequest, group: GroupName, reason: str, called: Sequence[str], by: str
) -> str:
    """The comment to the previous holder of what *by* took away where nobody reads a reply."""
    to = f"{_all(called)}: " if called else ""
    return f"{to}{_taken(request, group, reason, by=f' by {markup.person(by, markup.escape)}')}"


def _all(called: Iterable[str]) -> str:
    return ", ".join(map(markup.called, called))


def _taken(request: AnyRequest, group: GroupName, reason: str, by: str = "") -> str:
    had = people_locks.holder(request, group, ", held since")
    return (
        f"{markup.code(spoken(group))} was taken away{by} from {had}: {markup.escape(reason)}. "
        "That token is refused from now on."
    )


def promise_back(by: str) -> tuple[str, str]:
    """Title and summary of the run on the head of a pull request whose grant is taken away."""
    told = (
        f"{markup.person(by, markup.escape)} is taking away the lock that this would have been "
        "merged under. Stagelock cannot look at this repository now; it updates this check as soon "
        "as it can."
    )
    return "the lock was taken away: do not merge", told
