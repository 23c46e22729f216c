"""
The git command line as functions: one environment, one way to run, five errors.

Imports are light (standard library and `app.errors`): the pre-receive hook starts with this.
"""

from app.gitplumbing.environment import QUARANTINE, environment
from app.gitplumbing.failures import Broken, cleaned
from app.gitplumbing.process import Answer, run
from app.gitplumbing.remote import Remote

__all__ = ["QUARANTINE", "Answer", "Broken", "Remote", "cleaned", "environment", "run"]
