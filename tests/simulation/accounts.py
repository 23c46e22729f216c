"""Who there is: their accounts' numbers, teams, and what each may do; that changes while we look on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from app.core.model.facts import Role

NUMBERS = {
    "ann": 101, "rob": 102, "max": 103, "zoe": 104, "pat": 105, "bob": 106, "alice": 107,
    "kim": 108,
}  # fmt: skip
ROLES: dict[str, Role] = {
    "ann": "write", "rob": "read", "max": "maintain", "zoe": "write", "pat": "write",
}  # fmt: skip
TEAMS = {"release": ("zoe", "pat")}
AUTHORS = ("alice", "zoe", "alice", "ann")
"""Who made a commit, by turns."""


class Accounts:
    """What each may do in the repository, and since when."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._told: list[tuple[datetime, str, Role]] = []

    def role(self, login: str) -> Role:
        """What GitHub answers."""
        found = [role for _, who, role in self._told if who == login]
        return found[-1] if found else ROLES.get(login, "none")

    def give(self, login: str, role: Role) -> None:
        self._told.append((self._now(), login, role))

    def since(self, login: str, past: timedelta) -> set[str]:
        """What GitHub can have answered in the time that has just *past*."""
        begin, found = self._now() - past, {str(self.role(login))}
        before = ROLES.get(login, "none")
        for at, who, role in self._told:
            if who != login:
                continue
            if at >= begin:
                found.add(before)
            before = role
        return found
