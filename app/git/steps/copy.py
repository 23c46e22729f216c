"""`copy`: the object of a file or folder, put where another one is."""

from __future__ import annotations

from app.core.model.names import Sha, short
from app.core.model.steps import Copy
from app.git.steps.run import Impossible, Run


def copy(run: Run, root: Sha, step: Copy) -> Sha:
    """Replace what is at the step's `to`; raises Impossible where its source is not there."""
    commit = run.origin(step.from_stage)
    entry = run.objects.find(commit, step.source)
    if entry is None:
        run.refuse_link(run.objects.fact(commit).tree, step.source, commit, is_source=True)
        upstream = f"what {step.from_stage} was promoted to ({short(commit)})"
        where = upstream if step.from_stage else run.request.freight.short
        message = f"{step.source} is not in {where}"
        raise Impossible(message, step.source, commit, None, is_source=True)
    return run.over(root, step.to, entry, step.excepts, (commit, step.source))
