"""In a terminal: for which repositories is a first `stagelock.yaml` to be proposed?"""

from __future__ import annotations

from collections.abc import Mapping

from app import arrival
from app.cli.out import complain, tell
from app.core.model.names import Repo
from app.core.text import proposing_words as words
from app.errors import OutsideError
from app.setup.proposing import Hindrance, Proposed, State
from app.setup.starts import AT_ONCE
from app.setup.watching import MOST, Look

LOOKS = MOST // AT_ONCE
"""As many as it takes to ask all repositories that are shown."""


def ask(watched: arrival.Watching, seen: Look, github: str) -> None:
    """
    Propose for those that are named, one after the other, until nothing is said.

    A database that is not ready, or a GitHub that does not answer, ends it in words: set-up is done
    without.
    """
    try:
        watched.prepare()
    except OutsideError as error:
        complain(error.message)
        return
    try:
        while True:
            seen = _whole(watched, seen)
            without_file = _without(seen)
            if not without_file and not seen.has_more:
                return
            if without_file:
                tell(words.without(repo.full_name for repo in without_file.values()))
            name = _said(words.WHICH)
            if not name:
                return
            _propose(watched, without_file, name, github)
            seen = watched.look()
    except OutsideError as error:
        said = words.HINDRANCES[Hindrance.SILENT.value]
        complain(f"{said.title}. {said.do}", error.message)


def _propose(
    watched: arrival.Watching, without_file: Mapping[str, Repo], name: str, github: str
) -> None:
    known = without_file.get(name.lower())
    which = known.id if known else name
    made = watched.propose(which, smallest=False)
    if made.hindrance is Hindrance.NOTHING and _is_smallest_wanted():
        made = watched.propose(which, smallest=True)
    _tell(made, github)


def _tell(made: Proposed, github: str) -> None:
    if made.hindrance is Hindrance.GONE:
        complain(words.NO_SUCH)
    elif made.hindrance is not None:
        said = words.HINDRANCES[made.hindrance.value]
        complain(*(line for line in (f"{said.title}. {said.do}", made.said) if line))
    elif made.repo is not None:
        where = made.repo.full_name
        tell(words.proposed(where, f"{github}/{where}/pull/{made.pull}"))


def _whole(watched: arrival.Watching, seen: Look) -> Look:
    """*seen*, once each repository that is shown was asked; a few are asked a look."""
    for _ in range(LOOKS):
        if all(
            s.state is not State.ASKED
            for installation in seen.installations
            for s in installation.starts
        ):
            break
        seen = watched.look()
    return seen


def _without(seen: Look) -> dict[str, Repo]:
    starts = (start for installation in seen.installations for start in installation.starts)
    return {s.repo.full_name.lower(): s.repo for s in starts if s.state is State.NONE}


def _is_smallest_wanted() -> bool:
    tell(words.HINDRANCES[Hindrance.NOTHING.value].title)
    return _said(words.SMALLEST).lower() in {"y", "yes"}


def _said(question: str) -> str:
    """Nothing where nobody is there to say it."""
    tell(f"{question}:")
    try:
        return input().strip()
    except EOFError:
        return ""
