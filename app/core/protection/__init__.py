"""
Push rules: what a push may change in a repository with a pipeline, and who may.

One pure function, `violations`, over the facts of one push. The pre-receive hook gathers the facts
with git's plumbing. Everything here starts in milliseconds: no yaml, no parser, no patterns.
"""

from app.core.protection.push_facts import (
    Change,
    ConfigChange,
    Guard,
    Holder,
    LockMove,
    LockState,
    Push,
    Update,
    Violation,
    Written,
)
from app.core.protection.push_rules import violations

__all__ = [
    "Change",
    "ConfigChange",
    "Guard",
    "Holder",
    "LockMove",
    "LockState",
    "Push",
    "Update",
    "Violation",
    "Written",
    "violations",
]
