"""The texts of proposing a first `stagelock.yaml`: pull request, set-up page, terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app.core.config.starter.assemble import Starter
from app.core.model.names import Sha
from app.core.model.previews import FirstTick
from app.core.text import first_looks, markup, starter_report
from app.core.text.setup_words import News
from app.core.text.sinks import terminal
from app.core.text.summaries import footer, section

TITLE = "Describe the stages"
"""Of the pull request."""
ALL = "`stagelock init --print` in a clone shows all of it"

HINDRANCES: Mapping[str, News] = {
    "there": News(
        "It has a stagelock.yaml already",
        "Change it by a pull request: the check stagelock / config shows what that changes.",
    ),
    "empty": News(
        "There is no commit on its default branch yet",
        "Push something there first, then try again.",
    ),
    "archived": News(
        "It is archived: nobody can write there",
        "Unarchive it in its settings on GitHub, then try again.",
    ),
    "nothing": News(
        "Found nothing there that looks like stages",
        "No folders below overlays, envs, environments or stages, no Helm values by environment, "
        "no branches env/... The smallest file has placeholders for them and promotes nothing yet.",
    ),
    "foreign": News(
        "Somebody else's commits are on the branch stagelock/config",
        "They were not changed. Delete or rename that branch, then try again.",
    ),
    "no-room": News(
        "A branch of the repository prevents creating the branch stagelock/config",
        "Git cannot have a branch a/b beside a branch a. Rename the branch below, then try again. "
        "Or propose the file by hand: stagelock init in a clone writes the same file.",
    ),
    "rules": News(
        "A rule of the repository refuses it",
        "Let the App bypass that rule, or exclude the branch stagelock/config from it, then try "
        "again. Or propose the file by hand: stagelock init in a clone writes the same file.",
    ),
    "rights": News(
        "The App lacks permission to do that there",
        "An owner grants it contents: write and pull requests: write on the App's installation "
        "page; then try again.",
    ),
    "busy": News(
        "Another first file is being proposed right now",
        "Try again in a minute: what was proposed meanwhile is found.",
    ),
    "moved": News("The repository changed at that moment; nothing was written", "Try again."),
    "gone": News(
        "The App sees no such repository",
        "Check that the name is right and that the App is installed there, then try again.",
    ),
    "silent": News(
        "GitHub, or the repository, does not answer now",
        "Try again in a minute. What was done so far is kept, and nothing is done twice.",
    ),
}
"""By `app.setup.proposing.Hindrance`."""


def body(starter: Starter, ticks: Sequence[FirstTick], itself: Sha, event: str) -> str:
    """The pull request's text. *itself* is the commit that it proposes; *event* its audit entry."""
    lead = (
        "Requested during the set-up of this App. It does nothing until it is merged. Each line of "
        "the file says what it is for: correct it here, or close this. The check "
        "`stagelock / config` shows the linter's result, and `stagelock / plan` what happens first."
    )
    parts = [
        lead if starter.parts else f"{lead}\n\n{starter_report.NOTHING}",
        first_looks.table(ticks, itself),
        section("Guessed", _list(starter_report.guessed(starter))),
        section("Not used", _list(starter_report.left_out(starter))),
    ]
    return markup.fit("\n\n".join(part for part in parts if part), footer(event), rest=ALL)


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {markup.marked(line, 1000)}" for line in lines)


WHICH = "Propose a first stagelock.yaml for which repository? (leave empty for none)"
NO_SUCH = "That is not one of these repositories"
SMALLEST = "Propose the smallest file anyway? (yes, or leave empty)"


def without(names: Iterable[str]) -> str:
    """Which repositories may be asked for, in a terminal."""
    return terminal(f"Without a stagelock.yaml: {', '.join(names)}")


def proposed(name: str, page: str) -> str:
    """Where the pull request is."""
    return terminal(f"Proposed for {name}: {page}")
