"""What `stagelock doctor --repo` tells: the pre-receive hooks of this machine's repositories."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable

from app.doctor.hooks import Hooked, installed
from app.doctor.told import Line, told
from app.doctor.verdicts import Todo, Unknown, Verdict
from app.hook.install import InstallError
from app.hook.seen import Seen, look


def lines(folders: Iterable[str]) -> list[Line]:
    """A line for each repository; nothing of a server is needed, and nothing is run or changed."""
    return [told("hook", _verdict(folder)) for folder in folders]


def _verdict(folder: str) -> Verdict:
    try:
        return installed(_hooked(look(folder)))
    except InstallError as error:
        return Todo(str(error), "name the folder in which the Git server keeps the repository")
    except OSError as error:
        return Unknown(f"{folder}: {error.filename} cannot be read ({error.strerror})")


def _hooked(seen: Seen) -> Hooked:
    if seen.hook is None:
        return Hooked(str(seen.git_dir))
    current = importlib.metadata.version("stagelock")
    by = seen.server.promoter or ("its signature" if seen.server.signers else "")
    return Hooked(
        str(seen.git_dir), str(seen.hook), seen.version, current, seen.problem, seen.caller, by
    )
