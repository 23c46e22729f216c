"""
``python -m tests.mutation``: change the modules that decide, one small thing at a time, and see
whether a test fails.

mutmut makes the mutants; the modules and the tests are named in `pyproject.toml`. What is ours: how
they are tried (`trying.py`: ten times as many in an hour), a sample that is the same on every
machine (by the names' hashes), the bar, and that each survivor in the rooms where a mistake lets
two jobs in has a reason in `survivors.txt`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.mutation.run import Mutants, told

ENOUGH = 85
"""The percentage of the sample that tests must kill."""
SURVIVORS = Path(__file__).with_name("survivors.txt")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("--sample", type=int, default=1000, help="how many mutants")
    parser.add_argument("--whole", action="store_true", help="and all of gates, evidence and locks")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--keep", type=Path, help="a folder: what was tried there stays tried")
    options = parser.parse_args()
    with Mutants(options.jobs, options.keep) as mutants:
        sample = mutants.sample(options.sample)
        names = sorted({*sample, *(mutants.whole() if options.whole else ())})
        outcome = mutants.run(names)
        killed = 100 * sum(outcome[name] for name in sample) // len(sample)
        for test in mutants.left_out():
            print(f"judges no mutant, for it fails without any: {test}")  # noqa: T201
        print(f"{killed} % of {len(sample)} mutants killed", flush=True)  # noqa: T201
        alive = [mutants.changed(name) for name in names if not outcome[name]]
    known = told(SURVIVORS.read_text())
    strange = [s for s in alive if s.is_critical and s.key not in known]
    for survivor in strange:
        print(f"survived, and has no reason in {SURVIVORS.name}:\n  {survivor.key}")  # noqa: T201
    if not options.whole:
        strange = []
    return int(killed < ENOUGH or bool(strange))


if __name__ == "__main__":
    sys.exit(main())
