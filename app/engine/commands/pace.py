"""How fast comments on one pull request, or commit, are answered: others have a share, too."""

from __future__ import annotations

from datetime import datetime

from app.core.model.comments import STILL_MEANT, CommandRecord, Place
from app.core.state.budget_shares import MOST_ON_A_PLACE, full_until, turn
from app.ports import History


class Pace:
    """
    For one pass over a repository's comments: each place is read once.

    Nothing is remembered beside the comments: when one is answered follows from when they were
    written, so a restart forgets nothing.
    """

    def __init__(self, history: History, repo_id: int) -> None:
        self._history, self._repo_id = history, repo_id
        self._turns: dict[Place, dict[str, datetime]] = {}

    def due(self, command: CommandRecord) -> datetime:
        """When *command*, whose answer is decided, may be answered."""
        place = command.place
        if place is None:
            return command.created_at
        # What nobody asked for, and what was written long ago, waits for no turn.
        return self._of(place, command).get(command.key, command.created_at)

    def full_until(self, command: CommandRecord) -> datetime | None:
        """
        When the next answer may be given, where that to *command*, decided now, is the first that
        leaves no room for one; else None.
        """
        place = command.place
        if place is None or command.kind not in ("issue", "commit"):
            return None
        turns = self._of(place, command)
        before = list(turns.values())[-MOST_ON_A_PLACE:]
        turns[command.key] = turn(before, command.created_at)
        return full_until([*before, turns[command.key]])

    def _of(self, place: Place, command: CommandRecord) -> dict[str, datetime]:
        if place not in self._turns:
            since = command.created_at - STILL_MEANT
            answers = self._history.answers_on(self._repo_id, place, since)
            turns = list[datetime]()
            for _, written in answers:
                turns.append(turn(turns[-MOST_ON_A_PLACE:], written))
            keys = (key for key, _ in answers)
            self._turns[place] = dict(zip(keys, turns, strict=True))
        return self._turns[place]
