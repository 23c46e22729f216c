"""
The git command line as functions: one environment, one way to run, five errors.

What is named here imports little (standard library and `app.errors`): the pre-receive hook starts
with it. Talking with a server is `app.gitplumbing.remote`.
"""

from app.gitplumbing.environment import QUARANTINE, environment
from app.gitplumbing.failures import Broken, cleaned
from app.gitplumbing.process import Answer, run

__all__ = ["QUARANTINE", "Answer", "Broken", "cleaned", "environment", "run"]
