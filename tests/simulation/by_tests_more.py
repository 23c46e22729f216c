"""Further mutations that a test by name catches: of windows, lines, evidence, shares and containment."""

from __future__ import annotations

from tests.simulation.patching import one

LINES = "tests/simulation/test_lines.py"
RULES = "tests/simulation/test_line_rules.py"

MORE = {
    # A job that is skipped, cancelled or left out on a re-run undoes its failure.
    "failed-rerun": one(
        "app/core/evidence/attempts.py", "if a.conclusion and not _light(a)]", "if a.conclusion]",
        "tests/core/test_verify_table.py", "every_history_of_two",
    ),
    # A pending status is waited for though its context has said more since.
    "status-replaced": one(
        "app/core/evidence/judge.py", "any(goes_on(r, place) for r in runs)",
        "any(r.conclusion is None for r in runs)",
        "tests/core/test_evidence_whole.py", "pending_only_until",
    ),
    # Two failed jobs of one workflow run are two requests to run it again.
    "retry-once": one(
        "app/core/planning/start.py", "one_request = run.suite_id and run.app == ACTIONS",
        "one_request = False", "tests/flows/test_verification.py", "two_failed_jobs",
    ),
    # What GitHub does not run again counts as begun, and its lock stays taken.
    "not-rerun": one(
        "app/engine/actions/check_requests.py", "as_before = replace(promotion, reran=())",
        "as_before = promotion", "tests/flows/test_verification.py", "failed_commit_status",
    ),
    # Commits that change nothing watched do not speak for the one below.
    "docs-above": one(
        "app/core/planning/minting.py", "way = (sha, *line.between(sha, newer))", "way = (sha,)",
        "tests/core/test_minting.py", "where_none_started",
    ),
    # What a tick has not looked at does not fire.
    "far-back": one(
        "app/engine/survey/branch_lines.py", "return done or self.left > 0", "return True",
        LINES, "however_far_back",
    ),
    # What was asked before takes the place of what was never asked.
    "never-asked": one(
        "app/engine/survey/checks_heard.py", "(most if new else most - 1)", "most",
        "tests/engine/test_hearing.py", "leaves_room",
    ),
    # After a foxtrot the line goes on along first parents.
    "foxtrot": one(
        "app/core/state/lines.py",
        "        if len(parents) > 1 and not graph.is_ancestor(base, parents[0]):\n"
        "            return\n", "",
        "tests/core/test_lines.py", "second_parent",
    ),
    # A line that nobody remembers goes along first parents, wherever our promotions landed.
    "landing-of-ours": one(
        "app/core/state/lines.py", "        if holder is not None:\n            return holder\n",
        "", LINES, "remembers_nothing",
    ),
    # What landed on another branch says which parent of a merge was the tip.
    "another-branch": one(
        "app/engine/survey/warehouses.py",
        "        on = {n for n in on if (self.pipeline.stages[n].branch or self.default_branch)"
        " == branch}\n", "", RULES, "another_branch",
    ),
    # Tips that only deliveries told of are on no line.
    "told-by-delivery": one(
        "app/engine/survey/branch_lines.py", "if h.branch == branch]", "if False]", RULES, "a_delivery_tells",
    ),
    # Only five verified freights are watched for a later failure.
    "sixth-watched": one(
        "app/core/planning/revocation.py", "is not None and age < taken)\n",
        "is not None and age < taken)\n"
        "    younger = sorted(younger, key=lambda f: ledger.age(f) or 0)[:5]\n",
        "tests/core/test_plan_checks.py", "however_many_came_later",
    ),
    # What was verified counts no more as soon as it is brought in again.
    "new-attempt": one(
        "app/core/state/stage_state.py", "elif says_nothing(promotion):", "elif False:",
        "tests/core/test_put_back.py", "stays_verified",
    ),
    # The promotion of a suspect grant is forgotten behind newer ones.
    "window-that-forgets": one(
        "app/sql/records/promotions.py", "unfinished, granted, back, told_of",
        "unfinished, back, told_of",
        "tests/contracts/test_store_locks_at_once.py", "suspect_grant_is_loaded and sqlite",
    ),
    # What a stage holds is compared with sixty freights.
    "61st-freight": one(
        "app/engine/survey/adoption.py", "REACH = 500", "REACH = 60",
        "tests/simulation/test_adoption.py", "500_newest",
    ),
    # What a withdrawn freight superseded never comes again.
    "successor-gone": one(
        "app/core/planning/eligibility.py",
        "return by.warehouse == before.freight.warehouse and ledger.age(by) is None",
        "return False", "tests/core/test_superseded_again.py", "",
    ),
    # A row changes for whoever tells of it, also through an installation that it left.
    "identity": one(
        "app/sql/records/repos.py", "        if installation_id is not None:\n", "        if False:\n",
        "tests/engine/test_sweep_installations.py", "no_installation_that_began or older_than_a_move",
    ),
    # Runs that only begin use up what heads, failures and grants need.
    "budget-reserve": one(
        "app/core/state/budget_shares.py", "Importance.BEGINNING: 85", "Importance.BEGINNING: 100",
        "tests/core/test_shares.py", "matters_more",
    ),
    # A job that runs without a grant takes no permit.
    "visitor": one(
        "app/core/planning/visitors.py", "                    actions += occupy(ledger, landing.promotion)\n",
        "                    pass\n", "tests/core/test_visitors.py", "run_again",
    ),
    # What was said long ago still acts when it is found.
    "old-comment": one(
        "app/core/model/comments.py",
        "return self.seen_at is not None and self.seen_at - self.created_at > STILL_MEANT",
        "return False", "tests/engine/test_intake.py", "is_late",
    ),
    # Names are read back out of a sentence.
    "words": one(
        "app/core/planning/freight_standing.py", "names_of(about) if about else names,",
        'tuple(detail.split(", ")) if about else names,',
        "tests/core/test_words.py", "comma",
    ),
    # A pull request that cannot be read keeps all others from their plan.
    "one-proposal": one(
        "app/engine/survey/proposals.py", "with attempts.apart(_name(candidate), snapshot.now):", "if True:",
        "tests/engine/test_proposals.py", "left_out",
    ),
    # Locks that cannot be published end the tick.
    "published-locks": one(
        "app/engine/actions/lock_publishing.py", 'with attempts.apart("locks", now):', "if True:",
        "tests/flows/test_contained_parts.py", "cannot_be_shown",
    ),
    # A sweep looks only where something moved or was said.
    "lost-mark": one(
        "app/engine/deliveries/sweep.py", "if record.awaiting or self._moved(record)",
        "if self._moved(record)", "tests/flows/test_locks.py", "whatever_mark",
    ),
}  # fmt: skip
