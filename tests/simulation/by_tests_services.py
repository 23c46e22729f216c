"""Further mutations that a short story catches: of locks that external services have to grant."""

from __future__ import annotations

from tests.simulation.patching import one

STORIES = "tests/simulation/test_services.py"

OF_SERVICES = {
    # What was asked for without an answer is asked for again, and nobody looks.
    "unlooked": one(
        "app/core/locks/services.py",
        'return "inspect" if claim.doubt else "acquire"', 'return "acquire"',
        STORIES, "looked_at_before",
    ),
    # A release without an answer counts as done.
    "lost-release": one(
        "app/core/locks/services.py",
        "    if isinstance(answer, Ambiguous | Refused | Granted):\n",
        "    if isinstance(answer, Refused | Granted):\n",
        STORIES, "release_without_an_answer",
    ),
    # What an earlier attempt may still do is forgotten with the answer to a later one.
    "late-grant": one(
        "app/core/locks/services.py",
        "Busy():\n            return replace(after, tried_at=before.tried_at)\n",
        "Busy():\n            return replace(after, tried_at=None)\n",
        STORIES, "granted_late",
    ),
    # A grant goes on though the time of its lock outside is over.
    "unvouched": one(
        "app/core/locks/services.py",
        'c.state == "lost" or lapsed(c, now) for c', 'c.state == "lost" for c',
        STORIES, "took_away_meanwhile",
    ),
    # Who was granted inside is let in, whatever the service says.
    "unasked": one(
        "app/core/planning/outside.py",
        '        if claim.state != "held" or lapsed(claim, now):\n            return Outside(use, claim)\n', "",
        STORIES, "waits_for_the_service",
    ),
}  # fmt: skip
