"""
Workflows that a request starts: https://docs.github.com/rest/actions/workflows

As GitHub does it: the file has to be on the default branch (404); what the ref itself holds is
what runs, with the inputs that it declares (422).
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from app.sandbox.github import suites
from app.sandbox.github.ci import CI
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Refusal, Repo, Suite, User

FOLDER = ".github/workflows/"
MOST_INPUTS = 25
_INPUT = re.compile(r"\$\{\{\s*(?:github\.event\.)?inputs\.([\w-]+)\s*\}\}")


def on_default_branch(hub: Hub, repo: Repo, file: str) -> None:
    """Refusal 404 where the default branch has no such workflow."""
    if _text(hub, repo, repo.default_branch, file) is None:
        raise Refusal(404, "Not Found")


def start(ci: CI, repo: Repo, by: User, file: str, sent: dict[str, Any]) -> Suite:
    """The run that *by*, a person or an App's bot, starts on `ref`. Refusal 404, 422."""
    hub = ci.hub
    with hub.lock:
        on_default_branch(hub, repo, file)
        ref = str(sent.get("ref") or "").removeprefix("refs/heads/")
        if not ref:
            raise Refusal(422, "Invalid request.", ['"ref" wasn\'t supplied.'])
        tip = hub.git(repo).branches().get(ref)
        if tip is None:
            raise Refusal(422, f"No ref found for: {ref}")
        text = _text(hub, repo, ref, file)
        if text is None:
            raise Refusal(422, f"Workflow {file} does not exist on {ref}")
        if file in repo.disabled:
            raise Refusal(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
        said = yaml.load(text, yaml.BaseLoader) or {}  # noqa: S506 # it makes texts alone: `on` stays one
        inputs = _inputs(said, sent.get("inputs") or {})
        made = suites.create(hub, repo, ci.app, tip, ref, None)
        made.event, made.path, made.inputs = "workflow_dispatch", FOLDER + file, inputs
        made.actor = by
        made.title = _INPUT.sub(lambda m: inputs.get(m[1], ""), str(said.get("run-name") or file))
        ci.dispatched(repo, made)
        return made


def _inputs(said: dict[str, Any], given: dict[str, Any]) -> dict[str, str]:
    on = said.get("on")
    if "workflow_dispatch" not in ([on] if isinstance(on, str) else on or []):
        raise Refusal(422, "Workflow does not have 'workflow_dispatch' trigger")
    about = on.get("workflow_dispatch") if isinstance(on, dict) else None
    declared = (about or {}).get("inputs") or {}
    unknown = sorted(given.keys() - declared.keys())
    if unknown or len(given) > MOST_INPUTS:
        raise Refusal(422, f"Unexpected inputs provided: {unknown}")
    for name, declaration in declared.items():
        needed = (
            isinstance(declaration, dict)
            and declaration.get("required") == "true"
            and "default" not in declaration
        )
        if needed and not given.get(name):
            raise Refusal(422, f"Required input '{name}' not provided")
    return {name: str(value) for name, value in given.items()}


def _text(hub: Hub, repo: Repo, branch: str, file: str) -> bytes | None:
    git = hub.git(repo)
    tip = git.branches().get(branch)
    return git.files(tip, FOLDER + file).get(FOLDER + file) if tip is not None else None
