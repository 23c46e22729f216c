"""What the tests of the work table wait for."""

import time
from datetime import timedelta

from tests.processes import PATIENCE

SHORT = timedelta(milliseconds=300)
NEARLY = 0.29
"""Seconds: `SHORT`, as clocks of milliseconds may have it."""
ZERO = timedelta()


def wait_for(condition):
    """What *condition* gives as soon as it gives something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")
