"""The routes of `/api/v1`: ROUTES is the registry, in the order of the description."""

from __future__ import annotations

from app.web.api import asked, events, locks, pipeline, rows
from app.web.api.call import Parameter, Route
from app.web.api.schemas import TEXT, each, record, ref

_REPO = "/repos/{owner}/{repo}"
_FREIGHT = Parameter("freight", TEXT, "[WAREHOUSE@]SHA, at least 7 digits")

ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/locks",
        ("read",),
        locks.every,
        "Every lock group: who holds it, and who waits",
        {200: record(locks=each(ref("Group")))},
        refuses=(),
    ),
    Route(
        "GET",
        "/locks/{scope}/{group}",
        ("read", "lock"),
        locks.one,
        "One lock group",
        {200: ref("Group")},
    ),
    Route(
        "GET",
        f"{_REPO}/pipeline",
        ("read",),
        pipeline.pipeline,
        "The pipeline: what every stage is at, and what comes next to it",
        {200: ref("Pipeline")},
    ),
    Route(
        "GET",
        f"{_REPO}/freight",
        ("read",),
        rows.freight,
        "The freight that was minted, newest first",
        {200: record(freight=each(ref("Freight")))},
        query=(Parameter("warehouse", TEXT, "of that one alone"), asked.LIMIT, asked.BEFORE),
        refuses=(404, 422),
    ),
    Route(
        "GET",
        f"{_REPO}/promotions",
        ("read",),
        rows.promotions,
        "The promotions, newest first",
        {200: record(promotions=each(ref("Promotion")))},
        query=(Parameter("stage", TEXT, "of that one alone"), asked.LIMIT, asked.BEFORE),
        refuses=(404, 422),
    ),
    Route(
        "GET",
        f"{_REPO}/stages/{{stage}}/why",
        ("read",),
        pipeline.why,
        "Why a freight is where it is in a stage: every gate, and when it is looked at next",
        {200: ref("Why")},
        query=(_FREIGHT,),
        refuses=(404, 422),
    ),
    Route(
        "GET",
        "/events",
        ("read",),
        events.some,
        "The audit, newest first",
        {200: each(ref("Event"))},
        query=(events.REPO, events.SINCE, asked.LIMIT, asked.BEFORE),
        refuses=(422,),
    ),
    Route(
        "GET",
        "/events/{event}",
        ("read",),
        events.one,
        "What the short id at the end of a message opens",
        {200: each(ref("Event"))},
    ),
)
