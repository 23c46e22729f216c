"""`python -m benchmarks [NAME]`: run one benchmark, or all of them, each in its own process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SHARED = {"__init__", "__main__", "harness", "gitserver"}


def main(names: list[str]) -> int:
    """Run the benchmarks *names* (none: all); 2 if there is no such one, 1 if one failed."""
    found = sorted({path.stem for path in Path(__file__).parent.glob("*.py")} - SHARED)
    if unknown := set(names) - set(found):
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(found)}")
        return 2
    codes = [subprocess.call([sys.executable, "-m", f"benchmarks.{n}"]) for n in names or found]
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
