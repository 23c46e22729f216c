"""Values of `yaml-set`: a fixed set of words in `${{ ... }}` is filled in, nothing is evaluated."""

from __future__ import annotations

from app.core.config.report import did_you_mean, shown
from app.core.config.steps.kind import Place
from app.core.config.values import Placed
from app.core.model.names import GroupName
from app.core.model.pipeline import Mark
from app.core.model.templates import LOCK, OPEN, parts

WORDS = ("freight.sha", "freight.short", "stage.name", "warehouse.name")


def check_template(place: Place, value: Placed) -> None:
    """Tell what *value* asks for that does not exist."""
    report = place.context.report
    for part in parts(value.value):
        if isinstance(part, str):
            if OPEN in part:
                report.add(value.mark, "bad-template", "a `${{` has no `}}`")
            continue
        word = part.word
        if word in WORDS:
            continue
        if word.startswith(LOCK):
            _check_lock(place, value.mark, GroupName(word.removeprefix(LOCK)))
            continue
        meant = report.closest(word, WORDS)
        message = f"there is no variable `{shown(part.written)}`{did_you_mean(meant)}"
        if not meant:
            message += f"; there are {', '.join(f'`{known}`' for known in WORDS)}"
        report.add(value.mark, "bad-template", message, meant and f"${{{{ {meant} }}}}")


def _check_lock(place: Place, mark: Mark, group: GroupName) -> None:
    """A permit has a name only where its group says so, and a stage has it only by its `lock`."""
    report, defined = place.context.report, place.context.locks
    taken = [placed.value for placed in place.draft.locks]
    if group not in taken:
        meant = report.closest(group, taken)
        message = f"`${{{{ lock.{shown(group)} }}}}`: this stage does not take that lock group"
        report.add(
            mark,
            "bad-template",
            message + did_you_mean(meant and f"lock.{meant}"),
            f"${{{{ lock.{meant} }}}}" if meant else f"lock: {shown(group)}",
        )
    elif group not in defined or defined[group].scope == "organization":
        return  # undefined is told elsewhere; the organisation's file says whether they have names
    elif not defined[group].names:
        message = (
            f"`${{{{ lock.{shown(group)} }}}}`: the permits of that group have no names; "
            f"write them as a list"
        )
        report.add(mark, "bad-template", message, f"permits: [{group}-1]")
