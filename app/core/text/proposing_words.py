"""What set-up says of a first `stagelock.yaml`: in its pull request, on the page, in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app.core.config.starter.assemble import Starter
from app.core.model.names import Sha
from app.core.model.previews import FirstTick
from app.core.text import first_looks, markup, starter_report
from app.core.text.setup_words import Words
from app.core.text.sinks import terminal
from app.core.text.summaries import section

TITLE = "Describe the stages"
"""Of the pull request."""

HINDRANCES: Mapping[str, Words] = {
    "there": Words(
        "It has a stagelock.yaml already",
        "Change that one by a pull request: stagelock / config says what it changes.",
    ),
    "empty": Words(
        "There is no commit on its default branch yet",
        "Push something there first, then ask again.",
    ),
    "archived": Words(
        "It is archived: nobody can write there",
        "An administrator unarchives it in its settings on GitHub, then ask again.",
    ),
    "nothing": Words(
        "Nothing was found there that looks like stages",
        "No folders below overlays, envs, environments or stages, no Helm values by environment, "
        "no branches env/... The smallest file asks for them, and promotes nothing yet.",
    ),
    "foreign": Words(
        "Somebody else's commits are on the branch stagelock/config",
        "They are left as they are. Delete or rename that branch, then ask again.",
    ),
    "no-room": Words(
        "A branch of the repository takes the place of the branch stagelock/config",
        "Git keeps no branch a/b beside a branch a, and the default branch gets no commit of ours. "
        "Rename the branch below, then ask again. Or propose the file by hand: stagelock init in a "
        "clone writes the same.",
    ),
    "rules": Words(
        "A rule of the repository refuses it",
        "An administrator lets the App pass by that rule, or takes the branch stagelock/config out "
        "of it. Or propose the file by hand: stagelock init in a clone writes the same.",
    ),
    "rights": Words(
        "The App may not do that there",
        "An owner grants it contents: write and pull requests: write on the page of the "
        "installation, then ask again.",
    ),
    "busy": Words(
        "Another first file is being made at this moment",
        "Ask again in a minute: what was proposed meanwhile is found.",
    ),
    "moved": Words("Something moved there at this moment, and nothing was changed", "Ask again."),
    "gone": Words(
        "The App sees no such repository",
        "Look whether the name is right, and whether the App is installed there, then ask again.",
    ),
    "silent": Words(
        "GitHub, or the repository, does not answer now",
        "Ask again in a minute. What was done so far is found again, and nothing is done twice.",
    ),
}
"""By `app.setup.proposing.Hindrance`."""


def body(starter: Starter, ticks: Sequence[FirstTick], itself: Sha) -> str:
    """The pull request's text. *itself* is the commit that it proposes."""
    lead = (
        "Asked for in the set-up of this App. Unmerged, it does nothing. Each line says what "
        "it is for: correct it here, or close it. On its head `stagelock / config` says what the "
        "linter says, and `stagelock / plan` what happens first."
    )
    parts = [
        lead if starter.parts else f"{lead}\n\n{starter_report.NOTHING}",
        first_looks.table(ticks, itself),
        section("Guessed", _list(starter_report.guessed(starter))),
        section("Not used", _list(starter_report.left_out(starter))),
    ]
    return markup.fit("\n\n".join(part for part in parts if part), "")


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {markup.marked(line, 1000)}" for line in lines)


WHICH = "Propose a first stagelock.yaml for which repository (nothing: for none)"
NO_SUCH = "That is none of these repositories"
SMALLEST = "Propose the smallest file all the same? (yes or nothing)"


def without(names: Iterable[str]) -> str:
    """Which repositories may be asked for, in a terminal."""
    return terminal(f"Without a stagelock.yaml: {', '.join(names)}")


def proposed(name: str, page: str) -> str:
    """Where the pull request is."""
    return terminal(f"Proposed for {name}: {page}")
