"""``webhooks.json`` and ``examples.json``: the payloads of the events that the App takes."""

from __future__ import annotations

from typing import Any

from tests.data.github.schemas import bare, closure, content, corrected

EVENTS = [
    "push",
    "create",
    "delete",
    "status",
    "commit-comment-created",
    "check-run-created",
    "check-run-completed",
    "check-run-rerequested",
    "check-run-requested-action",
    "check-suite-requested",
    "check-suite-completed",
    "check-suite-rerequested",
    "pull-request-opened",
    "pull-request-closed",
    "pull-request-reopened",
    "pull-request-edited",
    "pull-request-synchronize",
    "pull-request-review-submitted",
    "pull-request-review-dismissed",
    "issue-comment-created",
    "issue-comment-edited",
    "issue-comment-deleted",
    "merge-group-checks-requested",
    "merge-group-destroyed",
    "deployment-protection-rule-requested",
    "workflow-job-waiting",
    "workflow-job-queued",
    "workflow-job-in-progress",
    "workflow-job-completed",
    "workflow-run-requested",
    "workflow-run-in-progress",
    "workflow-run-completed",
    "repository-created",
    "repository-deleted",
    "repository-renamed",
    "repository-archived",
    "repository-unarchived",
    "repository-transferred",
    "repository-edited",
    "installation-created",
    "installation-deleted",
    "installation-suspend",
    "installation-unsuspend",
    "installation-new-permissions-accepted",
    "installation-repositories-added",
    "installation-repositories-removed",
]


def webhooks(document: dict[str, Any]) -> dict[str, Any]:
    events = {
        name: bare(content(document["webhooks"][name]["post"]["requestBody"])) for name in EVENTS
    }
    corrected(events)
    components = closure(events, document["components"])
    corrected(components)
    return {"events": events, "components": components}


def examples(document: list[dict[str, Any]]) -> dict[str, list[list[str]]]:
    """For each event (and action) the keys that every one of GitHub's examples has, two deep."""
    wanted = {event.replace("-", "_") for event in EVENTS}
    kept: dict[str, Any] = {}
    for event in document:
        for example in event["examples"]:
            action = example.get("action")
            name = f"{event['name']}_{action}" if action else event["name"]
            if name not in wanted:
                continue
            keys = {(key,) for key in example} | {
                (key, inner)
                for key, value in example.items()
                if isinstance(value, dict)
                for inner in value
            }
            kept[name] = kept[name] & keys if name in kept else keys
    return {name: sorted(map(list, keys)) for name, keys in sorted(kept.items())}
