"""The routes of `/api/v1`: ROUTES is the registry, in the order of the description."""

from __future__ import annotations

from app.web.api import asked, bodies, commands, events, locks, pipeline, requests, rows
from app.web.api.call import Parameter, Route
from app.web.api.schemas import TEXT, each, record, ref

_REPO = "/repos/{owner}/{repo}"
_GROUP = "/locks/{scope}/{group}"
_REQUEST = f"{_GROUP}/requests/{{request}}"
_WAIT = Parameter(
    "wait",
    {"type": "integer", "minimum": 0, "maximum": bodies.MOST_WAIT, "default": 0},
    "seconds to wait for a change",
)
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
        _GROUP,
        ("read", "lock"),
        locks.one,
        "One lock group",
        {200: ref("Group")},
    ),
    Route(
        "POST",
        f"{_GROUP}/requests",
        ("lock",),
        requests.ask,
        "Ask for a lock group: granted (200), or queued (202)",
        {200: ref("Request"), 202: ref("Request")},
        body=ref("Wanted"),
        refuses=(404, 409, 422, 429),
    ),
    Route(
        "GET",
        _REQUEST,
        ("lock",),
        requests.see,
        "How a request stands; a queued one must be asked for again within its ttl",
        {200: ref("Request")},
        query=(_WAIT,),
        refuses=(404, 422),
    ),
    Route(
        "POST",
        f"{_REQUEST}/heartbeat",
        ("lock",),
        requests.heartbeat,
        "Renew a grant: it lasts for its ttl from now on",
        {200: ref("Request")},
        body=ref("Token"),
        refuses=(404, 409, 422),
    ),
    Route(
        "POST",
        f"{_REQUEST}/release",
        ("lock",),
        requests.release,
        "Give a grant back, or (token null) leave the queue",
        {200: ref("Request")},
        body=ref("Token"),
        refuses=(404, 409, 422),
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
        "POST",
        f"{_REPO}/commands",
        ("promote", "admin"),
        commands.act,
        "Say a command, such as `/promote prod`, as the token's name: taken (200), or to be (202); "
        "`/unlock GROUP --force reason` needs admin, all others promote",
        {200: ref("Said"), 202: ref("Said")},
        query=(_WAIT,),
        body=ref("Command"),
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
