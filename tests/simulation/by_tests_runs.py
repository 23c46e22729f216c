"""Further mutations that a short story catches: of workflows that are started to verify."""

from __future__ import annotations

from tests.simulation.patching import one

STORIES = "tests/simulation/test_started.py"
VISITORS = "tests/core/test_visitors.py"
ROLLBACKS = "tests/core/test_rollbacks.py"
EVIDENCE = "app/core/evidence/started_run.py"
STARTS = "app/core/planning/starting_runs.py"

OF_RUNS = {
    # A start whose answer was lost is repeated at once.
    "started-twice": one(
        STARTS,
        "lost = known.begun_at is None or ledger.snapshot.now >= known.begun_at + LOST",
        "lost = True",
        STORIES, "becomes_of_the_answer",
    ),
    # That a run is started is stored when it is known, and not before.
    "start-unstored": one(
        "app/engine/actions/starting_runs.py",
        "    promotion = replace(promotion, started=begun)\n    desk.save(promotion)\n",
        "    promotion = replace(promotion, started=begun)\n",
        STORIES, "becomes_of_the_answer",
    ),
    # A run that anybody started in a promotion's name verifies it.
    "anybody's-run": one(
        STARTS, "if run.ours and run.id not in", "if run.id not in",
        STORIES, "somebody_else_started",
    ),
    # A run on what others had changed by then verifies what was there before.
    "other-content": one(
        EVIDENCE, "return said if its_own else Evidence(", "return said or Evidence(",
        STORIES, "passed_on_other_content",
    ),
    # At the timeout the run goes on.
    "run-goes-on": one(
        "app/core/planning/awaiting.py",
        "(CancelChecks(promotion.id, evidence.unfinished),) if evidence.unfinished else ()", "()",
        STORIES, "hangs_is_cancelled",
    ),
    # What was started for a promotion that has ended since holds no lock.
    "run-unsought": one(
        EVIDENCE, "    if started.sought:\n", "    if started.sought and not promotion.ended:\n",
        STORIES, "keeps_the_lock_until_its_run",
    ),
    # A rollback takes over what a visitor took.
    "visitor-inherited": one(
        "app/core/planning/inheriting.py",
        "if request.out_of_turn and _beside_others(ledger, request):", "if False:",
        ROLLBACKS, "within_the_permits_does_not_pass",
    ),
    # New freight waits for a visitor of its stage without a place in the queue.
    "no-place": one(
        "app/core/planning/lock_queue.py",
        "        or ledger.ran_again(request)\n", "",
        VISITORS, "has_its_place_behind",
    ),
    # A rollback takes over a grant that has less than its stage takes by now.
    "less-inherited": one(
        "app/core/locks/inheritance.py", "if count > has or sum(", "if sum(",
        "tests/core/test_take_overs.py", "asks_for_more_than_was_granted",
    ),
}  # fmt: skip
