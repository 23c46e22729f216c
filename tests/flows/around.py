"""Stand beside the App's calls of GitHub and Git: to race them, to cut them short, to count them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from app.ports import Forge, GitMirrors
from tests.flows.harness import Flow

Beside = Callable[[str, str], None]
"""Told of each call: ``before`` or ``after``, and the method's name."""

EFFECTS = frozenset(
    {
        "create_run",
        "update_run",
        "create_pull",
        "update_pull",
        "merge_pull",
        "close_pull",
        "create_comment",
        "update_comment",
        "react",
        "rerun",
        "cancel_workflow",
        "push",
    }
)
"""Every method of the ports that changes something at GitHub."""


class Around:
    """A port's object, with somebody beside each call of its methods."""

    def __init__(self, inner: object, beside: Beside) -> None:
        self._inner = inner
        self._beside = beside

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def call(*args: object, **more: object) -> object:
            self._beside("before", name)
            found = method(*args, **more)
            self._beside("after", name)
            return found

        return call


class MirrorsAround(Around):
    """The same for whatever mirror is opened."""

    @contextmanager
    def open(self, repo: object) -> Iterator[Around]:
        """Open the real mirror; its methods have company."""
        with self._inner.open(repo) as git:  # type: ignore[attr-defined] # any mirrors
            yield Around(git, self._beside)


def stand_beside(flow: Flow, beside: Beside, *, publish_locks: bool = False) -> None:
    """
    From now on *beside* is told of every call of a tick, until the App is booted anew.

    With *publish_locks* locks have pushes of their own, as a hook needs them that sees a lock pass
    from one promotion to the next.
    """
    forge = cast("Forge", Around(flow.app.forge, beside))
    mirrors = cast("GitMirrors", MirrorsAround(flow.app.mirrors, beside))
    flow.surround(forge, mirrors, publish_locks=publish_locks)
