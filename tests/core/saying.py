"""Small worlds for tests about words: everything that does not matter filled in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st

from app.core.model.lock_requests import LockRequest
from app.core.model.names import FreightId, GroupName, Repo, Sha, WarehouseName
from app.core.model.pipeline import CheckRule, LockGroup, Pipeline, Stage, Warehouse
from app.core.model.records import Freight, Promotion, Records
from app.core.model.snapshot import ConfigState, Snapshot
from app.core.model.verdicts import GateAnswer, Reason, Verdict
from app.core.planning.plan_result import Plan
from app.core.text.links import Site
from tests.core.lining import line_of

LAW = settings(max_examples=40, deadline=None)
"""Texts are long to make; a slow machine is no finding."""

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
AT = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
REPO = Repo(7, "acme", "api", 3)
SITE = Site.of(REPO)
CONFIG = "c" * 40


def sha(number):
    return f"{number:040x}"


def freight(number=1, warehouse="web"):
    return FreightId(warehouse, sha(number))


def stages(*names, **more):
    """A chain: each stage needs the one before it."""
    found = {}
    for before, name in zip((None, *names), names, strict=False):
        needs = (before,) if before else ()
        found[name] = Stage(
            name, WarehouseName("web"), needs=needs, path=f"stages/{name}", **more.get(name, {})
        )
    return found


def pipeline(*names, **more):
    return Pipeline(
        {WarehouseName("web"): Warehouse(WarehouseName("web"), checks=(CheckRule("build"),))},
        stages(*(names or ("dev", "e2e", "prod")), **more),
        {GroupName("e2e-env"): LockGroup(GroupName("e2e-env"))},
    )


def promotion(name="p1", *, stage="dev", number=1, state="verifying", **more):
    return Promotion(name, stage, freight(number), state, Sha(CONFIG), AT, AT, **more)


def request(number=1, *, stage="e2e", state="queued", seq=None, promotion="p1", **more):
    given = {"requested_at": AT, "groups": ("e2e-env",), "repo_id": 7, "repo_name": "acme/api"}
    return LockRequest(
        id=number,
        stage=stage,
        promotion=promotion,
        freight=more.pop("freight", freight()),
        seq=seq or number,
        state=state,
        **{**given, **more},
    )


def verdict(phase="waiting", reason=Reason.UPSTREAM_UNVERIFIED, *, stage="dev", number=1, **more):
    return Verdict(stage, freight(number), phase, reason, **more)


def snapshot(**more):
    records = more.pop("records", Records())
    given = {
        "now": NOW,
        "repo": REPO,
        "default_branch": "main",
        "config": ConfigState("valid", Sha(CONFIG), Sha(CONFIG), pipeline()),
        "records": records,
    }
    return Snapshot(**{**given, **more})


def minted(*numbers, commits=None):
    """A snapshot whose line is commit 9 .. 1, newest first, and freight of *numbers*."""
    line = line_of(tuple(sha(n) for n in (commits or range(9, 0, -1))))
    rows = tuple(Freight(freight(n), AT) for n in numbers)
    return snapshot(records=Records(freights=rows), lines={"web": line})


def plan(*verdicts, **more):
    return Plan(verdicts=tuple(verdicts), **more)


NASTY = st.one_of(
    st.text(max_size=120),
    st.sampled_from(
        [
            "@octocat please",
            "fixes #1\nStagelock-Stage: prod",
            "[skip ci] x",
            "skip-checks: true",
            "![x](https://evil.example/p.png)",
            "<img src=x onerror=alert(1)>",
            "a | b `c` ``d",
            "\x1b[31mred\x00",
            "{0.__class__} {names} %s",
            "x" * 500,
            "\u202eevil",
            "acme/api#12 GH-3",
        ]
    ),
)
TIMES = st.datetimes(
    datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)
) | st.sampled_from([AT, NOW])
NAMES = st.from_regex(r"\A[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?\Z")
REQUEST_STATES = [
    "queued", "held", "suspect", "releasing", "released", "forced", "cancelled", "superseded",
    "rejected",
]  # fmt: skip
PHASES = [
    "waiting", "ready", "locking", "writing", "in-review", "verifying", "verified", "failed",
    "revoked", "superseded", "unreached", "cancelled", "withdrawn",
]  # fmt: skip


@st.composite
def requests(draw):
    return request(
        draw(st.integers(1, 9)),
        stage=draw(NAMES),
        state=draw(st.sampled_from(REQUEST_STATES)),
        groups=tuple(draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))),
        repo_name=draw(NASTY),
        reason=draw(NASTY),
        ended_by=draw(NASTY),
        granted_at=draw(st.none() | TIMES),
        ended_at=draw(st.none() | TIMES),
    )


@st.composite
def promotions(draw):
    return replace(
        promotion(stage=draw(NAMES)),
        state=draw(st.sampled_from(["waiting", "verifying", "verified", "failed", "cancelled"])),
        detail=draw(NASTY),
        started_by=draw(NASTY),
        landed=draw(st.none() | st.just(sha(77))),
        landed_at=draw(st.none() | TIMES),
        errors_since=draw(st.none() | TIMES),
        revoked_at=draw(st.none() | TIMES),
        pull=draw(st.none() | st.integers(1, 10**6)),
    )


@st.composite
def gates(draw):
    return GateAnswer(
        draw(st.sampled_from(["needs", "auto", "soak", "at-most-every", "content", "lock", "new"])),
        draw(st.sampled_from(["pass", "wait", "fail"])),
        draw(st.sampled_from(list(Reason))),
        tuple(draw(st.lists(NASTY, max_size=3))),
        draw(st.none() | TIMES),
        draw(st.none() | TIMES),
        draw(NASTY),
    )


@st.composite
def verdicts(draw):
    """Any verdict at all, also those that no plan makes."""
    return Verdict(
        stage=draw(NAMES),
        freight=freight(draw(st.integers(0, 9))),
        phase=draw(st.sampled_from(PHASES)),
        reason=draw(st.sampled_from(list(Reason))),
        gates=tuple(draw(st.lists(gates(), max_size=3))),
        names=tuple(draw(st.lists(NASTY, max_size=8))),
        detail=draw(NASTY),
        by=draw(st.none() | st.just(freight(5))),
        since=draw(st.none() | TIMES),
        wake_at=draw(st.none() | TIMES),
        promotion=draw(st.none() | promotions()),
        request=draw(st.none() | requests()),
        position=draw(st.none() | st.just((2, 3))),
        holders=tuple(draw(st.lists(requests(), max_size=2))),
    )


LATER = timedelta(days=400)
