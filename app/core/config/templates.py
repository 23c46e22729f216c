"""Values of `yaml-set`: a fixed set of words in `${{ ... }}` is filled in, nothing is evaluated."""

from __future__ import annotations

from app.core.config.report import Report, did_you_mean, shown
from app.core.config.values import Placed
from app.core.model.templates import OPEN, parts

WORDS = ("freight.sha", "freight.short", "stage.name", "warehouse.name")


def check_template(report: Report, value: Placed) -> None:
    """Tell what *value* asks for that does not exist."""
    for part in parts(value.value):
        if isinstance(part, str):
            if OPEN in part:
                report.add(value.mark, "bad-template", "a `${{` has no `}}`")
            continue
        word = part.word
        if word in WORDS:
            continue
        if word.startswith("lock."):
            message = f"`{shown(part.written)}` is not supported yet"
            report.add(value.mark, "not-supported", message)
            continue
        meant = report.closest(word, WORDS)
        message = f"nothing is known as `{shown(part.written)}`{did_you_mean(meant)}"
        if not meant:
            message += f"; there are {', '.join(f'`{known}`' for known in WORDS)}"
        report.add(value.mark, "bad-template", message, meant and f"${{{{ {meant} }}}}")
