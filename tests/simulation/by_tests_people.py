"""Further mutations that a short story catches: of people's leave, and of their and clients' locks."""

from __future__ import annotations

from tests.simulation.patching import one

STORIES = "tests/simulation/test_leave_and_locks.py"

OF_PEOPLE = {
    # Nobody's leave is asked for.
    "approval": one(
        "app/core/gates/entry.py", "    approval.GATE,\n", "", STORIES, "nobody_approved",
    ),
    # A person's lock ends by itself when its time is over.
    "overdue": one(
        "app/core/locks/direct.py",
        "    return moved(request, Event.LAPSED, now, _OVER[request.kind])\n",
        "    return moved(request, Event.RETURNED, now, LockReason.GIVEN_BACK)\n",
        STORIES, "given_back_by_people",
    ),
    # What a client has read is given back when it is not renewed.
    "lapsed": one(
        "app/core/locks/direct.py",
        'if request.kind == "client" and request.read_at is None:',
        'if request.kind == "client":',
        STORIES, "its_client_has_read",
    ),
    # A grant is over with its own client, whoever has joined it.
    "joiner-left-alone": one(
        "app/core/locks/parts.py",
        "shared = bool(parts) and request.state in HOLDING", "shared = False",
        "tests/flows/test_lock_parts.py", "nobody_is_let_in",
    ),
    # Who gave its part back goes on by its next word.
    "part-revived": one(
        "app/sql/locks/parts.py",
        "            if part.ended_at is not None:\n                raise Conflict",
        "            if False:\n                raise Conflict",
        "tests/flows/test_lock_parts.py", "its_end_is_remembered",
    ),
    # Whoever may write skips gates.
    "skip-role": one(
        "app/core/commands/arguments.py",
        "role=SKIPPING, reason=reason, skips=True", "reason=reason, skips=True",
        STORIES, "by_a_maintainer_alone",
    ),
}  # fmt: skip
