"""Groups of an organisation: its file, its repositories, and who is woken (L5, L49, L51 to L53)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.model.lock_requests import OwnRequest

HOLDING = ("held", "suspect")
LIVE = ("queued", *HOLDING)


@dataclass(frozen=True)
class Shared:
    """
    What the last look at the organisation's file found: whether it was *readable*, and the groups of
    the version that counts, by `qualified` name: how many permits, and what these are called.
    """

    readable: bool = True
    permits: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def closed(self, group: str) -> str:
        """rules L51, L52: why nothing of *group* may be granted; "": something may."""
        if not is_shared(group):
            return ""
        if not self.readable:
            return "L52: the organisation's file cannot be read"
        return "" if group in self.permits else "L51: the organisation's file does not define it"


def qualified(account: int, name: str) -> str:
    """What tells the group apart from one of that name in a repository (rule L49)."""
    return f"org-{account}/{name}"


def is_shared(group: str) -> bool:
    return group.startswith("org-") and "/" in group


def plain(group: str) -> str:
    """As people write it."""
    return group.rpartition("/")[2]


def read(account: int, data: bytes | None) -> Shared | None:
    """None: absent, or not valid."""
    try:
        locks = json.loads(data or b"")["locks"]
    except ValueError:
        return None
    given = {qualified(account, name): body["permits"] for name, body in locks.items()}
    names = {group: tuple(permits) for group, permits in given.items() if isinstance(permits, list)}
    counts = {group: len(names[group]) if group in names else n for group, n in given.items()}
    return Shared(True, counts, names)


def granted(shared: Shared, request: OwnRequest) -> list[str]:
    """*request* was granted just now."""
    return [
        f"{why}, and {request.name} is granted {group}"
        for group in request.groups
        if (why := shared.closed(group))
    ]


def ended(shared: Shared, before: OwnRequest, after: OwnRequest) -> list[str]:
    """rules L51, L52: places are kept; people and clients are told no where it is not defined."""
    if before.state != "queued" or after.state != "rejected":
        return []
    stage = getattr(after, "promotion", None) is not None
    why = [w for group in before.groups if (w := shared.closed(group))]
    wrong = [w for w in why if stage or w.startswith("L52")]
    return [f"{w}, and {after.name} loses its place" for w in wrong[:1]]


def unwoken(
    ended: Collection[OwnRequest], waiting: Collection[OwnRequest], marked: Collection[int]
) -> list[str]:
    """rules L5, L49: whose request *ended* has marked the repository that is first of the *waiting*."""
    wrong = []
    for over in ended:
        for group in filter(is_shared, over.groups):
            queue = [other for other in waiting if group in other.groups]
            first = min(queue, key=lambda other: other.seq, default=over)
            if first.repo_id != over.repo_id and first.repo_id not in marked:
                words = "and nobody wakes the repository that comes next"
                wrong.append(f"L49: {over.name} is out of {group}, {words}, {first.repo_id}")
    return wrong


def owing(
    shared: Shared, live: Sequence[OwnRequest], asleep: Collection[int]
) -> Iterator[tuple[str, str]]:
    """
    rule L49: whose turn it is gets its groups by the next look of its own repository. Not judged are
    the repositories that are *asleep*: theirs may wait for other things.
    """
    for request in live:
        if request.state != "queued" or request.repo_id in asleep:
            continue
        if all(_is_next(shared, request, live, group) for group in request.groups):
            groups = ", ".join(request.groups)
            yield f"turn {request.id}", f"L49: it is the turn of {request.name} for {groups}"


def _is_next(shared: Shared, request: OwnRequest, live: Sequence[OwnRequest], group: str) -> bool:
    if shared.closed(group):
        return False
    others = [o for o in live if group in o.groups and o.id != request.id]
    if any(o.state == "queued" and o.seq < request.seq for o in others):
        return False
    permits = shared.permits[group]
    had = sum(_takes(o, group, permits) for o in others if o.state in HOLDING)
    return had + _takes(request, group, permits) <= permits


def _takes(request: OwnRequest, group: str, permits: int) -> int:
    weights: Mapping[str, int] = {str(name): n for name, n in request.weights.items()}
    return weights.get(group, 1) or permits
