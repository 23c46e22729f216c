"""In whose name our commits are."""

from __future__ import annotations

from app.core.model.facts import Identity
from app.errors import Missing
from app.ports import Forge


def identity(forge: Forge) -> Identity:
    """Our App's bot, as GitHub calls it."""
    try:
        slug = forge.app_slug()
    except Missing:  # a server that does not say: our commits need a name all the same
        slug = "stagelock"
    bot = f"{slug}[bot]"
    return Identity(bot, f"{bot}@users.noreply.github.com")
