"""Globs over the short names of branches and tags: `main`, `release/*`, `hotfix/**`."""

from __future__ import annotations

import re

from app.core.paths.canonical import branch_error
from app.core.paths.globs import REGEX, entry_error, is_plain, parts

NAMESPACES = ("refs/heads/", "refs/tags/")
"""Whose names are matched: what a pull request's job runs on is in neither."""


def ref_glob_error(entry: str) -> str | None:
    """Tell why *entry* is no glob of branches and tags; None where it is one."""
    if entry.startswith("refs/"):
        return "branches and tags are written without `refs/heads/` and `refs/tags/`"
    if entry.startswith(REGEX):
        return "branches and tags are named by globs, not by `regex:`"
    if entry.startswith("!"):
        return "a leading `!` is not an exclusion here: name what may"
    return branch_error(entry) if is_plain(entry) else entry_error(entry)


def ref_passes(globs: tuple[str, ...], ref: str) -> bool:
    """
    Tell whether a job that runs on *ref* (``refs/heads/main``) may pass *globs*.

    Without globs every ref does. A name without wildcards is that one alone; `*` stays between
    slashes, `**` does not. Every glob must have passed `ref_glob_error`.
    """
    if not globs:
        return True
    names = [ref.removeprefix(start) for start in NAMESPACES if ref.startswith(start)]
    return any(_matches(glob, name) for glob in globs for name in names)


def _matches(glob: str, name: str) -> bool:
    if is_plain(glob):
        return glob == name
    above, slash, last = name.rpartition("/")
    return any(
        _begins(folder, above + slash) and (file is None or _begins(file, last))
        for folder, file in parts(glob).pairs
    )


def _begins(pattern: str, text: str) -> bool:
    import re2  # noqa: PLC0415  (6 ms that commands without a pipeline need not pay)

    return re2.match(pattern, re.sub("[\ud800-\udfff]", "\ufffd", text)) is not None
