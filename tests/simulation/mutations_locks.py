"""Mutations that a seed with weights, or with names of permits, catches: by the oracle alone."""

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
    # What came without being let in takes one of the named permits.
    "visitor-takes-one": Patch(
        "app/core/planning/lock_weights.py",
        (("if g in named or weights.get(g) == ALL}", "if weights.get(g) == ALL}"),),
        seed=115,
    ),
}  # fmt: skip
