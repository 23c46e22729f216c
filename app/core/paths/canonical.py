"""Canonical paths and branch names: what may be written in the pipeline file, and containment."""

from __future__ import annotations

import re

from app.core.model.git_names import is_forbidden

MAX_PATH = 1000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# https://git-scm.com/docs/git-check-ref-format, for a branch's name below refs/heads/
_BAD_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|\Z)")


def path_error(path: str) -> str | None:
    """
    Tell why *path* is not a canonical path relative to a root; None where it is.

    One slash at the end is no error (`stages/dev/` is `stages/dev`); `.` is for callers to allow.
    """
    if not path:
        return "the path is empty"
    if len(path) > MAX_PATH:
        return f"the path is longer than {MAX_PATH} characters"
    if _CONTROL.search(path):
        return "paths hold no control characters"
    if "\\" in path:
        return "paths are written with `/`, without backslashes"
    if path.startswith("/"):
        return "paths are relative to the root: without a leading slash"
    return _segments_error(path.removesuffix("/").split("/"))


def _segments_error(segments: list[str]) -> str | None:
    if "" in segments:
        return "the path has an empty part (`//`)"
    if "." in segments or ".." in segments:
        return "paths hold no `.` or `..`"
    if any(is_forbidden(segment.encode("utf-8", "replace")) for segment in segments):
        return "paths hold no `.git`, nor what a file system takes for it"
    return None


def branch_error(branch: str) -> str | None:
    """Tell why *branch* cannot be the name of a branch; None where it can."""
    if branch.startswith("refs/"):
        return "a branch is written without `refs/heads/`"
    if branch.startswith("stagelock/"):
        return "`stagelock/*` branches hold our pull requests"
    if len(branch) > 200 or _BAD_IN_REF.search(branch) or branch in ("", "@", "HEAD"):
        return "Git does not allow this as the name of a branch"
    if branch[0] in "-./" or branch[-1] in "./":
        return "Git does not allow this as the name of a branch"
    return None


def join(folder: str, path: str) -> str:
    """Put *path* below *folder*; "" is a root on either side."""
    return f"{folder}/{path}" if folder and path else folder or path


def within(path: str, folder: str) -> bool:
    """Tell whether *path* is *folder* or below it; everything is within the root ""."""
    return not folder or path == folder or path.startswith(folder + "/")


def relative(path: str, folder: str) -> str:
    """Write *path*, which is within *folder*, as seen from there; "" for *folder* itself."""
    return path[len(folder) :].removeprefix("/")
