"""Mutations that a seed catches with weights, named permits, or other repositories: mostly by the oracle alone."""

from __future__ import annotations

from tests.simulation.patching import Patch

OF_LOCKS = {
    # Who takes all takes one.
    "all-is-one": Patch(
        "app/core/locks/queue.py",
        (("    return max(permits, 1) if weight == ALL else weight\n", "    return max(weight, 1)\n"),),
        seed=5,
    ),
    # A permit is given whoever has it.
    "permit-twice": Patch(
        "app/core/locks/queue.py",
        (("        return tuple(name for name in names if name not in had)\n", "        return tuple(names)\n"),),
        seed=42,
    ),
    # What is written under a grant does not say which permit that is.
    "permit-unsaid": Patch(
        "app/core/state/grants_in_steps.py",
        (("promotion.id and request.state in HOLDING\n", 'promotion.id and request.state == "releasing"\n'),),
        seed=18,
    ),
    # What came without being let in takes one of the named permits.
    "visitor-takes-one": Patch(
        "app/core/planning/lock_weights.py",
        (("if g in named or weights.get(g) == ALL}", "if weights.get(g) == ALL}"),),
        ("tests/core/test_plan_weights.py", "takes_all_of_named"),
    ),
    # What the organisation's file said before counts while it cannot be read.
    "unread-counts": Patch(
        "app/engine/survey/organizations.py",
        (('    if file.status == "unreadable":\n', "    if not file.text and file.why:\n"),),
        seed=68,
    ),
    # What ends a request wakes its own repository alone.
    "others-unwoken": Patch(
        "app/sql/locks/turns.py",
        (("            for key in keys:\n", "            for key in [home]:\n"),),
        seed=13,
    ),
    # Who waits is told no at half of max-wait.
    "impatient": Patch(
        "app/core/planning/lock_times.py",
        (("request.requested_at + shortest", "request.requested_at + shortest / 2"),),
        seed=3,
    ),
}  # fmt: skip
