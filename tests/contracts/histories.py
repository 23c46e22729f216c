"""What a repository's history is asked to keep."""

from datetime import timedelta

import pytest

from app.core.model.comments import CommandRecord
from app.core.model.names import StageName
from app.core.model.records import Order
from app.core.model.run_records import RunRecord
from tests.contracts.facts import AT, LEASE, claimed, promotion, sha

LATER = AT + timedelta(minutes=1)
RUN = RunRecord(
    "stagelock / dev", sha(1), 1, "p1", 5, "queued", "d", AT, AT, False, "bob", "read", "retry"
)
COMMAND = CommandRecord("issue-5", 5, "issue", "/promote dev", "ada", AT, pull=2)
ORDER = Order(0, "promote", StageName("dev"), None, "ada", AT, over="1f")


@pytest.fixture
def claim(store):
    return claimed(store)


def many(count):
    return [
        promotion(f"{stage}-{number}", stage=stage, state="verified", at=AT + number * LEASE)
        for number in range(1, count + 1)
        for stage in ("dev", "e2e")
    ]
