"""The rows of a run as a table for people and as JSON for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Row, Series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BEGIN, END = "<!-- table: make bench ARGS=--write-docs -->", "<!-- end of the table -->"


@dataclass(frozen=True)
class Measured:
    """One benchmark: its *rows*, and what they were measured on."""

    name: str
    machine: Mapping[str, str]
    rows: Sequence[Row]

    @property
    def where(self) -> str:
        """Commit and load: by them the numbers of one table may differ."""
        return "; ".join(self.machine[fact] for fact in ("commit", "load"))

    @property
    def facts(self) -> str:
        """The commit, and all but the load, which is every benchmark's own."""
        others = (text for fact, text in self.machine.items() if fact not in ("commit", "load"))
        return f"{self.machine['commit']}: {'; '.join(others)}"


def printed(rows: Sequence[Row]) -> str:
    """Lines for a terminal."""
    lines = []
    for row in rows:
        mark = "met" if row.met else "NOT MET"
        lines.append(f"\n{row.what}: {_answer(row)}   goal: {row.goal}   {mark}")
        for series in (row.ours, row.base):
            if series is not None:
                cpu = f"   {_middle(series.cpu):,.1f} ms of CPU" if series.cpu else ""
                lines.append(f"    {series.name:48} {series}{cpu}")
        lines += [f"    {name}: {value:g}" for name, value in row.extra.items()]
    return "\n".join(lines)


def markdown(found: Sequence[Measured]) -> str:
    """The table of docs/performance.md, with what each row was measured on."""
    lines = [
        "| what | Stagelock | against | result | goal | | commit; load |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [f"| {_cells(row)} | {one.where} |" for one in found for row in one.rows]
    facts = dict.fromkeys(f"- {one.facts}" for one in found)
    return "\n".join([*lines, "", "Medians (and the whole spread). The commits:", "", *facts])


def _cells(row: Row) -> str:
    base = f"{row.base.name}: {row.base}" if row.base else ""
    notes = "".join(f"; {name}: {value:g}" for name, value in row.extra.items())
    met = "met" if row.met else "**not met**"
    return " | ".join((row.what, str(row.ours), base, f"{_answer(row)}{notes}", row.goal, met))


def document(found: Sequence[Measured]) -> list[dict[str, Any]]:
    """Everything, every round's values included."""
    return [asdict(one) for one in found]


def read(document: Sequence[Mapping[str, Any]]) -> list[Measured]:
    """Read what `document` wrote."""
    return [
        Measured(one["name"], one["machine"], [_row(row) for row in one["rows"]])
        for one in document
    ]


def _row(row: Mapping[str, Any]) -> Row:
    base = row["base"] and _series(row["base"])
    return Row(**{**row, "ours": _series(row["ours"]), "base": base})


def _series(found: Mapping[str, Any]) -> Series:
    return Series(found["name"], found["unit"], tuple(found["values"]), tuple(found["cpu"]))


def _answer(row: Row) -> str:
    return f"{row.ratio:,.0f} {row.unit}" if row.ratio >= 100 else f"{row.ratio:.2g} {row.unit}"


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
