"""
The git command line as functions: one environment, one way to run, five errors.

The pre-receive hook starts with `environment`, so the rest is imported when it is first asked for.
Talking with a server is `app.gitplumbing.remote`.
"""

from __future__ import annotations

from app.gitplumbing.environment import QUARANTINE, environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from app.gitplumbing.failures import Broken, Locked, cleaned
    from app.gitplumbing.process import GitAnswer, run

__all__ = ["QUARANTINE", "Broken", "GitAnswer", "Locked", "cleaned", "environment", "run"]


def __getattr__(name: str) -> object:
    """https://peps.python.org/pep-0562/"""
    import importlib  # noqa: PLC0415  (the hook starts without it)

    homes = {"GitAnswer": "process", "run": "process"}
    homes |= dict.fromkeys(("Broken", "Locked", "cleaned"), "failures")
    if name not in homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{homes[name]}"), name)
