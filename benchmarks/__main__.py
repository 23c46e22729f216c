"""
`python -m benchmarks [NAME ...]`: run these benchmarks, or all, each in a process of its own.

`--json FILE` writes every value, `--write-docs` puts the table into docs/performance.md and the
values into benchmarks/results/latest.json, `--rounds N` takes fewer rounds, `--tiny` only shows
that everything still runs.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import machine, table
from benchmarks.harness import Limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.harness import Row

NAMES = (
    "promotion",
    "tree_edit",
    "branch",
    "contention",
    "fanout",
    "webhook",
    "hook",
    "plan",
    "work",
    "paths",
    "history",
    "neighbours",
    "deaf",
)
ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "performance.md"
RESULTS = ROOT / "benchmarks" / "results" / "latest.json"


def main(argv: Sequence[str]) -> int:
    """Run what *argv* says; 2 if there is no such benchmark, 1 if one failed."""
    args = _parser().parse_args(argv)
    if unknown := set(args.names) - set(NAMES):
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
        return 2
    Limit.rounds = args.rounds
    facts = machine.described()
    names = args.names or NAMES
    rows: list[Row] = []
    failed = False
    for name in names:
        found = one(name, tiny=args.tiny) if len(names) == 1 else apart(name, args)
        failed = failed or not found
        rows += found
        print(table.printed(found), flush=True)
    made = json.dumps(table.document(rows, facts), indent=1) + "\n"
    if args.json:
        args.json.write_text(made, encoding="utf-8")
    if args.write_docs and not failed:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(made, encoding="utf-8")
        write_docs(table.markdown(rows, facts))
    return int(failed)


def one(name: str, *, tiny: bool) -> list[Row]:
    """Run one benchmark here."""
    module = importlib.import_module(f"benchmarks.{name}")
    found: list[Row] = module.rows(tiny=tiny)
    return found


def apart(name: str, args: argparse.Namespace) -> list[Row]:
    """Run one benchmark in a process of its own; nothing where it failed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "found.json"
        command = [sys.executable, "-m", "benchmarks", name, "--json", str(file)]
        options = ["--tiny"] if args.tiny else []
        options += ["--rounds", str(args.rounds)] if args.rounds else []
        code = subprocess.call([*command, *options], stdout=subprocess.DEVNULL)
        return table.rows_of(json.loads(file.read_text(encoding="utf-8"))) if code == 0 else []


def write_docs(text: str) -> None:
    """Replace the table of docs/performance.md."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(table.BEGIN)
    _, _, after = rest.partition(table.END)
    made = f"{before}{table.BEGIN}\n{text}\n{table.END}{after}"
    PAGE.write_text(made, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value there")
    parser.add_argument("--write-docs", action="store_true", help="rewrite docs/performance.md")
    parser.add_argument("--rounds", type=int, metavar="N", help="at most N rounds of each")
    parser.add_argument("--tiny", action="store_true", help="small sizes: says nothing about speed")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
