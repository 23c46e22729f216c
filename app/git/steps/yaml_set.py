"""`yaml-set`: keys of a file, with ``${{ ... }}`` filled in."""

from __future__ import annotations

from app.core.model.names import Sha, short
from app.core.model.steps import Value, YamlSet
from app.core.model.templates import filled
from app.git.steps.run import Impossible, Run


def yaml_set(run: Run, root: Sha, step: YamlSet) -> Sha:
    """Set the step's keys; raises Impossible where one is not there."""
    file = step.file
    values = {key: _filled(run, value, file, key) for key, value in step.values}
    return run.set_values(root, file, values)


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
    }

    def value(word: str) -> str:
        if word not in known:
            message = f"${{{{ {word} }}}} has no value here"
            raise Impossible(message, file, run.request.onto, None, key)
        return known[word]

    return Value(filled(template.text, value))
