"""Further mutations that a short story catches: of jobs that wait at environments."""

from __future__ import annotations

from tests.simulation.patching import one

STORIES = "tests/simulation/test_doors.py"

OF_DOORS = {
    # A grant of jobs ends as soon as they have been let in.
    "shards": one(
        "app/core/planning/environments.py", "and all_ended(run.id, of_run, there)", "",
        STORIES, "five_shards",
    ),
    # The job that a stage awaits queues behind that stage.
    "own-door": one(
        "app/core/planning/joining.py",
        "return None if crowded(ledger, awaiting.request, group) else Joined(awaiting.request)",
        "return Joined(None)",
        STORIES, "does_not_wait_for_its_stage",
    ),
    # Leave that GitHub has taken, and whose answer was lost, counts as not taken.
    "lost-leave": one(
        "app/engine/actions/environments.py",
        "taken = _told(desk, action, comment) or doubtful", "taken = _told(desk, action, comment)",
        STORIES, "leave_whose_answer_was_lost",
    ),
}  # fmt: skip
