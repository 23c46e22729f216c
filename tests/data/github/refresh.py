"""
Extract the few of GitHub's published schemas that the sandbox and the App are held against.

Run ``python tests/data/github/refresh.py`` with npm on the path. It takes three packages (MIT):
``@octokit/openapi`` (REST), ``@octokit/openapi-webhooks`` and ``@octokit/webhooks-examples``
(webhooks), keeps only what `OPERATIONS` and `EVENTS` name, without prose, and rewrites
``rest.json``, ``ghes.json``, ``webhooks.json`` and ``examples.json`` beside this file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROSE = {"description", "example", "examples", "title", "externalDocs", "deprecated", "x-github"}
OPERATIONS = [
    "apps/get-authenticated",
    "apps/list-installations",
    "apps/get-installation",
    "apps/create-installation-access-token",
    "apps/list-repos-accessible-to-installation",
    "apps/get-webhook-config-for-app",
    "apps/list-webhook-deliveries",
    "apps/get-webhook-delivery",
    "apps/redeliver-webhook-delivery",
    "rate-limit/get",
    "repos/get",
    "repos/get-branch",
    "repos/get-branch-rules",
    "repos/get-branch-protection",
    "repos/get-all-environments",
    "repos/get-commit",
    "repos/list-pull-requests-associated-with-commit",
    "repos/get-content",
    "repos/list-commit-statuses-for-ref",
    "repos/get-combined-status-for-ref",
    "repos/create-commit-status",
    "repos/get-collaborator-permission-level",
    "git/get-ref",
    "git/delete-ref",
    "git/list-matching-refs",
    "checks/create",
    "checks/get",
    "checks/update",
    "checks/list-for-ref",
    "checks/list-for-suite",
    "checks/list-annotations",
    "checks/rerequest-run",
    "checks/list-suites-for-ref",
    "checks/get-suite",
    "checks/rerequest-suite",
    "pulls/list",
    "pulls/get",
    "pulls/create",
    "pulls/update",
    "pulls/merge",
    "pulls/list-files",
    "pulls/list-reviews",
    "pulls/update-branch",
    "issues/list-comments",
    "issues/list-comments-for-repo",
    "issues/create-comment",
    "issues/get-comment",
    "issues/update-comment",
    "repos/list-commit-comments-for-repo",
    "repos/list-comments-for-commit",
    "repos/create-commit-comment",
    "repos/get-commit-comment",
    "repos/update-commit-comment",
    "reactions/create-for-issue-comment",
    "reactions/list-for-issue-comment",
    "issues/list-events",
    "reactions/create-for-commit-comment",
    "reactions/list-for-commit-comment",
    "actions/list-workflow-runs-for-repo",
    "actions/get-workflow-run",
    "actions/list-jobs-for-workflow-run",
    "actions/re-run-workflow-failed-jobs",
    "actions/cancel-workflow-run",
    "actions/list-jobs-for-workflow-run-attempt",
    "actions/get-pending-deployments-for-run",
    "actions/review-custom-gates-for-run",
    "actions/create-workflow-dispatch",
    "actions/list-workflow-runs",
    "repos/get-all-deployment-protection-rules",
    "repos/list-deployments",
    "repos/list-deployment-statuses",
    "teams/get-by-name",
    "teams/get-membership-for-user-in-org",
    "users/get-by-id",
    "users/get-by-username",
    "repos/list-commits",
    "repos/get-repo-rulesets",
    "repos/get-repo-ruleset",
    "repos/create-repo-ruleset",
    "repos/update-repo-ruleset",
]
SERVERS = ("3.17", "3.18", "3.19")
"""The versions of GitHub Enterprise Server that the package describes."""
DEEP = 4
"""So many levels of an answer are compared."""
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


def package(name: str, member: str, folder: Path) -> Any:
    """One JSON file out of the newest version of an npm package."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", name], cwd=folder, check=True, capture_output=True, text=True
    )
    with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
        file = archive.extractfile(f"package/{member}")
        assert file is not None
        return json.load(file)


def bare(node: Any, *, names: bool = False) -> Any:
    """The schema without prose; OpenAPI's ``nullable`` said in JSON Schema's words."""
    if isinstance(node, list):
        return [bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: bare(value, names=key in {"properties", "schemas"})
        for key, value in node.items()
        if names or not (key in PROSE or key.startswith("x-") or key in {"default", "format"})
    }
    if names or not kept.pop("nullable", False):
        return kept
    if "enum" in kept and None not in kept["enum"]:
        kept["enum"].append(None)
    if isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"], "null"]
        return kept
    return {"anyOf": [kept, {"type": "null"}]}


def corrected(node: Any) -> None:
    """
    Undo two mistakes in the published schemas, in place.

    An App's `events` are enumerated there by lists that miss newer events (`merge_group`), and
    `apps/list-installations` demands that an account is a user *and* an enterprise.
    """
    if isinstance(node, list):
        for item in node:
            corrected(item)
    elif isinstance(node, dict):
        for name, schema in node.get("properties", {}).items():
            if name == "events" and isinstance(schema, dict) and "items" in schema:
                schema["items"] = {"type": "string"}
            if name == "account" and {"allOf"} in [set(s) for s in schema.get("anyOf", [])]:
                schema["anyOf"][0] = {"$ref": "#/components/schemas/simple-user"}
        for value in node.values():
            corrected(value)


def references(node: Any) -> set[tuple[str, str]]:
    """The components that a schema names: ``("schemas", "simple-user")``."""
    if isinstance(node, list):
        return set().union(*map(references, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    found = set().union(*map(references, node.values())) if node else set()
    target = node.get("$ref")
    if isinstance(target, str) and target.startswith("#/components/"):
        _, _, kind, name = target.split("/")
        found.add((kind, name))
    return found


def closure(roots: Any, components: dict[str, Any]) -> dict[str, Any]:
    """Every component that the roots need, directly or through others."""
    kept: dict[str, dict[str, Any]] = {}
    todo = references(roots)
    while todo:
        kind, name = todo.pop()
        if name not in kept.setdefault(kind, {}):
            kept[kind][name] = bare(components[kind][name])
            todo |= references(kept[kind][name])
    return kept


def content(node: Any) -> Any:
    """The JSON body's schema of a request or an answer, or None."""
    return node.get("content", {}).get("application/json", {}).get("schema")


def resolved(node: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    _, _, kind, name = node["$ref"].split("/")
    target: dict[str, Any] = document["components"][kind][name]
    return target


def removals(kept: dict[str, Any], components: dict[str, Any]) -> dict[str, dict[str, list[str]]]:
    """Version -> schema -> the properties that this version of the API removed from it."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in kept.get("schemas", {}):
        for change in components["schemas"][name].get("x-github-breaking-changes", ()):
            patch = change["patch"]
            gone = patch.get("properties", {}) if isinstance(patch, dict) else {}
            names = sorted(key for key, value in gone.items() if value is None)
            if names:
                found.setdefault(change["version"], {}).setdefault(name, []).extend(names)
    return found


def rest(document: dict[str, Any]) -> dict[str, Any]:
    operations = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method == "parameters" or operation["operationId"] not in OPERATIONS:
                continue
            answers = {
                status: bare(content(resolved(answer, document)))
                for status, answer in operation["responses"].items()
            }
            operations[operation["operationId"]] = {
                "method": method.upper(),
                "path": path,
                "request": bare(content(operation.get("requestBody", {}))),
                "answers": answers,
            }
    corrected(operations)
    missing = set(OPERATIONS) - set(operations)
    assert not missing, missing
    components = closure(operations, document["components"])
    corrected(components)
    removed = removals(components, document["components"])
    return {"operations": operations, "components": components, "removed": removed}


def fields(schema: Any, document: dict[str, Any], depth: int = DEEP, below: str = "") -> set[str]:
    """The paths of all fields of an answer: ``check_runs.app.slug`` (lists are not named)."""
    if not isinstance(schema, dict) or not depth:
        return set()
    schema = resolved(schema, document)
    found = set()
    for key in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(key, ()):
            found |= fields(one, document, depth, below)
    for name, inner in (schema.get("properties") or {}).items():
        found |= {below + name} | fields(inner, document, depth - 1, f"{below}{name}.")
    return found | fields(schema.get("items"), document, depth, below)


def answered(document: dict[str, Any]) -> dict[str, tuple[set[str], set[str]]]:
    """Operation -> the fields of its successes, and its answers of 4xx."""
    found = {}
    for methods in document["paths"].values():
        for method, operation in methods.items():
            if method == "parameters" or operation["operationId"] not in OPERATIONS:
                continue
            answers = operation["responses"]
            good = [resolved(answers[one], document) for one in answers if one[0] == "2"]
            known = set().union(*(fields(content(one), document) for one in good))
            found[operation["operationId"]] = known, {one for one in answers if one[0] == "4"}
    return found


def servers(github: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What GHES lacks of github.com's operations and their fields, and which 4xx it adds."""
    here, found = answered(github), {}
    for version in SERVERS:
        document = package("@octokit/openapi", f"generated/ghes-{version}.json", folder)
        there = answered(document)
        lacks = {name: sorted(here[name][0] - there[name][0]) for name in here if name in there}
        more = {name: sorted(there[name][1] - here[name][1]) for name in here if name in there}
        found[version] = {
            "operations": sorted(there),
            "lacks": {name: gone for name, gone in lacks.items() if gone},
            "refuses": {name: new for name, new in more.items() if new},
        }
    return found


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


def write(name: str, value: Any) -> None:
    text = json.dumps(value, separators=(",", ":"), sort_keys=True)
    (HERE / name).write_text(text + "\n")
    sys.stdout.write(f"{name}: {len(text):,} bytes\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        api = "generated/api.github.com.json"
        github = package("@octokit/openapi", api, here)
        write("rest.json", rest(github))
        write("ghes.json", servers(github, here))
        write("webhooks.json", webhooks(package("@octokit/openapi-webhooks", api, here)))
        write(
            "examples.json",
            examples(package("@octokit/webhooks-examples", "api.github.com/index.json", here)),
        )


if __name__ == "__main__":
    main()
