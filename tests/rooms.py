"""
The rooms of the house, counted: `python -m tests.rooms` prints each part's rooms, floor by floor.

A *room* is a folder of a part (or a module that lies beside the folders); a *floor* is one step of imports
between rooms: what imports nothing of its part stands on the first.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
PARTS = ("core", "engine", "sql", "sandbox", "github", "git", "hook", "web")


def room_of(part: str, module: str) -> str | None:
    """The room that *module* (``app.core.gates.entry``) of *part* lies in; None: in another part."""
    names = module.split(".")
    return names[2] if names[:2] == ["app", part] and len(names) > 2 else None


def imports_of(path: Path) -> Iterator[str]:
    """The modules that a file imports when it runs; what only type checkers read does not count."""
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)


def rooms_of(part: str) -> dict[str, set[str]]:
    """Each room of *part*, and the rooms that it imports from."""
    folder = ROOT / "app" / part
    rooms: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        room = room_of(part, module)
        if room is None or room == "__init__" or "migrations" in path.parts:
            continue
        known = {room_of(part, name) for name in imports_of(path)} - {None, room}
        exist = {name for name in known if name and _exists(folder / name)}
        rooms.setdefault(room, set()).update(exist)
    return rooms


def _exists(place: Path) -> bool:
    return place.is_dir() or place.with_suffix(".py").is_file()


def floors_of(rooms: Mapping[str, set[str]]) -> list[list[str]]:
    """The rooms by floor, the lowest first. Raises ValueError where rooms import each other in a circle."""
    floors: list[list[str]] = []
    placed: set[str] = set()
    while len(placed) < len(rooms):
        floor = sorted(room for room in rooms if room not in placed and rooms[room] <= placed)
        if not floor:
            raise ValueError(f"a circle among {sorted(set(rooms) - placed)}")
        floors.append(floor)
        placed.update(floor)
    return floors


def main() -> int:
    """Print every part: its floors from the top, its rooms and how many files each has."""
    for part in PARTS:
        rooms = rooms_of(part)
        floors = floors_of(rooms)
        sys.stdout.write(f"app/{part}: {len(floors)} floors, {len(rooms)} rooms\n")
        for number, floor in reversed(list(enumerate(floors, start=1))):
            sys.stdout.write(f"  {number}  {'  '.join(floor)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
