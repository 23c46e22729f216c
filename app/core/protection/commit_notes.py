"""
What commits tell the hook: the trailers of a promotion, and the state that a lock's ref holds.

A lock's ref, `refs/stagelock/locks/<group>`, points at a commit without files whose message holds
the state in trailers; each change is a commit on top.
"""

from __future__ import annotations

from app.core.protection.push_facts import Holder, LockState, Written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = 18
"""Digits of a fencing token, at most: more would be no number that anybody granted."""


def place(message: bytes) -> str | None:
    """The branch that a commit of ours was made for; None: it does not say."""
    branches = [value for name, value in trailers(message) if name == "Stagelock-Branch"]
    return branches[0] if len(branches) == 1 else None


def lock_group(message: bytes) -> str | None:
    """The group that a commit of a lock's ref is about; None: it does not say."""
    groups = [value for name, value in trailers(message) if name == "Stagelock-Lock"]
    return groups[0] if len(groups) == 1 else None


def written(commit: str, message: bytes) -> tuple[str, Written] | None:
    """Read a promotion commit's trailers: (stage, what it says); None: it is no promotion's."""
    stage: str | None = None
    promotion: str | None = None
    fences: list[tuple[str, int]] = []
    for name, value in trailers(message):
        match name:
            case "Stagelock-Stage":
                stage = value
            case "Stagelock-Promotion":
                promotion = value
            case "Stagelock-Fence":
                group, _, token = value.partition("=")
                fences.append((group, token_of(token)))
            case _:
                continue
    return None if stage is None else (stage, Written(commit, promotion, tuple(fences)))


def lock_message(group: str, state: LockState, until: str, nonce: str) -> str:
    """
    Write the message of a lock's ref. *until*: when the grant lapses, for people.

    *nonce* tells two commits apart that would otherwise have the same id.
    """
    stages = ", ".join(h.stage for h in state.holders)
    subject = f"Lock {group} held for {stages}" if stages else f"Lock {group} free"
    lines = [f"Stagelock-Holder: {h.promotion} {h.stage} {h.token}" for h in state.holders]
    lines += [f"Stagelock-Until: {until}"] if until else []
    lines += [f"Stagelock-Lock: {group}", f"Stagelock-Token: {state.token}"]
    lines += [f"Stagelock-Nonce: {nonce}"]
    return subject + "\n\n" + "\n".join(lines) + "\n"


def lock_state(message: bytes) -> LockState | None:
    """Read what `lock_message` wrote; None: this is no state of a lock."""
    token: int | None = None
    holders: list[Holder] = []
    for name, value in trailers(message):
        if name == "Stagelock-Token":
            token = token_of(value)
        elif name == "Stagelock-Holder":
            words = value.split(" ")
            if len(words) != 3:
                return None
            holders.append(Holder(words[0], words[1], token_of(words[2])))
    return None if token is None or token < 0 else LockState(token, tuple(holders))


def token_of(text: str) -> int:
    """Read a token; what is none is older than every token."""
    short = text.isascii() and text.isdigit() and len(text) <= _TOKEN
    return int(text) if short else -1


def trailers(message: bytes) -> Iterator[tuple[str, str]]:
    """The lines ``Name: value`` of the last paragraph; the others may hold foreign words."""
    last = message.decode("utf-8", "replace").rstrip().rpartition("\n\n")[2]
    for line in last.split("\n"):
        name, colon, value = line.partition(": ")
        if colon:
            yield name, value
