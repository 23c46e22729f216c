"""Any history of lock requests, in processes that die, on every database."""

import os
from functools import partial
from typing import cast

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.contracts.lock_clients import Everybody

TIMES = int(os.environ.get("STAGELOCK_TEST_HISTORIES") or 1)
"""So many times as many histories as every change needs."""
EXAMPLES = {"sqlite": 18 * TIMES, "postgresql": 8 * TIMES}
SEARCH = TIMES > 1
"""Others each time, also on a server: what every change needs are the same ones each time there."""


@pytest.mark.timeout(300 * TIMES)
def test_any_history_of_requests_keeps_what_locks_promise(url):
    many = settings(max_examples=EXAMPLES[url.partition(":")[0]], stateful_step_count=50)
    many = settings(many, derandomize=False) if SEARCH else many
    run_state_machine_as_test(cast("type[Everybody]", partial(Everybody, url)), settings=many)
