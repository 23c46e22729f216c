"""The rules, one function each: facts in, violations out. Everything else is nobody's business."""

from __future__ import annotations

from app.core.protection.push_facts import (
    LOCK_REFS,
    OUR_BRANCHES,
    OUR_REFS,
    REPLACE_REFS,
    Change,
    LockState,
    Push,
    Violation,
    Written,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def violations(push: Push) -> tuple[Violation, ...]:
    """Name every rule that *push* breaks, in the order of its refs; none: it is accepted."""
    broken = [*_our_refs(push), *_replaced(push), *_lock_history(push), *_unreadable(push)]
    if push.closed is not None:
        broken.append(Violation("config-closed", push.closed))
    if push.config and push.config.problems:
        broken.append(Violation("config", push.config.ref, detail=push.config.problems))
    for change in push.changes:
        broken.extend(_change(push, change))
    order = {update.ref: at for at, update in enumerate(push.updates)}
    return tuple(sorted(broken, key=lambda v: order.get(v.ref, len(order))))


def is_ours(ref: bytes, *, fold: bool = False) -> bool:
    """
    Tell whether *ref* belongs to the promoter; *fold*: the server's names ignore case.

    A branch `stagelock` does, too: git cannot have it beside `stagelock/<stage>`.
    """
    name = ref.lower() if fold else ref
    return name.startswith((OUR_BRANCHES, OUR_REFS)) or name + b"/" in (OUR_BRANCHES, OUR_REFS)


def _our_refs(push: Push) -> Iterator[Violation]:
    if push.by_promoter:
        return
    for update in push.updates:
        if is_ours(update.ref, fold=push.fold) and update.ref not in push.vouched:
            yield Violation("our-refs", update.ref)


def _replaced(push: Push) -> Iterator[Violation]:
    """Nobody makes one object stand for another: readers would differ in what is there."""
    for update in push.updates:
        name = update.ref.lower() if push.fold else update.ref
        if name.startswith(REPLACE_REFS) and update.new is not None:
            yield Violation("replaced", update.ref)


def _unreadable(push: Push) -> Iterator[Violation]:
    """Rules that cannot be read are not rules that do not exist."""
    vouched = push.by_signature and all(u.ref in push.vouched for u in push.updates)
    if push.unreadable and not (push.by_promoter or vouched):
        yield Violation("unreadable", push.updates[0].ref, detail=(push.unreadable,))


def _lock_history(push: Push) -> Iterator[Violation]:
    """A lock's ref tells a history: it only grows, and so do its tokens."""
    for move in push.moves:
        before, after = move.before, move.after
        if not move.forward or after is None or (before and after.token < before.token):
            yield Violation("lock-history", move.ref, detail=(_group(move.ref),))


def _group(ref: bytes) -> str:
    return ref.removeprefix(LOCK_REFS).decode("ascii", "replace")


def _change(push: Push, change: Change) -> Iterator[Violation]:
    guard, ref = change.guard, change.update.ref
    if change.unreadable:
        yield Violation("unreadable", ref, guard.stage, detail=(change.unreadable,))
        return
    if not change.forward:
        yield Violation("not-forward", ref, guard.stage)
    if not change.changed:
        return
    if push.by_promoter or change.signed:
        yield from _under_lock(push, change)
    elif not (push.can_be_promoted and change.as_proposed):
        # Without a promoter nobody is known to have written `stagelock/*`: it proves nothing.
        detail = (change.unsigned,) if change.unsigned else ()
        yield Violation("outputs", ref, guard.stage, change.paths, change.more, detail)
    else:
        yield from _proposed_under_lock(push, change)


def _proposed_under_lock(push: Push, change: Change) -> Iterator[Violation]:
    """A merge of our pull request: only while each of the stage's locks names that promotion."""
    guard = change.guard
    for group in guard.groups:
        state = push.locks.get(group)
        if state is None or not state.names(change.proposed, guard.stage):
            detail = (group, _holder(state), "merge")
            yield Violation("held", change.update.ref, guard.stage, detail=detail)
            return


def _under_lock(push: Push, change: Change) -> Iterator[Violation]:
    """The promoter's own write: by the holder where the group is held, with a token that counts."""
    guard, ref = change.guard, change.update.ref
    if change.update.old is None and not change.paths:
        return  # the branch is made, without anything in it: the promotion follows
    written = change.written
    if not written and change.as_proposed:
        written = (Written("", change.proposed),)
    for group in guard.groups:
        state = push.locks.get(group)
        if state is None:
            continue
        for commit in written or (Written("", None),):
            if state.holders and not state.names(commit.promotion, guard.stage):
                yield Violation("held", ref, guard.stage, detail=(group, _holder(state), "push"))
                return
    for commit in written:
        for group, token in commit.fences:
            state = push.locks.get(group)
            if state is not None and not _counts(state, commit, token):
                detail = (group, str(token), str(state.token))
                yield Violation("fence", ref, guard.stage, detail=detail)
                return


def _counts(state: LockState, commit: Written, token: int) -> bool:
    """Tell whether *token* is the newest, or still held where a group has several permits."""
    held = any(h.promotion == commit.promotion and h.token == token for h in state.holders)
    return held or token >= state.token


def _holder(state: LockState | None) -> str:
    return ", ".join(h.stage for h in state.holders) if state else ""
