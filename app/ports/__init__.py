"""
The roles that the outside plays for us, as Protocols; named by role, implemented by technology.

Every method may raise the errors of `app/errors.py` and no others. Every write may be repeated:
natural keys (external id, branch name, expected tip) let the second call find the first's work.
"""

from app.ports.audit import Audit
from app.ports.budget import Budget
from app.ports.clock import Clock
from app.ports.direct_locks import DirectLocks
from app.ports.forge import Forge
from app.ports.git import GitMirrors, GitRepo
from app.ports.inbox import Inbox
from app.ports.lines import Lines
from app.ports.lock_services import LockService, LockServices
from app.ports.locks import Locks
from app.ports.repos import Repos
from app.ports.store import History, Store, Work

__all__ = [
    "Audit",
    "Budget",
    "Clock",
    "DirectLocks",
    "Forge",
    "GitMirrors",
    "GitRepo",
    "History",
    "Inbox",
    "Lines",
    "LockService",
    "LockServices",
    "Locks",
    "Repos",
    "Store",
    "Work",
]
