"""`yaml-set`: keys of a file, with ``${{ ... }}`` filled in."""

from __future__ import annotations

from app.core.model.names import Sha, short
from app.core.model.steps import Value, YamlSet
from app.core.model.templates import LOCK, filled
from app.git.steps.run import Impossible, Run


def yaml_set(run: Run, root: Sha, step: YamlSet) -> Sha:
    """Set the step's keys; raises Impossible where one is not there."""
    file = step.file
    unknown = {
        output.key
        for output, groups in step.of_grants
        if not set(groups) <= set(run.request.permits)
    }
    values = {
        key: run.standing(root, file, key) if key in unknown else _filled(run, value, file, key)
        for key, value in step.values
    }
    return run.set_values(root, file, values)


def yaml_permits(run: Run, root: Sha, step: YamlSet) -> Sha:
    """Set those of its keys that name permits, of groups that are granted."""
    known = {o.key for o, groups in step.of_grants if set(groups) <= set(run.request.permits)}
    values = {k: _filled(run, v, step.file, k) for k, v in step.values if k in known}
    return run.set_values(root, step.file, values) if values else root


def _filled(run: Run, template: Value, file: str, key: str) -> Value:
    """Substitute ``${{ ... }}`` in a text; nothing is evaluated."""
    if not template.is_text:
        return template
    freight = run.request.freight
    known = {
        "freight.sha": freight.sha,
        "freight.short": short(freight.sha),
        "stage.name": run.stage.name,
        "warehouse.name": freight.warehouse,
        **{f"{LOCK}{group}": name for group, name in run.request.permits.items()},
    }

    def value(word: str) -> str:
        if word not in known:
            message = f"${{{{ {word} }}}} has no value here"
            raise Impossible(message, file, run.request.onto, None, key)
        return known[word]

    return Value(filled(template.text, value))
