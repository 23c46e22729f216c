"""The step of a stage whose upstream wrote a key: the same key, with the value from there."""

from __future__ import annotations

from app.core.model.names import Sha
from app.core.model.steps import CopyKey
from app.core.yamledit.editor import is_json
from app.git.steps.run import Impossible, Run


def copy_key(run: Run, root: Sha, step: CopyKey) -> Sha:
    """Give the key the upstream's value; raises Impossible where there is none."""
    commit = run.origin(step.from_stage)
    entry = run.objects.find(commit, step.source_file)
    value = None
    if entry is not None and entry.is_file:
        json = is_json(step.source_file)
        value = run.objects.document(entry.id, json=json).value(step.key)
    if value is None:
        run.refuse_link(run.objects.fact(commit).tree, step.source_file, commit, is_source=True)
        message = f"{step.source_file} in {step.from_stage} has no value {step.key}"
        raise Impossible(message, step.source_file, commit, entry, step.key, is_source=True)
    return run.set_values(root, step.file, {step.key: value})
