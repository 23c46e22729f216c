"""
Which Git host keeps a repository, told by what only that host leaves in its folder.

It follows which one variable says who pushes; where nothing, or more than one host, is found, that
is not known, and nobody guesses: a wrong variable would refuse the promoter.
"""

from __future__ import annotations

import os
from pathlib import Path

from app.hook.server import HOSTS

_BY_HOST = {host: variable for variable, host in HOSTS.items()}
_GITEA, _GITLAB = _BY_HOST["Gitea or Forgejo"], _BY_HOST["GitLab"]
_GITOLITE, _BITBUCKET = _BY_HOST["gitolite"], _BY_HOST["Bitbucket Data Center"]


def variable(git_dir: Path, file: str | None, keys: frozenset[str]) -> str | None:
    """
    Name the variable that the host of the repository at *git_dir* sets; None: not known.

    *file*: where the hook is asked to go, below it; *keys*: the names in the repository's own
    configuration. GitHub Enterprise Server leaves nothing: the hook never runs on its disk.
    """
    variables = set()
    # https://docs.gitea.com/administration/git-hooks: its own hook stands among the delegates.
    several = git_dir / "hooks" / "pre-receive.d"
    if any((several / name).exists() for name in ("gitea", "forgejo")):
        variables.add(_GITEA)
    if _is_gitlab(git_dir, file, keys):
        variables.add(_GITLAB)
    # gitolite's Conf/Store.pm takes it as the mark of a repository of its own.
    if (git_dir / "gl-conf").exists():
        variables.add(_GITOLITE)
    # Bitbucket keeps the names of project and repository there.
    if (git_dir / "repository-config").exists():
        variables.add(_BITBUCKET)
    return variables.pop() if len(variables) == 1 else None


def _is_gitlab(git_dir: Path, file: str | None, keys: frozenset[str]) -> bool:
    """https://docs.gitlab.com/administration/repository_storage_paths: `@hashed`, `@cluster`."""
    asked = os.path.normpath(file or "").startswith("custom_hooks" + os.sep)
    hashed = {"@hashed", "@cluster"} & set(git_dir.parts)
    return asked or bool(hashed) or "gitlab.fullpath" in keys
