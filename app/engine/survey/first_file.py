"""Does somebody propose a first file of ours to a repository that has none?"""

from __future__ import annotations

from collections.abc import Mapping

from app.core.model.names import FIRST_FILE, Repo, Sha
from app.core.model.organization_locks import HOME, LOCKS_FILE
from app.core.model.repository_change import RepoRecord
from app.engine.survey.config_in_force import FILE
from app.ports import GitMirrors

FEW = 5
"""Branches that are asked for the file at one look; each costs one commit and one tree."""


def is_proposed(
    mirrors: GitMirrors, repo: Repo, record: RepoRecord, branch: str, tips: Mapping[str, Sha]
) -> bool:
    """
    A first file lies on a branch: on ours, or on one of the few that moved since the last look.

    *tips* are the server's now, *branch* the default one. Where many moved at once none is asked:
    a repository that does not use us costs little.
    """
    if FIRST_FILE in tips:
        return True
    moved = [name for name, tip in tips.items() if name != branch and record.tips.get(name) != tip]
    few = moved if len(moved) <= FEW else ()
    files = (FILE, LOCKS_FILE) if repo.name == HOME else (FILE,)
    return any(mirrors.holds(repo, name, file) for name in few for file in files)
