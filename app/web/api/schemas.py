"""The forms of what the API takes and gives, in JSON Schema; they become `openapi.json`."""

from __future__ import annotations

from collections.abc import Mapping

Schema = Mapping[str, object]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
TIME: Schema = {"type": "string", "format": "date-time"}
FLAG: Schema = {"type": "boolean"}
NAMES: Schema = {"type": "array", "items": TEXT}


def maybe(schema: Schema) -> Schema:
    """That, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def each(schema: Schema) -> Schema:
    """A list of those."""
    return {"type": "array", "items": schema}


def record(**fields: Schema) -> Schema:
    """An object with all of these fields and no others."""
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def ref(name: str) -> Schema:
    """One of `COMPONENTS`."""
    return {"$ref": f"#/components/schemas/{name}"}


_HOLDER: Mapping[str, Schema] = {
    "id": TEXT,
    "kind": {"enum": ["stage", "job", "person", "visitor", "client", "unknown"]},
    "name": maybe(TEXT),
    "repository": maybe(TEXT),
    "since": TIME,
    "reason": maybe(TEXT),
    "state": {"enum": ["queued", "held", "suspect", "overdue", "releasing"]},
    "token": maybe(WHOLE),
    "permit": maybe(TEXT),
}
_PERMITS: Schema = {"anyOf": [WHOLE, NAMES]}
_VERDICT: Mapping[str, Schema] = {
    "freight": TEXT,
    "phase": TEXT,
    "reason": TEXT,
    "title": TEXT,
    "since": maybe(TIME),
    "promotion": maybe(TEXT),
}

COMPONENTS: Mapping[str, Schema] = {
    "Problem": record(
        error=TEXT,
        message=TEXT,
        fields={"type": "object", "additionalProperties": TEXT},
    ),
    "Holder": record(**_HOLDER),
    "Queued": record(**_HOLDER, position=WHOLE),
    "Group": record(
        scope=TEXT,
        group=TEXT,
        permits=_PERMITS,
        free=WHOLE,
        holders=each(ref("Holder")),
        queue=each(ref("Queued")),
    ),
    "Request": record(
        id=TEXT,
        state=TEXT,
        token=maybe(WHOLE),
        permit=maybe(TEXT),
        position=maybe(WHOLE),
        of=maybe(WHOLE),
        holder=maybe(ref("Holder")),
        expires_at=maybe(TIME),
    ),
    "Wanted": {
        "type": "object",
        "properties": {
            "owner": TEXT,
            "reason": TEXT,
            "ttl": {"anyOf": [WHOLE, TEXT]},
            "permits": {"anyOf": [WHOLE, {"const": "all"}]},
            "join": maybe(WHOLE),
        },
        "required": ["owner"],
        "additionalProperties": False,
    },
    "Said": record(
        key=TEXT,
        event=TEXT,
        state={"enum": ["pending", "done"]},
        effective=maybe(FLAG),
        answer=maybe(TEXT),
    ),
    "Command": record(key=TEXT, command=TEXT),
    "Token": record(token=maybe(WHOLE)),
    "Hold": record(reason=TEXT, by=maybe(TEXT), since=TIME, until=maybe(TIME)),
    "Verdict": record(**_VERDICT),
    "Current": record(
        freight=TEXT,
        promotion=TEXT,
        state=TEXT,
        commit=maybe(TEXT),
        landed_at=maybe(TIME),
        verified_at=maybe(TIME),
    ),
    "Stage": record(
        name=TEXT,
        warehouse=TEXT,
        needs=NAMES,
        needs_any=NAMES,
        path=maybe(TEXT),
        branch=maybe(TEXT),
        auto=FLAG,
        via=TEXT,
        locks=NAMES,
        current=maybe(ref("Current")),
        next=maybe(ref("Verdict")),
        hold=maybe(ref("Hold")),
    ),
    "Pipeline": record(
        repository=TEXT,
        repository_id=WHOLE,
        default_branch=TEXT,
        config=record(status=TEXT, commit=maybe(TEXT), in_force=maybe(TEXT)),
        warehouses=each(record(name=TEXT, branch=maybe(TEXT), waits=maybe(TEXT))),
        stages=each(ref("Stage")),
        locks=each(record(group=TEXT, scope=TEXT, permits=_PERMITS)),
    ),
    "Gate": record(
        gate=TEXT,
        state={"enum": ["pass", "wait", "fail"]},
        reason=TEXT,
        text=TEXT,
        since=maybe(TIME),
        until=maybe(TIME),
        next=maybe(TEXT),
    ),
    "Why": record(
        stage=TEXT,
        freight=maybe(TEXT),
        phase=maybe(TEXT),
        reason=maybe(TEXT),
        title=TEXT,
        since=maybe(TIME),
        promotion=maybe(TEXT),
        explained=NAMES,
        gates=each(ref("Gate")),
        waits=NAMES,
        hold=maybe(ref("Hold")),
    ),
    "Freight": record(id=TEXT, warehouse=TEXT, sha=TEXT, minted_at=TIME),
    "Promotion": record(
        id=TEXT,
        stage=TEXT,
        freight=TEXT,
        state=TEXT,
        reason=maybe(TEXT),
        attempt=WHOLE,
        started_by=maybe(TEXT),
        created_at=TIME,
        commit=maybe(TEXT),
        pull=maybe(WHOLE),
        landed_at=maybe(TIME),
        verified_at=maybe(TIME),
        revoked_at=maybe(TIME),
        ended_at=maybe(TIME),
    ),
    "Event": {
        "type": "object",
        "properties": {"id": TEXT, "at": TIME},
        "required": ["id", "at"],
    },
}
