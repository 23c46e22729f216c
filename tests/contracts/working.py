"""What the tests of the work table wait for."""

import time
from datetime import timedelta

SHORT = timedelta(milliseconds=300)


ZERO = timedelta()


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")
