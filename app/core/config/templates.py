"""Values of `yaml-set`: a fixed set of words in `${{ ... }}` is filled in, nothing is evaluated."""

from __future__ import annotations

import re

from app.core.config.report import Report, did_you_mean, shown
from app.core.config.values import Placed

WORDS = ("freight.sha", "freight.short", "stage.name", "warehouse.name")
TEMPLATE = re.compile(r"\$\{\{ *(.*?) *\}\}")


def check_template(report: Report, value: Placed) -> None:
    """Tell what *value* asks for that does not exist."""
    for found in TEMPLATE.finditer(value.value):
        word = found[1]
        if word in WORDS:
            continue
        if word.startswith("lock."):
            message = f"`{shown(found[0])}` is not supported yet"
            report.add(value.mark, "not-supported", message)
            continue
        meant = report.closest(word, WORDS)
        message = f"nothing is known as `{shown(found[0])}`{did_you_mean(meant)}"
        if not meant:
            message += f"; there are {', '.join(f'`{known}`' for known in WORDS)}"
        report.add(value.mark, "bad-template", message, meant and f"${{{{ {meant} }}}}")
    if "${{" in TEMPLATE.sub("", value.value):
        report.add(value.mark, "bad-template", "a `${{` has no `}}`")
