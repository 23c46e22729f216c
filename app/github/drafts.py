"""Request bodies of check runs, within the limits of GitHub's Checks API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from app.core.model.facts import Annotation, Button, RunDraft

MOST_TITLE = 255
MOST_BYTES = 65_535
"""GitHub's documentation says characters; its answer (422, "maximum bytesize") says bytes."""
MOST_ANNOTATIONS = 50
MOST_BUTTONS = 3
_CUT = "\n\n*Cut here: GitHub takes no longer text.*"


_EVENT = re.compile(r"\bevent `([a-z2-7]{8})`(?=</sub>\s*\Z)")


def opening(text: str, public_url: str | None) -> str:
    """*text* of ours, with the event id at its end leading to the audit entry, where one can."""
    return _EVENT.sub(rf"event [`\1`]({public_url}/events/\1)", text) if public_url else text


def run_body(draft: RunDraft, public_url: str | None) -> dict[str, Any]:
    """
    What a run says, without its annotations; `started_at` and `completed_at` are GitHub's to set.

    A conclusion is sent with a completed run only: with any other it would complete the run.
    """
    body: dict[str, Any] = {
        "name": draft.name,
        "external_id": draft.external_id,
        "status": draft.status,
        "output": output(draft, public_url),
        "actions": [_button(button) for button in draft.buttons[:MOST_BUTTONS]],
    }
    if draft.status == "completed":
        body["conclusion"] = draft.conclusion or "neutral"
    if public_url:
        body["details_url"] = f"{public_url}/events/{draft.event}" if draft.event else public_url
    return body


def output(
    draft: RunDraft, public_url: str | None, annotations: Sequence[Annotation] = ()
) -> dict[str, Any]:
    """Title and summary (GitHub wants both each time), with some annotations."""
    said: dict[str, Any] = {
        "title": cut_title(draft.title, MOST_TITLE),
        "summary": cut_text(opening(draft.summary, public_url)),
    }
    if annotations:
        said["annotations"] = [_annotation(annotation) for annotation in annotations]
    return said


def batches(annotations: Sequence[Annotation]) -> Iterator[Sequence[Annotation]]:
    """As many as one request takes."""
    for start in range(0, len(annotations), MOST_ANNOTATIONS):
        yield annotations[start : start + MOST_ANNOTATIONS]


def cut_title(text: str, most: int) -> str:
    """At most *most* characters, on one line; an ellipsis shows where it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def cut_text(text: str, most: int = MOST_BYTES) -> str:
    """At most *most* bytes of UTF-8, no character split; a note shows where it was cut."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= most:
        return raw.decode()
    kept = raw[: most - len(_CUT.encode())].decode("utf-8", "ignore")
    return kept + _CUT


def _button(button: Button) -> dict[str, str]:
    return {
        "label": cut_title(button.label, 20),
        "description": cut_title(button.description, 40),
        "identifier": button.identifier[:20],
    }


def _annotation(annotation: Annotation) -> dict[str, Any]:
    line = max(annotation.line, 1)
    body: dict[str, Any] = {
        "path": annotation.path,
        "start_line": line,
        "end_line": line,
        "annotation_level": annotation.level,
        "message": cut_text(annotation.message, 64_000) or "-",
    }
    if annotation.column > 0:
        body["start_column"] = body["end_column"] = annotation.column
    if annotation.title:
        body["title"] = cut_title(annotation.title, 255)
    return body
