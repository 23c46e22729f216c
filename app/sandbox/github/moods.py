"""
How a played check goes: as it was declared, or as somebody wants to see it go.

Words in a commit message decide for the checks of that commit, and for those of the promotions of
the freight that was made of it: ``[fail e2e]``, ``[hang e2e]``, ``[slow e2e]``, ``[pass e2e]``;
without a name, for all checks. Else what was chosen on the page counts, for the checks that begin
from then on.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Repo

Mood = Literal["pass", "fail", "hang", "slow"]
MOODS: tuple[Mood, ...] = get_args(Mood)
SLOW_SECONDS = 20.0
"""How long a slow check takes: long enough to look around while it runs."""

_WORD = re.compile(r"\[(pass|fail|hang|slow)(?: ([^\[\]\n]{1,100}))?\]")
_FREIGHT = re.compile(r"^Stagelock-Freight: [^@\n]{1,100}@([0-9a-f]{40})$", re.MULTILINE)
_MOST = 65_536


class Moods:
    """What was chosen on the page, by repository and check."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._chosen: dict[tuple[int, str], Mood] = {}

    def choose(self, repo: Repo, name: str, mood: Mood | None) -> None:
        """From now on *name* goes so; None: as it was declared."""
        if mood is None:
            self._chosen.pop((repo.id, name), None)
        else:
            self._chosen[repo.id, name] = mood
        self._hub.touch()

    def chosen(self, repo: Repo, name: str) -> Mood | None:
        """What was chosen for *name*, if anything was."""
        return self._chosen.get((repo.id, name))

    def of(self, repo: Repo, sha: str, name: str) -> Mood | None:
        """How the check *name* goes on a commit; None: as it was declared."""
        git = self._hub.git(repo)
        message = git.commit(sha).message[:_MOST]
        freight = _FREIGHT.search(message)
        whole = message
        if freight is not None and git.resolve(freight[1]) is not None:
            # What the promotion's own text quotes of the freight is not asked: only that commit.
            whole = git.commit(freight[1]).message[:_MOST]
        return worded(whole, name) or self.chosen(repo, name)


def worded(message: str, name: str) -> Mood | None:
    """The mood that *message* wants for the check *name*: its own word, else one for all."""
    moods = {about: mood for mood, about in _WORD.findall(message)}
    for about in (name, ""):
        if about in moods:
            return next(mood for mood in MOODS if mood == moods[about])
    return None
