"""`python -m tests.fuzz [COUNT] [--from SEED]`: 1,000,000 hostile inputs, or COUNT."""

from __future__ import annotations

import argparse
import sys
import time

from tests.fuzz.running import run
from tests.fuzz.subjects import SUBJECTS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("count", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED")
    args = parser.parse_args()
    for name, (_, part) in SUBJECTS.items():
        begun = time.monotonic()
        count = run(name, round(args.count * part), args.first)
        sys.stdout.write(f"{name}: {count} inputs, {time.monotonic() - begun:.0f} s\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
