"""Small histories made by hand: commits are letters, on one line per branch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from app.core.model.lock_requests import DirectRequest, LockRequest
from app.core.model.names import FreightId, GroupName, PromotionId, Sha, StageName, WarehouseName
from app.core.model.records import Freight, Promotion, Records
from tests.oracle.evidence import Seen
from tests.oracle.lines import Line
from tests.oracle.moment import Moment
from tests.oracle.pipeline import Plan, read
from tests.oracle.started import Began

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def plan(stages: Mapping[str, Any], **houses: Any) -> Plan:
    """A file of those stages; they are written to main."""
    document = {
        "warehouses": houses or {"web": {"paths": ["apps"]}},
        "stages": stages,
        "locks": {"e2e": {"permits": 1}},
    }
    found = read(json.dumps(document).encode())
    assert found is not None
    return found


def line(commits: str, parents: Mapping[str, str] | None = None) -> Line:
    """*commits* are letters, oldest first, each the tip once."""
    chain = {new: old for old, new in pairwise(commits)}
    up = {**chain, **(parents or {})}

    def holds(one: str, other: str) -> bool:
        seen, ahead = set(), [other]
        while ahead:
            at = ahead.pop()
            seen.add(at)
            ahead += [parent for parent in up.get(at, "") if parent not in seen]
        return one in seen

    made = Line(lambda sha: list(up.get(sha, "")), holds)
    for tip in commits:
        made.push(tip)
    return made


def run(number: int, name: str, conclusion: str | None = "success", minute: int = 0) -> Seen:
    return Seen(number, name, 1, conclusion, NOON + minute * MINUTE if conclusion else None)


def row(stage: str, freight: str, landed: str | None = None, **more: Any) -> Promotion:
    """A promotion; *freight* and *landed* are commits."""
    fields = {
        "state": "verified" if landed else "writing",
        "landed_at": NOON if landed else None,
        "verified_at": NOON if landed else None,
        **more,
    }
    return Promotion(
        PromotionId(f"{stage}-{freight}"),
        StageName(stage),
        FreightId(WarehouseName("web"), Sha(freight)),
        config=Sha("a"),
        created_at=NOON,
        updated_at=NOON,
        landed=Sha(landed) if landed else None,
        **fields,
    )


def request(stage: str, freight: str, state: Any = "held", number: int = 1) -> LockRequest:
    return LockRequest(
        number, 1, "acme/shop", StageName(stage), PromotionId(f"{stage}-{freight}"),
        FreightId(WarehouseName("web"), Sha(freight)), (GroupName("e2e"),), number, state,
        NOON, granted_at=NOON,
    )  # fmt: skip


def freight(sha: str, minute: int = 0) -> Freight:
    return Freight(FreightId(WarehouseName("web"), Sha(sha)), NOON + minute * MINUTE)


def moment(
    file: Plan,
    commits: Line,
    *,
    rows: Sequence[Promotion] = (),
    requests: Sequence[LockRequest] = (),
    freights: Sequence[Freight] = (),
    runs: Mapping[str, Sequence[Seen]] | None = None,
    minute: int = 30,
    content: Mapping[str, object] | None = None,
    started: Sequence[Began] = (),
) -> Moment:
    """*content* is what lies in every output of a commit; where it is not named, the same."""
    return Moment(
        now=NOON + minute * MINUTE,
        plan=file,
        plans=lambda _sha: file,
        lines={"main": commits},
        tips={"main": commits.tips[0]},
        runs=runs or {},
        pushed={},
        records=Records(promotions=tuple(rows), requests=tuple(requests), freights=tuple(freights)),
        at=lambda sha, path, key: (content or {}).get(sha, "same"),
        holds=commits.holds,
        started=started,
    )


def job(state="held", owner="7/1"):
    return DirectRequest(
        1, 1, "acme/shop", "job", "env", (GroupName("e2e"),), 1, state, NOON, timedelta(hours=1),
        owner=owner,
    )  # fmt: skip
