"""Where everything is, as the last look at the repository left it."""

from __future__ import annotations

from werkzeug.exceptions import NotFound

from app.core.commands.arguments import parse_freight
from app.core.model.documents import PIPELINE, Document
from app.core.model.names import is_name
from app.core.text.documents import of_freight
from app.web.api.call import ApiAnswer, Call
from app.web.problems import wrong


def pipeline(call: Call) -> ApiAnswer:
    """The graph: what every stage is at, and what comes next to it."""
    record = call.repository()
    known = {"repository": f"{record.owner}/{record.name}", "repository_id": record.id}
    return ApiAnswer({**known, **_part(call, record.id, PIPELINE)})


def why(call: Call) -> ApiAnswer:
    """Why a freight is where it is in one stage: every gate, and when it is looked at next."""
    stage = call.path["stage"]
    if not is_name(stage):
        raise NotFound("there is no such stage")
    document = _part(call, call.repository().id, stage)
    verdicts = document["verdicts"]
    shown = _named(document, call.query["freight"]) if "freight" in call.query else None
    if shown is None and isinstance(verdicts, list) and verdicts:
        shown = verdicts[0]
    nothing = str(document["nothing"])
    none = {
        **dict.fromkeys(("freight", "phase", "reason", "since", "promotion")),
        "title": nothing,
        "explained": [nothing],
        "gates": [],
    }
    beside = {"waits": document["waits"], "hold": document["hold"]}
    return ApiAnswer({"stage": stage, **(shown or none), **beside})


def _named(document: Document, text: str) -> Document:
    named = parse_freight(text)
    if named is None:
        raise wrong("freight", "[WAREHOUSE@]SHA, at least 7 digits")
    freight = of_freight(document, *named)
    if freight is None:
        raise NotFound("nothing is known of such a freight there: it is over, or never came")
    return freight


def _part(call: Call, repo_id: int, part: str) -> Document:
    document = call.store.views.document(repo_id, part)
    if document is None:
        known = call.store.views.document(repo_id, PIPELINE) is not None
        raise NotFound("there is no such stage" if known else "no stagelock.yaml is in force there")
    return document
