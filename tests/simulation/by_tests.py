"""
Mutations that a test by name catches: each takes out one rule that a random seed meets too rarely.

Whatever breaks such a rule has to break that test first.
"""

from __future__ import annotations

from tests.simulation.by_tests_more import MORE
from tests.simulation.patching import one

DOUBT = "tests/core/test_plan_doubt.py"
MERGES = "tests/core/test_plan_merges.py"
EDITS = "tests/core/test_lock_edits.py"
CONTAINED = "tests/core/test_plan_contained.py"
CLEARANCE = "app/core/gates/clearance.py"
MERGING = "app/core/planning/merge.py"
LOCKEDITS = "app/core/locks/configuration_edits.py"


NAMED = {
    # A hold stops no attempt that repeats a push.
    "hold": one(
        "app/core/gates/entry.py", "    hold.GATE,\n", "", DOUBT, "a_gate_that_closed_stops",
    ),
    # A repeated push does not ask whether newer freight is there by now.
    "older-freight": one(
        CLEARANCE, "if older and promotion.leaves is None:", "if False:",
        DOUBT, "over_newer_freight",
    ),
    # A suspect grant gives leave to write.
    "grant-in-hand": one(
        CLEARANCE, "ledger.groups(promotion) and not _in_hand(ledger, promotion, view.request)",
        "False", DOUBT, "without_the_grant",
    ),
    # Leave to write can be made by anybody.
    "leave": one(CLEARANCE, "if seal is not _SEAL:", "if False:", DOUBT, "nobody_else"),
    # A push in doubt is given up at once, and its grant with it.
    "sixty-seconds": one(
        "app/core/planning/doubtful_pushes.py", "PUSH_ENDS = timedelta(seconds=60)", "PUSH_ENDS = timedelta(0)",
        DOUBT, "a_gate_that_closed_stops",
    ),
    # The tip is not asked once more after the 60 s.
    "asked-once-more": one(
        "app/core/planning/doubtful_pushes.py", "(snapshot.asked_at or snapshot.now)", "snapshot.now",
        DOUBT, "asked_once_more",
    ),
    # What lands after its promotion ended takes no permit.
    "late-landing": one(
        "app/core/planning/out_of_turn.py", "            actions += occupy(ledger, promotion)\n", "            pass\n",
        DOUBT, "lands_after_that",
    ),
    # What one stage cannot ask ends the tick of all.
    "one-stage's-error": one(
        "app/core/planning/containment.py", "        stage_plan = _waits(view, error.unanswered)\n",
        "        raise\n", CONTAINED, "cannot_be_rendered",
    ),
    # The pause before an unanswered question is asked again does not grow.
    "growing-pause": one(
        "app/core/planning/retry_pauses.py", "since = min(self._before.get(key, now), now)", "since = now",
        CONTAINED, "pauses_grow",
    ),
    # Our pull request is merged into whatever base it has by now.
    "base": one(MERGING, "if pull.base_ref != base:", "if False:", MERGES, "on_another_base"),
    # Merged into another branch counts as closed.
    "merged-elsewhere": one(
        "app/core/planning/pull_request_end.py", "if pull.merged and pull.base_ref != base:", "if False:",
        MERGES, "merged_there_by_a_person",
    ),
    # The lock is asked for while a review that a rule requires is missing.
    "required-review": one(
        "app/core/planning/merge_readiness.py", "missing = wanted - approvals(reviews)", "missing = 0",
        MERGES, "while_a_required_review_is_missing",
    ),
    # What GitHub refused takes the lock again, round after round.
    "refused-again": one(
        "app/core/planning/merge_refusals.py", "return until if ledger.snapshot.now < until else None", "return None",
        "tests/core/test_plan_refusals.py", "waits_until_something_changes",
    ),
    # A grant goes back although a merge may have been done.
    "merge-in-doubt": one(
        MERGING, "not held(view, promotion) or promotion.errors_since is not None:", "not held(view, promotion):",
        MERGES, "kept_beyond_merge_within",
    ),
    # `success` stays on the head of a pull request that is over.
    "success-taken-back": one(
        "app/core/planning/pull_request_end.py", "over = promotion.ended and not _merged(promotion)",
        "over = False", MERGES, "of_one_that_a_person_closed",
    ),
    # `success` stays on a head that another one has replaced.
    "replaced-head": one(
        "app/core/planning/pull_request_end.py", "replaced = head != promotion.head or ", "replaced = ",
        MERGES, "of_a_head_that_was_made_anew",
    ),
    # A grant does not take the group that its stage names since.
    "added-group": one(
        LOCKEDITS, "return Spreads(more) if more else Unchanged()", "return Unchanged()",
        EDITS, "it_takes_the_added_group",
    ),
    # A queued request does not ask for the group that its stage names since.
    "queued-group": one(
        LOCKEDITS,
        "return Unchanged() if set(wanted) == set(has) else Follows(wanted, joins(has, wanted))",
        "return Unchanged()", EDITS, "a_group_that_is_added",
    ),
    # A stage that is gone stays in the queue as one that asks for nothing.
    "stage-gone": one(
        LOCKEDITS, "    if asks is None:\n        return Unchanged()\n",
        "    if asks is None:\n        return Leaves()\n", EDITS, "what_an_edit_does",
    ),
    # A stage that names no group any more waits for ever.
    "no-group-left": one(
        LOCKEDITS, "        return Leaves()\n", "        return Unchanged()\n",
        EDITS, "takes_no_lock_any_more",
    ),
    # Where a stage is goes by clocks.
    "number-not-clock": one(
        "app/core/state/stage_state.py", "if current is None and holds(promotion):",
        "if (current is None or str(promotion.landed_at) > str(current.landed_at)) and holds(promotion):",
        "tests/core/test_past.py", "clock_is_slow",
    ),
    # A grant that is not used goes back never.
    "unused-grant": one(
        MERGING, "    return unused(ledger, request, limit) or not ledger.vouched(request)\n", "    return False\n",
        MERGES, "not_used_goes_back",
    ),
    # A value that stands where a key is to be set is replaced unasked.
    "a-person's-word": one(
        "app/core/gates/foreign_content.py", "    if not foreign(ledger, view):\n        return None\n",
        "    return None\n", "tests/core/test_plan_contact.py", "",
    ),
    # A button of one run frees the first suspect grant there is.
    "release-of-one": one(
        "app/engine/commands/press.py",
        "suspect_of(run.name, key, given.snapshot)",
        'next((r for r in given.snapshot.records.requests if r.state == "suspect"), None)',
        "tests/flows/test_locks.py", "run_speaks_of",
    ),
    **MORE,
}  # fmt: skip
