"""Any history of lock requests, in processes that die, on every database."""

import os
from functools import partial
from typing import cast

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.contracts.lock_clients import Everybody

TIMES = int(os.environ.get("STAGELOCK_TEST_HISTORIES") or 1)
"""So many times as many histories as every change needs."""
EXAMPLES = {"sqlite": 18 * TIMES, "postgresql": 8 * TIMES}


def test_any_history_of_requests_keeps_what_locks_promise(url):
    many = settings(max_examples=EXAMPLES[url.partition(":")[0]], stateful_step_count=50)
    run_state_machine_as_test(cast("type[Everybody]", partial(Everybody, url)), settings=many)
