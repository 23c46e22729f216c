"""What the page shows of a first file that was asked for."""

from __future__ import annotations

from typing import Any

from app.core.model.names import Repo
from app.core.text import proposing_words, starter_report
from app.setup.proposing import Proposed


def pull_page(github: str, repo: Repo, pull: int) -> str:
    """Where people read the pull request."""
    return f"{github}/{repo.full_name}/pull/{pull}"


def shown(proposed: Proposed, github: str) -> dict[str, Any]:
    """The values of `setup_proposed.html`."""
    words = proposing_words.HINDRANCES[proposed.hindrance.value] if proposed.hindrance else None
    made, repo = proposed.started, proposed.repo
    return {
        "repo": repo,
        "words": words,
        "said": proposed.said,
        "offers": proposed.hindrance is not None and proposed.hindrance.value == "nothing",
        "pull": proposed.pull,
        "page": pull_page(github, repo, proposed.pull) if repo and proposed.pull else "",
        "text": made.starter.text if made else "",
        "ticks": [(tick.stage, starter_report.first_tick(tick, made.itself)) for tick in made.ticks]
        if made
        else [],
        "guessed": starter_report.guessed(made.starter) if made else (),
        "left_out": starter_report.left_out(made.starter) if made else (),
    }
