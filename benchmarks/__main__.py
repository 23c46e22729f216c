"""
`python -m benchmarks [NAME ...]`: run these benchmarks, or all, each in a process of its own.

`--json FILE` writes every value, `--write-docs` puts the table into docs/performance.md and the
values into benchmarks/results/latest.json (those of benchmarks that were not run stay, with the
commit and the load that they were measured at), `--rounds N` takes fewer rounds, `--tiny` only
shows that everything still runs.
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
from benchmarks.table import Measured

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    "queue",
    "paths",
    "history",
    "neighbours",
    "deaf",
    "receipts",
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
    names = args.names or NAMES
    found: list[Measured] = []
    failed = False
    for name in names:
        measured = one(name, tiny=args.tiny) if len(names) == 1 else apart(name, args)
        failed = failed or measured is None
        if measured is not None:
            found.append(measured)
            print(table.printed(measured.rows), flush=True)
    if args.json:
        args.json.write_text(written(found), encoding="utf-8")
    if args.write_docs:
        publish(found)
    return int(failed)


def written(found: Sequence[Measured]) -> str:
    """The values as a file has them."""
    return json.dumps(table.document(found), indent=1) + "\n"


def one(name: str, *, tiny: bool) -> Measured:
    """Run one benchmark here."""
    facts = machine.described()
    module = importlib.import_module(f"benchmarks.{name}")
    return Measured(name, facts, module.rows(tiny=tiny))


def apart(name: str, args: argparse.Namespace) -> Measured | None:
    """Run one benchmark in a process of its own; None where it failed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "found.json"
        command = [sys.executable, "-m", "benchmarks", name, "--json", str(file)]
        options = ["--tiny"] if args.tiny else []
        options += ["--rounds", str(args.rounds)] if args.rounds else []
        code = subprocess.call([*command, *options], stdout=subprocess.DEVNULL)
        return table.read(json.loads(file.read_text(encoding="utf-8")))[0] if code == 0 else None


def publish(found: Sequence[Measured]) -> None:
    """Replace what was measured anew, in the published values and in the table of the page."""
    known = table.read(json.loads(RESULTS.read_text(encoding="utf-8")))
    newest = {one.name: one for one in (*known, *found)}
    all_of_them = [newest[name] for name in NAMES if name in newest]
    RESULTS.write_text(written(all_of_them), encoding="utf-8")
    text = table.markdown(all_of_them)
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
