"""
What GitHub refuses in the body of a check run.

https://docs.github.com/rest/checks/runs; sizes of texts are bytes, whatever that page says
(https://github.com/github/docs/issues/35252).
"""

from __future__ import annotations

from typing import Any

from app.sandbox.github.model import Refusal

TEXT_BYTES = 65_535
ANNOTATIONS = 50
BUTTONS = 3
BUTTON_FIELDS = {"label": 20, "description": 40, "identifier": 20}
STATUSES = ("queued", "in_progress", "completed")
CONCLUSIONS = (
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "success",
    "skipped",
    "timed_out",
)
LEVELS = ("notice", "warning", "failure")


def validate(fields: dict[str, Any], *, creating: bool) -> None:
    """Raise Refusal 422 naming everything that is wrong."""
    wrong: list[str] = []
    if creating:
        wrong += [f'"{n}" wasn\'t supplied.' for n in ("name", "head_sha") if not fields.get(n)]
    status, conclusion = fields.get("status"), fields.get("conclusion")
    if status is not None and status not in STATUSES:
        wrong.append(f"{status} is not a member of {list(STATUSES)}.")
    if conclusion is not None and conclusion not in CONCLUSIONS:
        wrong.append(f"{conclusion} is not a member of {list(CONCLUSIONS)}.")
    if status == "completed" and conclusion is None:
        wrong.append("a completed check run needs a conclusion.")
    if fields.get("output") is not None:
        wrong += _output(fields["output"], creating=creating)
    wrong += _buttons(fields.get("actions", []))
    if wrong:
        raise Refusal(422, "Invalid request.\n\n" + "\n".join(wrong), list(wrong))


def _output(output: Any, *, creating: bool) -> list[str]:
    if not isinstance(output, dict):
        return ["output is not an object."]
    needed = ("title", "summary") if creating else ("summary",)
    wrong = [f'output: "{name}" wasn\'t supplied.' for name in needed if output.get(name) is None]
    wrong += [
        f"output.{name} exceeds a maximum bytesize of {TEXT_BYTES}."
        for name in ("summary", "text")
        if len((output.get(name) or "").encode()) > TEXT_BYTES
    ]
    annotations = output.get("annotations", [])
    if len(annotations) > ANNOTATIONS:
        wrong.append(f"No more than {ANNOTATIONS} annotations a request are allowed.")
    for number, annotation in enumerate(annotations):
        wrong += [f"annotations[{number}]: {problem}" for problem in _annotation(annotation)]
    return wrong


def _annotation(annotation: Any) -> list[str]:
    if not isinstance(annotation, dict):
        return ["is not an object."]
    needed = ("path", "start_line", "end_line", "annotation_level", "message")
    wrong = [f'"{name}" wasn\'t supplied.' for name in needed if annotation.get(name) is None]
    if annotation.get("annotation_level") not in LEVELS:
        wrong.append(f"annotation_level is not a member of {list(LEVELS)}.")
    if len(str(annotation.get("message", "")).encode()) > 64 * 1024:
        wrong.append("message is longer than 64 KB.")
    if len(str(annotation.get("title") or "")) > 255:
        wrong.append("title is longer than 255 characters.")
    columns = annotation.get("start_column") is not None or annotation.get("end_column") is not None
    if columns and annotation.get("start_line") != annotation.get("end_line"):
        wrong.append("columns are allowed on a single line only.")
    return wrong


def _buttons(actions: Any) -> list[str]:
    if not isinstance(actions, list):
        return ["actions is not an array."]
    wrong = []
    if len(actions) > BUTTONS:
        wrong.append(f"No more than {BUTTONS} items are allowed; {len(actions)} were supplied.")
    for number, button in enumerate(actions):
        for name, most in BUTTON_FIELDS.items():
            value = button.get(name)
            if not isinstance(value, str) or not 0 < len(value) <= most:
                wrong.append(f"actions[{number}].{name} must have 1 to {most} characters.")
    return wrong
