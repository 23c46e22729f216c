"""Further mutations that a short story catches: of jobs that ask for their stage's lock themselves."""

from __future__ import annotations

from tests.simulation.patching import one

STORIES = "tests/simulation/test_jobs.py"
FOUND = "tests/simulation/test_found_jobs.py"
JOINS = "app/core/planning/job_joins.py"

OF_JOBS = {
    # Where GitHub cannot be asked, a job counts as one that nothing awaits.
    "doubt-decided": one(
        JOINS,
        """        return _untold(
            ledger,
            ask,
            error.unanswered,
            over=all(awaiting.promotion.ended for awaiting in awaitings),
        )
""",
        "        return QueueAlone(ask.request)\n",
        STORIES, "doubted_job",
    ),
    # A run that GitHub does not list counts as gone, be it that it has only just begun.
    "not-listed-yet": one(
        JOINS, "return None if _unlisted(ledger, ask) else alone", "return alone",
        FOUND, "does_not_list_yet",
    ),
    # A grant ends with its stage's checks, whoever else has joined it.
    "parts-forgotten": one(
        "app/core/planning/plan.py", "    actions = kept_for_parts(ledger, actions)\n", "",
        STORIES, "not_given_back_while",
    ),
    # A fork that has our commit as its head has jobs that count.
    "fork's-job": one(
        "app/core/planning/joining.py", "    if run.foreign:\n        return Joined(None)\n", "",
        STORIES, "job_of_a_fork",
    ),
    # A job that asks before its stage's merge was seen is nobody's.
    "merge-unseen": one(
        "app/core/planning/joining.py", "        and pull.merge_sha == head\n", "        and False\n",
        FOUND, "nobody_has_seen_the_merge",
    ),
    # Who asked before its stage took a permit out of turn never joins that.
    "asked-before": one(
        JOINS, "        return _late(ledger, ask)\n", "        return None\n",
        FOUND, "merged_out_of_turn",
    ),
    # A visitor ends though only one of the jobs because of which it is there waits.
    "one-of-its-jobs": one(
        "app/core/planning/taking_themselves.py", "bool(going) and all(_waits", "any(_waits",
        "tests/core/test_visitors.py", "queues_for_all",
    ),
    # A job that waits for one group of its visitor counts as one that waits for all.
    "one-of-its-groups": one(
        "app/core/planning/taking_themselves.py",
        "    return set(groups) <= {ask.group for ask in mine} and all(ask.queued for ask in mine)\n",
        "    return bool(mine) and all(ask.queued for ask in mine)\n",
        "tests/core/test_visitors.py", "queues_for_all",
    ),
}  # fmt: skip
