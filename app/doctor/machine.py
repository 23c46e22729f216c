"""The machine: its settings, its data folder, its database, its way out."""

from __future__ import annotations

from app.doctor.subject import Subject
from app.doctor.verdicts import Fine, Todo, Verdict

LITTLE = 1 << 30
"""Bytes of room: below that the next clone of a repository may not fit."""


def settings(subject: Subject) -> Verdict:
    """All variables are read, and right."""
    if subject.problems:
        return Todo(
            "; ".join(subject.problems),
            "correct them: docs/operating.md has every variable; `stagelock setup` makes an App",
        )
    kept = subject.known[0].kept
    rest = f"; from set-up's data folder: {', '.join(sorted(kept))}" if kept else ""
    return Fine(f"all variables are valid{rest}")


def folder(subject: Subject) -> Verdict:
    """The data folder can be written to, and has room for mirrors."""
    kept, machine = subject.known
    if problem := machine.folder():
        return Todo(problem, "give the server's user that folder, or set STAGELOCK_DATA_DIR")
    room = machine.room()
    free = room.get("disk_free_bytes", LITTLE)
    mirrors = (
        f"; {room['mirrors']} mirrors, {size(room['mirrors_bytes'])}" if "mirrors" in room else ""
    )
    said = f"{kept.data_dir}: {size(free)} free{mirrors}"
    if free < LITTLE:
        return Todo(
            said, "make room, or move STAGELOCK_DATA_DIR: mirrors of repositories lie there"
        )
    return Fine(said)


def database(subject: Subject) -> Verdict:
    """The database is there, migrated, and takes writes."""
    _, machine = subject.known
    kept = machine.database()
    if kept.problem:
        return Todo(kept.problem, "correct STAGELOCK_DATABASE_URL, or run `stagelock migrate`")
    return Fine(
        "migrated, takes writes" + (f", {size(kept.size)}" if kept.size is not None else "")
    )


def proxy(subject: Subject) -> Verdict:
    """Which way requests to GitHub go, and whether the proxy leads there."""
    detour = subject.detour
    if detour.problem:
        return Todo(
            f"{detour.at} does not lead to GitHub: {detour.problem}",
            "correct STAGELOCK_PROXY (or HTTPS_PROXY), its user and password too, or let the proxy "
            "lead there; what is reached without it stands in NO_PROXY",
        )
    return Fine(
        f"GitHub is reached through {detour.at}"
        if detour.at
        else "none: GitHub is reached directly"
    )


def size(count: int) -> str:
    """Bytes as people read them."""
    if count >= 1 << 30:
        return f"{count / (1 << 30):.1f} GB"
    return f"{count / (1 << 20):.1f} MB"
