"""The table of lock groups in the status: who holds each, and who waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.locks.queue import Board
from app.core.model.group_names import organization, spoken
from app.core.model.lock_requests import AnyRequest, DirectRequest, ForeignRequest, LockRequest
from app.core.model.names import GroupName
from app.core.text import lock_doubts, markup
from app.core.text.foreign_holders import as_told, holder_name
from app.core.text.freeing import freeing
from app.core.text.links import Site
from app.core.text.people_locks import overdue_ones, overdue_title


def board_table(board: Board, permits: Mapping[GroupName, int], site: Site) -> str:
    """Each lock group of the file, or still in use: holders, queue, what frees a suspect grant."""
    gone = (g for g in board.groups() if g not in permits and organization(g) is None)
    groups = (*permits, *sorted(gone))
    if not groups:
        return ""
    rows = [
        f"| {markup.code(spoken(group))} | {_of_group(board, group, permits.get(group))} | "
        f"{_names(board.holders(group))} | {_waiting(board, group)} |"
        for group in groups
    ]
    table = "\n".join(("| lock | state | holder | queue |", "|---|---|---|---|", *rows))
    held = (holder for group in groups for holder in board.holders(group))
    return "\n\n".join(part for part in (table, freeing(held, site)) if part)


def _of_group(board: Board, group: GroupName, permits: int | None) -> str:
    held = board.holders(group)
    late = [markup.bold(overdue_title(request)) for request in overdue_ones(held)]
    suspect = ["**suspect**"] * any(request.shown == "suspect" for request in held)
    state = ", ".join((*suspect, *late)) or ("held" if held else "free")
    if permits is None:
        return f"{state} (not in `stagelock.yaml` any more)"
    taken = board.taken(group, permits)
    return f"{state} ({taken} of {permits} taken)" if permits != 1 else state


def _names(requests: Sequence[AnyRequest]) -> str:
    return markup.listed(map(_named, requests))


def _waiting(board: Board, group: GroupName) -> str:
    return markup.listed(map(_named, board.queue(group)), of=board.waiting(group))


def _named(request: AnyRequest) -> str:
    at = request.granted_at if request.state != "queued" else request.requested_at
    since = f" since {markup.moment(at)}" if at else ""
    which = [permit for names in request.permits.values() for permit in names]
    since += f" ({markup.listed(map(markup.code, which))})" if which else ""
    name, request = markup.code(holder_name(request)), as_told(request)
    match request:
        case LockRequest():
            return f"{name} ({markup.code(request.freight.short)}){since}"
        case DirectRequest() | ForeignRequest():
            why = f": {markup.escape(request.purpose)}" if request.purpose else ""
            return f"{name}{since}{why}{lock_doubts.stuck(request)}"
