"""The rows of a run as a table for people and as JSON for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Row, Series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BEGIN, END = "<!-- table: make bench ARGS=--write-docs -->", "<!-- end of the table -->"


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


def markdown(rows: Sequence[Row], machine: Mapping[str, str]) -> str:
    """The table of docs/performance.md, with what it was measured on."""
    lines = [
        "| what | Stagelock | against | result | goal | |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        base = f"{row.base.name}: {row.base}" if row.base else ""
        notes = "".join(f"; {name}: {value:g}" for name, value in row.extra.items())
        lines.append(
            f"| {row.what} | {row.ours} | {base} | {_answer(row)}{notes} | {row.goal} |"
            f" {'met' if row.met else '**not met**'} |"
        )
    facts = "; ".join(f"{name}: {text}" for name, text in machine.items())
    return "\n".join([*lines, "", f"Medians (and the whole spread). {facts}."])


def document(rows: Sequence[Row], machine: Mapping[str, str]) -> dict[str, Any]:
    """Everything, every round's values included."""
    return {"machine": dict(machine), "rows": [asdict(row) for row in rows]}


def rows_of(found: Mapping[str, Any]) -> list[Row]:
    """Read what `document` wrote."""
    return [
        Row(**row | {"ours": _series(row["ours"]), "base": row["base"] and _series(row["base"])})
        for row in found["rows"]
    ]


def _series(found: Mapping[str, Any]) -> Series:
    return Series(found["name"], found["unit"], tuple(found["values"]), tuple(found["cpu"]))


def _answer(row: Row) -> str:
    return f"{row.ratio:,.0f} {row.unit}" if row.ratio >= 100 else f"{row.ratio:.2g} {row.unit}"


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
